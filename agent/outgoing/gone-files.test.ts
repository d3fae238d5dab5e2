import { expect, test } from 'vitest';
import { type FileEntry, isFile } from '../../core/model/entry.ts';
import { shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { NO_FINGERPRINT } from '../disk/fingerprint.ts';
import { goneFiles } from './gone-files.ts';

const file = (path: string, content: string): FileEntry => ({
  path: fakePath(path),
  sha: shaOf(content),
  size: content.length,
  mode: 0o644,
  mtime: 0,
});

/** @param before  what the rows say */
function lostOf(before: readonly FileEntry[], gone: readonly FileEntry[], here: readonly FileEntry[]): string[] {
  const rows = new Map(before.map((entry) => [entry.path, { entry, fingerprint: NO_FINGERPRINT }]));
  return goneFiles({ at: (path) => rows.get(path) }, gone, here)
    .filter(isFile)
    .map(({ path }) => path);
}

const [a, b, c] = [file('a', 'same'), file('b', 'same'), file('c', 'same')];

test('I9: a file that is there under a new name is not lost, and each new name stands for one', () => {
  expect(lostOf([a, b], [a, b], [c])).toEqual(['b']);
});

test('I9: a file that moved over another one is not lost', () => {
  const other = file('other', 'old');
  expect(lostOf([a, other], [a], [file('other', 'same')])).toEqual([]);
});

test('I9: a copy that was there before, and was only touched, does not stand for a file that is gone', () => {
  expect(lostOf([a, b], [a], [{ ...b, mtime: 1 }])).toEqual(['a']);
});
