import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { walkTree } from '../manifest/walk.ts';
import { isFile } from '../model/entry.ts';
import { shaOf } from '../model/ids.ts';
import { baseName, fakePath, parentOf, parseRelPath, pathFault } from '../model/rel-path.ts';
import { readObject } from '../store/object-store.ts';
import { commitOps, commitText, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import type { CommitIo, CommitResult } from './commit.ts';
import { readCurrent } from './current.ts';
import { besideName } from './keep-both.ts';
import type { PathOp, Seen } from './path-op.ts';
import { changePolicy } from './policy.ts';

let io: CommitIo;
beforeEach(async () => {
  io = memoryCommitIo();
  await newProject(io);
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, conflicts: 'keep-both' }));
});

async function texts(): Promise<Record<string, string>> {
  const at = await readCurrent(io.index, PROJECT);
  const found: Record<string, string> = {};
  if (!at) return found;
  for await (const entry of walkTree(io.nodes, at.current.manifest_sha)) {
    if (isFile(entry)) found[entry.path] = Buffer.from(await readObject(io.objects, entry.sha)).toString();
  }
  return found;
}

const mark = (text: string): string => shaOf(text).slice(0, 8);

/** A put by someone who saw something else at the path than what is there. */
async function putOver(path: string, text: string, seen: Seen): Promise<CommitResult> {
  const op = await putText(io, path, text);
  return commitOps(io, op.kind === 'put' ? { ...op, seen } : op);
}

test('the loser of a conflict is written beside the winner, in the same commit', async () => {
  await commitText(io, 'docs/plan.md', 'theirs');
  const result = await putOver('docs/plan.md', 'mine', 'absent');
  const beside = `docs/plan.conflict-${mark('theirs')}.md`;
  expect(await texts()).toEqual({ 'docs/plan.md': 'mine', [beside]: 'theirs' });
  expect(result).toMatchObject({
    kind: 'committed',
    besides: [{ op: 0, path: beside }],
    commit: {
      counts: { added: 1, updated: 1 },
      conflicts: [{ path: 'docs/plan.md', won: shaOf('mine'), lost: shaOf('theirs'), kept: beside }],
    },
  });
});

test('without a conflict, and for changes of one’s own, nothing is written beside', async () => {
  await commitText(io, 'a', 'one');
  await putOver('a', 'two', shaOf('one'));
  await commitText(io, 'a', 'three');
  expect(await texts()).toEqual({ a: 'three' });
});

test('a deletion of what its committer had not seen keeps it beside', async () => {
  await commitText(io, 'a.txt', 'theirs');
  const del: PathOp = { kind: 'delete', path: fakePath('a.txt'), seen: shaOf('older') };
  await commitOps(io, del);
  expect(await texts()).toEqual({ [`a.conflict-${mark('theirs')}.txt`]: 'theirs' });
});

test('the same loser twice is one file, and another loser of the same mark gets a name of its own', async () => {
  await commitText(io, 'a', 'theirs');
  const beside = `a.conflict-${mark('theirs')}`;
  await commitText(io, beside, 'theirs');
  await putOver('a', 'mine', 'absent');
  expect(await texts()).toEqual({ a: 'mine', [beside]: 'theirs' });

  await commitText(io, 'b', 'theirs');
  await commitText(io, `b.conflict-${mark('theirs')}`, 'something else');
  await putOver('b', 'mine', 'absent');
  expect(await texts()).toMatchObject({ b: 'mine', [`b.conflict-${shaOf('theirs')}`]: 'theirs' });
});

test('a loser never takes the place of what the same commit puts', async () => {
  await commitText(io, 'a', 'theirs');
  const [over, own] = [await putText(io, 'a', 'mine'), await putText(io, `a.conflict-${mark('theirs')}`, 'my own')];
  await commitOps(io, { ...over, seen: 'absent' } as PathOp, own);
  expect(await texts()).toEqual({
    a: 'mine',
    [`a.conflict-${mark('theirs')}`]: 'my own',
    [`a.conflict-${shaOf('theirs')}`]: 'theirs',
  });
});

test('files of a directory that another committer turned into a file go beside that file', async () => {
  await commitText(io, 'd/a', 'theirs');
  await putOver('d', 'mine', 'absent');
  expect(await texts()).toEqual({ d: 'mine', [`a.conflict-${mark('theirs')}`]: 'theirs' });
});

test('files that a committer deleted to make their directory a file go beside that file, which stays', async () => {
  await commitText(io, 'd/x', 'theirs');
  const put = await putText(io, 'd', 'mine');
  await commitOps(io, { kind: 'delete', path: fakePath('d/x'), seen: shaOf('older') }, put);
  expect(await texts()).toEqual({ d: 'mine', [`x.conflict-${mark('theirs')}`]: 'theirs' });
});

test('a file in the place of a directory goes beside that directory', async () => {
  await commitText(io, 'd', 'theirs');
  await putOver('d/a', 'mine', 'absent');
  expect(await texts()).toEqual({ 'd/a': 'mine', [`d.conflict-${mark('theirs')}`]: 'theirs' });
});

test('a name beside is a project path in the same directory that any file system takes', () => {
  const segment = fc
    .string({ minLength: 1, maxLength: 120, unit: 'grapheme' })
    .filter((name) => pathFault(name) === undefined && !name.includes('/'));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.constantFrom(8, 64), (segments, digits) => {
      const path = parseRelPath(segments.join('/'));
      const beside = besideName(path, baseName(path), 'a'.repeat(digits));
      expect(pathFault(beside)).toBe(undefined);
      expect(parentOf(beside)).toBe(parentOf(path));
      expect(Buffer.byteLength(baseName(beside))).toBeLessThanOrEqual(255);
      expect(beside).not.toBe(path);
    }),
  );
});
