import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildTree } from '../manifest/build.ts';
import { diffTrees } from '../manifest/diff.ts';
import { withoutFilledDirs } from '../manifest/filled-dirs.ts';
import { memoryNodes } from '../manifest/memory-nodes.ts';
import { allOf, anyEntries, fakeDir, fakeFile } from '../manifest/tree.fakes.ts';
import { fakeSha, type Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import {
  type Difference,
  type DiffPage,
  firstDifference,
  pageOfDiff,
  pageOfLargeDiff,
  pathOf,
  wholeDiff,
} from './diff-page.ts';

async function joined(page: (after: RelPath | undefined) => DiffPage | Promise<DiffPage>): Promise<Difference[]> {
  const all: Difference[] = [];
  for (let after: RelPath | undefined; ; ) {
    const { changes, next } = await page(after);
    all.push(...changes);
    if (next === undefined) return all;
    after = next;
  }
}

test('pages join to the whole without a gap or a repeat, whether the diff is kept or read anew for each', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyEntries(), fc.integer({ min: 1, max: 7 }), async (a, b, limit) => {
      const io = memoryNodes();
      const [from, to] = [(await buildTree(io, a)).sha, (await buildTree(io, b)).sha];
      const whole = await wholeDiff(io, from, to);
      expect(await joined((after) => pageOfDiff(whole ?? [], { after, limit }))).toEqual(whole);
      const large = await joined((after) => pageOfLargeDiff(io, from, to, { after, limit }));
      expect(large).toEqual(withoutFilledDirs(await allOf(diffTrees(io, from, to))));
    }),
    { numRuns: 30 },
  ));

test('what is counted is the whole: moves as moves, and bytes of what was put and of what went', async () => {
  const io = memoryNodes();
  const file = (path: string, content: string, size: number) => fakeFile(path, { sha: fakeSha(content), size });
  const treeOf = async (...entries: ReturnType<typeof file>[]): Promise<Sha> => (await buildTree(io, entries)).sha;
  const from = await treeOf(file('a', 'one', 10), file('b', 'two', 20), file('c', 'three', 30));
  const to = await treeOf(file('a', 'other', 11), file('d', 'two', 20), file('e', 'five', 5));
  const whole = await wholeDiff(io, from, to);
  const { changes, next, totals } = pageOfDiff(whole ?? [], { limit: 2 });
  expect(changes.map(({ kind }) => kind)).toEqual(['updated', 'removed']);
  expect(await firstDifference(io, from, to)).toEqual(changes[0]);
  const moved = await treeOf(file('a', 'one', 10), file('b', 'two', 20), file('x', 'three', 30));
  expect(await firstDifference(io, from, moved)).toMatchObject({ kind: 'moved', was: { path: 'c' } });
  expect(await firstDifference(io, from, from)).toBeUndefined();
  expect(next).toBe('c');
  expect(totals).toEqual({ added: 1, updated: 1, removed: 1, moved: 1, putBytes: 16, goneBytes: 40 });
});

test('a diff of more changes than are gone through is not counted, and says so', async () => {
  const io = memoryNodes();
  const from = (await buildTree(io, [])).sha;
  const to = (await buildTree(io, [fakeFile('a'), fakeFile('b'), fakeFile('c')])).sha;
  expect(await wholeDiff(io, from, to, 2)).toBeUndefined();
  expect(await wholeDiff(io, from, to, 3)).toHaveLength(3);
  expect(await pageOfLargeDiff(io, from, to, { limit: 2 })).toMatchObject({ next: 'b', totals: undefined });
});

test('a large diff tells no directory as removed into which something came, be that pages away', async () => {
  const io = memoryNodes();
  const between = ['box.1', 'box.2', 'box.3'].map((path) => fakeFile(path));
  const from = (await buildTree(io, [fakeDir('box'), fakeDir('gone')])).sha;
  const to = (await buildTree(io, [...between, fakeFile('box/deep/a')])).sha;
  const large = await joined((after) => pageOfLargeDiff(io, from, to, { after, limit: 1 }));
  expect(large.map((one) => [one.kind, pathOf(one)])).toEqual([
    ['added', 'box.1'],
    ['added', 'box.2'],
    ['added', 'box.3'],
    ['added', 'box/deep/a'],
    ['removed', 'gone'],
  ]);
});
