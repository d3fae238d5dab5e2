import { describe, expect, test } from 'vitest';
import { applyEdits } from '../manifest/apply.ts';
import { buildTree } from '../manifest/build.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { walkTree } from '../manifest/walk.ts';
import { type DirEntry, type Entry, type FileEntry, isFile } from '../model/entry.ts';
import { fakeSha } from '../model/ids.ts';
import { comparePaths, fakePath } from '../model/rel-path.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { PathOp, Seen } from './path-op.ts';
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
      { path: 'a', won: fakeSha('mine'), lost: fakeSha('theirs'), lostEntry: file('a', 'theirs'), beside: 'a', op: 0 },
    ]);
  });
  test('when the file was deleted since it was seen', async () => {
    const conflicts = await one([], { kind: 'put', entry: file('a', 'mine'), seen: was });
    expect(conflicts).toEqual([{ path: 'a', won: fakeSha('mine'), lost: null, beside: 'a', op: 0 }]);
  });
  test('when a deleted file had changed since it was seen', async () => {
    const conflicts = await one([file('a', 'theirs')], { kind: 'delete', path: fakePath('a'), seen: was });
    expect(conflicts).toEqual([
      { path: 'a', won: null, lost: fakeSha('theirs'), lostEntry: file('a', 'theirs'), beside: 'a', op: 0 },
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
      { path: 'd', won: null, lost: fakeSha('theirs'), lostEntry: file('d', 'theirs'), beside: 'd', op: 0 },
    ]);
    const over = { kind: 'put', entry: file('d', 'mine'), seen: 'absent' } as const;
    expect(await one([file('d/x', 'theirs')], over)).toEqual([
      { path: 'd/x', won: null, lost: fakeSha('theirs'), lostEntry: file('d/x', 'theirs'), beside: 'd', op: 0 },
    ]);
  });
});

test('a deletion of a file that was seen leaves alone what came below its path since', async () => {
  const op = { kind: 'delete', path: fakePath('d'), seen: fakeSha('was') } as const;
  expect(await after([file('d/new')], [op])).toEqual(['d/new']);
  expect(await after([file('d', 'was')], [op])).toEqual([]);
  expect(await after([file('d/new')], [{ kind: 'delete', path: fakePath('d') }])).toEqual([]);
});

test('an empty directory, come or gone, takes no file with it that came in its place unseen', async () => {
  const gone = { kind: 'delete', path: fakePath('d'), seen: 'dir' } as const;
  expect(await after([file('d')], [gone])).toEqual(['d']);
  expect(await after([file('d/x')], [gone])).toEqual(['d/x']);
  expect(await after([dir('d')], [gone])).toEqual([]);
  const come = (path: string, seen: Seen): PathOp => ({ kind: 'put', entry: dir(path), seen });
  const met = (path: string): PathOp => ({ kind: 'put', entry: dir(path), seen: 'absent', unseen: 'later-wins' });
  expect(await after([file('d')], [come('d', 'absent')])).toEqual(['d']);
  expect(await after([file('d')], [met('d')])).toEqual(['d']);
  expect(await after([file('d')], [met('d/e')])).toEqual(['d']);
  // Who knew the file has put the directory in its place.
  expect(await after([file('d')], [come('d/e', 'absent')])).toEqual(['d/e/']);
  expect(await after([file('d', 'theirs')], [come('d', fakeSha('was'))])).toEqual(['d']);
  expect(await after([file('d', 'was')], [come('d', fakeSha('was'))])).toEqual(['d/']);
});

describe('a file that was never shared gives way to what is as late', () => {
  const by = { ours: 100, theirs: 50 };
  const at = (path: string, content: string, mtime: number): FileEntry => ({ ...file(path, content), mtime });
  const meet = async (before: readonly Entry[], ...ours: readonly FileEntry[]) => {
    const nodes = objectNodes(memoryObjectStore());
    const root = await buildTree(nodes, before);
    const ops = ours.map((entry): PathOp => ({ kind: 'put', entry, seen: 'absent', unseen: 'later-wins' }));
    const { edits, conflicts, gaveWay } = await resolveOps(nodes, root.sha, ops, by);
    const tree = await applyEdits(nodes, root.sha, edits);
    const found: string[] = [];
    for await (const entry of walkTree(nodes, tree.sha))
      found.push(isFile(entry) ? `${entry.path} ${entry.mtime}` : entry.path);
    return { found, conflicts, gaveWay };
  };
  const [mine, theirs] = [fakeSha('mine'), fakeSha('theirs')];
  // What each side wrote when, and whose stays: ours can not have been written after 100, theirs not after 50.
  const cases: readonly [name: string, ours: number, theirs: number, stays: 'ours' | 'theirs'][] = [
    ['ours is later', 20, 10, 'ours'],
    ['ours is earlier', 10, 20, 'theirs'],
    ['both are as late', 20, 20, 'theirs'],
    ['ours is of the future, theirs is not', 1_000, 40, 'ours'],
    ['theirs is of the future, ours older than the commit', 40, 1_000, 'theirs'],
    ['theirs is of the future, ours written after the commit', 60, 1_000, 'ours'],
    ['both are of the future', 2_000, 1_000, 'ours'],
    ['theirs is from before 1970', -10, -20, 'ours'],
  ];
  test.each(cases)('%s', async (_, ourTime, theirTime, stays) => {
    const ours = at('a', 'mine', ourTime);
    const { found, conflicts, gaveWay } = await meet([at('a', 'theirs', theirTime)], ours);
    const [won, lost] = stays === 'ours' ? [mine, theirs] : [theirs, mine];
    expect(found).toEqual([`a ${stays === 'ours' ? ourTime : theirTime}`]);
    expect(conflicts).toMatchObject([{ path: 'a', won, lost, beside: 'a' }]);
    expect(gaveWay).toEqual(stays === 'ours' ? [] : [{ entry: ours, to: at('a', 'theirs', theirTime), op: 0 }]);
  });

  test('equal bytes are no conflict, and the project’s time stays', async () => {
    const { found, conflicts, gaveWay } = await meet([at('a', 'same', 10)], at('a', 'same', 20));
    expect([found, conflicts]).toEqual([['a 10'], []]);
    expect(gaveWay).toHaveLength(1);
  });

  test('what is not there stands in nobody’s way, nor does an empty directory', async () => {
    expect((await meet([dir('a')], at('a', 'mine', -5))).found).toEqual(['a -5']);
    expect((await meet([], at('a/b', 'mine', -5))).found).toEqual(['a/b -5']);
  });

  test('I9: a file never takes the place of a directory that holds files, however late it is', async () => {
    const before = [at('d/x', 'theirs', 10), at('d/y', 'theirs too', 20)];
    const { found, conflicts, gaveWay } = await meet(before, at('d', 'mine', 90));
    expect(found).toEqual(['d/x 10', 'd/y 20']);
    expect(conflicts).toMatchObject([{ path: 'd', won: null, lost: mine, beside: 'd' }]);
    expect(gaveWay).toHaveLength(1);
  });

  test('a file below one of the project’s gives way, so that all of its directory does, whatever batch it comes in', async () => {
    const before = [at('d', 'theirs', 20)];
    for (const time of [10, 90]) {
      const { found, conflicts } = await meet(before, at('d/e/x', 'mine', time));
      expect(found).toEqual(['d 20']);
      expect(conflicts).toMatchObject([{ path: 'd/e/x', won: null, lost: mine, beside: 'd' }]);
    }
    expect((await meet(before, at('d/late', 'mine', 90), at('d/early', 'mine', 10))).found).toEqual(['d 20']);
  });

  test('a file takes the place of empty directories below its path', async () => {
    expect((await meet([dir('d/e'), dir('d/f')], at('d', 'mine', 10))).found).toEqual(['d 10']);
  });
});
