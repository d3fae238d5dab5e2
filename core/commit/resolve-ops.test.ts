import { describe, expect, test } from 'vitest';
import { applyEdits } from '../manifest/apply.ts';
import { buildTree } from '../manifest/build.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { walkTree } from '../manifest/walk.ts';
import { type DirEntry, type Entry, type FileEntry, isFile } from '../model/entry.ts';
import { fakeSha } from '../model/ids.ts';
import { comparePaths, fakePath } from '../model/rel-path.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { PathOp } from './path-op.ts';
import { resolveOps } from './resolve-ops.ts';

const file = (path: string, content = path): FileEntry => ({
  path: fakePath(path),
  sha: fakeSha(content),
  size: 1,
  mode: 0o644,
  mtime: 1,
});
const dir = (path: string): DirEntry => ({ path: fakePath(path), dir: true, mode: 0o755 });
const put = (entry: Entry): PathOp => ({ kind: 'put', entry });
const del = (path: string): PathOp => ({ kind: 'delete', path: fakePath(path) });
const move = (from: string, to: string): PathOp => ({ kind: 'move', from: fakePath(from), to: fakePath(to) });

/** The paths of the tree after the ops; directories end in `/`. */
async function after(before: readonly Entry[], ops: readonly PathOp[]): Promise<string[]> {
  const nodes = objectNodes(memoryObjectStore());
  const root = await buildTree(
    nodes,
    [...before].sort((a, b) => comparePaths(a.path, b.path)),
  );
  const { edits } = await resolveOps(nodes, root.sha, ops);
  const next = await applyEdits(nodes, root.sha, edits);
  const paths: string[] = [];
  for await (const entry of walkTree(nodes, next.sha)) paths.push(isFile(entry) ? entry.path : `${entry.path}/`);
  return paths;
}

describe('ops keep the tree a possible directory', () => {
  const cases: readonly [name: string, before: Entry[], ops: PathOp[], paths: string[]][] = [
    ['a file put where nothing was is added', [], [put(file('a'))], ['a']],
    ['a file put into an empty directory takes the place of its entry', [dir('d')], [put(file('d/a'))], ['d/a']],
    ['an empty directory put where files are is no change', [file('d/a')], [put(dir('d'))], ['d/a']],
    ['a directory can be put empty after its last file went', [file('d/a')], [del('d/a'), put(dir('d'))], ['d/']],
    ['a file put where a directory was replaces all of it', [file('d/a'), file('d/b/c')], [put(file('d'))], ['d']],
    ['a file put below a file replaces that file', [file('d')], [put(file('d/a'))], ['d/a']],
    ['a name that only starts alike is left alone', [file('d-x'), file('d/a')], [del('d')], ['d-x']],
    ['deleting what is not there is no change', [file('a')], [del('b')], ['a']],
    ['a directory moves with all below it', [file('d/a'), file('d/b/c')], [move('d', 'e')], ['e/a', 'e/b/c']],
    ['a move replaces what was at its end', [file('a', 'x'), file('b/c')], [move('a', 'b')], ['b']],
    ['a move that was done already is no change', [file('e/a')], [move('d', 'e')], ['e/a']],
    ['an empty directory moves', [dir('d')], [move('d', 'e')], ['e/']],
    ['later ops see earlier ones', [], [put(file('a')), move('a', 'd/a'), put(file('a'))], ['a', 'd/a']],
    ['a put is undone by a later delete of its directory', [], [put(file('d/a')), put(file('d/b')), del('d')], []],
    ['a put file gives way to a later file below it', [], [put(file('d')), put(file('d/a'))], ['d/a']],
    ['a nested empty directory stands for all directories above', [dir('d')], [put(dir('d/e'))], ['d/e/']],
  ];
  test.each(cases)('%s', async (_name, before, ops, paths) => {
    expect(await after(before, ops)).toEqual(paths);
  });
});

describe('an op that wins over something unseen is a conflict', () => {
  const one = async (before: Entry[], op: PathOp) => {
    const nodes = objectNodes(memoryObjectStore());
    const root = await buildTree(nodes, before);
    return (await resolveOps(nodes, root.sha, [op])).conflicts;
  };
  const was = fakeSha('was');

  test('when the file changed since it was seen', async () => {
    const conflicts = await one([file('a', 'theirs')], { kind: 'put', entry: file('a', 'mine'), seen: was });
    expect(conflicts).toEqual([
      { path: 'a', won: fakeSha('mine'), lost: fakeSha('theirs'), lostEntry: file('a', 'theirs'), op: 0 },
    ]);
  });
  test('when the file was deleted since it was seen', async () => {
    const conflicts = await one([], { kind: 'put', entry: file('a', 'mine'), seen: was });
    expect(conflicts).toEqual([{ path: 'a', won: fakeSha('mine'), lost: null, op: 0 }]);
  });
  test('when a deleted file had changed since it was seen', async () => {
    const conflicts = await one([file('a', 'theirs')], { kind: 'delete', path: fakePath('a'), seen: was });
    expect(conflicts).toEqual([
      { path: 'a', won: null, lost: fakeSha('theirs'), lostEntry: file('a', 'theirs'), op: 0 },
    ]);
  });
  test('but not when both made the same', async () => {
    expect(await one([file('a', 'same')], { kind: 'put', entry: file('a', 'same'), seen: 'absent' })).toEqual([]);
    expect(await one([], { kind: 'delete', path: fakePath('a'), seen: was })).toEqual([]);
  });
  test('and not when the committer saw what is there', async () => {
    expect(await one([file('a', 'x')], { kind: 'put', entry: file('a', 'y'), seen: fakeSha('x') })).toEqual([]);
  });
  test('when a file had to make way for a directory, or a directory for a file', async () => {
    const op = { kind: 'put', entry: file('d/x'), seen: 'absent' } as const;
    expect(await one([file('d', 'theirs')], op)).toEqual([
      { path: 'd', won: null, lost: fakeSha('theirs'), lostEntry: file('d', 'theirs'), op: 0 },
    ]);
    const over = { kind: 'put', entry: file('d', 'mine'), seen: 'absent' } as const;
    expect(await one([file('d/x', 'theirs')], over)).toEqual([
      { path: 'd/x', won: null, lost: fakeSha('theirs'), lostEntry: file('d/x', 'theirs'), op: 0 },
    ]);
  });
});

test('a deletion of a file that was seen leaves alone what came below its path since', async () => {
  const op = { kind: 'delete', path: fakePath('d'), seen: fakeSha('was') } as const;
  expect(await after([file('d/new')], [op])).toEqual(['d/new']);
  expect(await after([file('d', 'was')], [op])).toEqual([]);
  expect(await after([file('d/new')], [{ kind: 'delete', path: fakePath('d') }])).toEqual([]);
});
