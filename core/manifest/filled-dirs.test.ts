import { expect, test } from 'vitest';
import { fakePath } from '../model/rel-path.ts';
import { withoutFilledDirs } from './filled-dirs.ts';
import { fakeFile } from './tree.fakes.ts';
import type { Change } from './tree.ts';

const dir = (path: string) => ({ path: fakePath(path), dir: true, mode: 0o755 }) as const;
const gone = (path: string): Change => ({ kind: 'removed', was: dir(path) });
const come = (path: string): Change => ({ kind: 'added', entry: fakeFile(path) });

test('an empty directory into which something came was not deleted, at any depth and in any order', () => {
  const [file, deep] = [come('inbox/a.txt'), come('other/deep/b.txt')];
  expect(withoutFilledDirs([gone('inbox'), file, gone('other'), deep])).toEqual([file, deep]);
  expect(withoutFilledDirs([file, gone('inbox')])).toEqual([file]);
  const below: Change = { kind: 'added', entry: dir('inbox/empty') };
  expect(withoutFilledDirs([gone('inbox'), below])).toEqual([below]);
});

test('one that went, and a file that went, were deleted', () => {
  const lost: Change = { kind: 'removed', was: fakeFile('inbox') };
  const changes = [gone('inb'), lost, come('inbox/a.txt'), gone('inbox2')];
  expect(withoutFilledDirs(changes)).toEqual(changes);
});
