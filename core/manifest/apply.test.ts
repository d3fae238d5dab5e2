import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../model/entry.ts';
import { fakeSha, type Sha } from '../model/ids.ts';
import { applyEdits } from './apply.ts';
import { buildTree, emptyTree } from './build.ts';
import { cachedNodes } from './cached-nodes.ts';
import { diffTrees } from './diff.ts';
import { memoryNodes } from './memory-nodes.ts';
import { allOf, anyEntries, cappedBranches, cappedEntries, fakeFile, manyEntries, sorted } from './tree.fakes.ts';
import type { Edit } from './tree.ts';
import { newNodes, walkNodes } from './walk.ts';

const put = (entry: Entry): Edit => ({ kind: 'put', entry });
const remove = ({ path }: Entry): Edit => ({ kind: 'remove', path });

/** The edits that make `b` of `a`. */
function between(a: readonly Entry[], b: readonly Entry[]): Edit[] {
  const kept = new Set(b.map((entry) => entry.path));
  return [...a.filter((entry) => !kept.has(entry.path)).map(remove), ...b.map(put)];
}

const groups = <T>(items: readonly T[], sizes: readonly number[]): T[][] => {
  const found: T[][] = [];
  for (let at = 0, i = 0; at < items.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    found.push(items.slice(at, at + size));
    at += size;
  }
  return found;
};

const order = fc.array(fc.nat(), { minLength: 1, maxLength: 20 });
function shuffled<T>(items: readonly T[], seeds: readonly number[]): T[] {
  const left = [...items];
  const found: T[] = [];
  for (let i = 0; left.length > 0; i++)
    found.push(...left.splice(((seeds[i % seeds.length] ?? 0) * (i + 7)) % left.length, 1));
  return found;
}
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe('the same set of entries has the same sha', () => {
  test('whatever the order and the grouping of the edits', () =>
    fc.assert(
      fc.asyncProperty(anyEntries(), anyEntries(), order, sizes, async (a, b, seeds, groupSizes) => {
        const io = memoryNodes();
        let root = await buildTree(io, a);
        for (const group of groups(shuffled(between(a, b), seeds), groupSizes))
          root = await applyEdits(io, root.sha, group);
        expect(root).toEqual(await buildTree(io, b));
      }),
      { numRuns: 60 },
    ));

  test('from an empty tree one by one, and back', () =>
    fc.assert(
      fc.asyncProperty(anyEntries(60), order, order, async (entries, there, back) => {
        const io = memoryNodes();
        const empty = await emptyTree(io);
        let root = empty;
        for (const entry of shuffled(entries, there)) root = await applyEdits(io, root.sha, [put(entry)]);
        expect(root).toEqual(await buildTree(io, entries));
        for (const entry of shuffled(entries, back)) root = await applyEdits(io, root.sha, [remove(entry)]);
        expect(root).toEqual(empty);
      }),
      { numRuns: 30 },
    ));

  test('in trees of three levels, with edits at both ends, in the middle, and in runs', async () => {
    const io = memoryNodes();
    const all = manyEntries(30_000);
    const whole = await buildTree(io, all);
    const parts: [number, number][] = [
      [0, 1],
      [0, 5000],
      [29_999, 30_000],
      [20_000, 30_000],
      [10_000, 10_001],
      [3_000, 29_000],
      [1, 29_999],
      [0, 30_000],
    ];
    for (const [from, to] of parts) {
      const rest = [...all.slice(0, from), ...all.slice(to)];
      const part = all.slice(from, to);
      const without = await applyEdits(io, whole.sha, part.map(remove));
      expect(without).toEqual(await buildTree(io, rest));
      expect(await applyEdits(io, without.sha, part.map(put))).toEqual(whole);
    }
  });

  test.each([
    ['leaves', cappedEntries(1500)],
    ['branches', cappedBranches(1500)],
  ])('where only the cap cuts %s, so that an insert moves every later cut', async (_, all) => {
    const io = memoryNodes();
    const whole = await buildTree(io, all);
    await fc.assert(
      fc.asyncProperty(fc.subarray(all, { minLength: 900 }), order, sizes, async (entries, seeds, groupSizes) => {
        const larger = groupSizes.map((size) => size * 10);
        const gone = between(all, entries).filter((edit) => edit.kind === 'remove');
        let root = whole;
        for (const group of groups(shuffled(gone, seeds), larger)) root = await applyEdits(io, root.sha, group);
        const rest = await buildTree(io, entries);
        expect(root).toEqual(rest);
        const back = all.filter((entry) => !entries.includes(entry)).map(put);
        for (const group of groups(shuffled(back, seeds), larger)) root = await applyEdits(io, root.sha, group);
        expect(root).toEqual(whole);
      }),
      { numRuns: 6 },
    );
  });
});

test('apply(diff(a, b), a) = b', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyEntries(), async (a, b) => {
      const io = memoryNodes();
      const [rootA, rootB] = [await buildTree(io, a), await buildTree(io, b)];
      const changes = await allOf(diffTrees(io, rootA.sha, rootB.sha));
      const edits = changes.map((change) => (change.kind === 'removed' ? remove(change.was) : put(change.entry)));
      expect(await applyEdits(io, rootA.sha, edits)).toEqual(rootB);
    }),
    { numRuns: 50 },
  ));

test('an edit that changes nothing gives the same root and writes nothing', async () => {
  const io = memoryNodes();
  const entries = manyEntries(5000);
  const root = await buildTree(io, entries);
  const [first, second] = entries;
  io.resetCounts();
  expect(await applyEdits(io, root.sha, [])).toEqual(root);
  if (first && second) expect(await applyEdits(io, root.sha, [put(first), put(second)])).toEqual(root);
  expect(await applyEdits(io, root.sha, [remove(fakeFile('nowhere')), remove(fakeFile('~'))])).toEqual(root);
  expect(io.writes).toEqual([]);
});

test('one path touches one node a level', async () => {
  const io = memoryNodes();
  const entries = manyEntries(30_000);
  const root = await buildTree(io, entries);
  const levels = 3;
  for (let i = 0; i < entries.length; i += 997) {
    const entry = entries[i];
    if (!entry) continue;
    io.resetCounts();
    await applyEdits(io, root.sha, [put({ ...entry, sha: fakeSha('new') })]);
    expect(io.reads).toHaveLength(levels);
    expect(io.writes).toHaveLength(levels);
  }
  // A new path may cut one node in two, or close a node early; never more than a few.
  let writes = 0;
  for (let i = 0; i < 200; i++) {
    io.resetCounts();
    await applyEdits(io, root.sha, [put(fakeFile(`dir-${i % 7}/new-${i}`))]);
    writes += io.writes.length;
    expect(io.writes.length).toBeLessThan(4 * levels);
  }
  expect(writes / 200).toBeLessThan(levels + 0.5);
});

test('bulk edits read and write each node of the tree at most once', async () => {
  const io = memoryNodes();
  const entries = manyEntries(20_000);
  const root = await buildTree(io, entries);
  const nodes = await allOf(walkNodes(io, root.sha));
  io.resetCounts();
  const touched = entries.map((entry) => put({ ...entry, mtime: 5 }));
  const next = await applyEdits(io, root.sha, touched);
  expect(io.reads.length).toBeLessThanOrEqual(nodes.length);
  expect([...io.writes].sort()).toEqual([...(await allOf(walkNodes(io, next.sha)))].sort());
});

test('what is written is exactly what is new, also where the tree becomes lower', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }), async (entries, keep) => {
      const io = memoryNodes();
      const root = await buildTree(io, entries);
      const gone = entries.filter((_, i) => !keep[i % keep.length]);
      const before = new Set(io.nodes.keys());
      io.resetCounts();
      const next = await applyEdits(io, root.sha, gone.map(remove));
      const written = [...new Set(io.writes)].filter((sha) => !before.has(sha)).sort();
      const added = (await allOf(newNodes(io, root.sha, next.sha))).filter((sha) => !before.has(sha)).sort();
      expect(written).toEqual(added);
    }),
    { numRuns: 50 },
  ));

test('a node is never read before its put is acknowledged', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyEntries(20), async (a, b) => {
      const store = memoryNodes();
      const io = {
        getNode: store.getNode,
        putNode: async (sha: Sha, bytes: Uint8Array) => {
          await new Promise(setImmediate);
          await store.putNode(sha, bytes);
        },
      };
      const root = await buildTree(io, a);
      expect(await applyEdits(io, root.sha, between(a, b))).toEqual(await buildTree(store, b));
    }),
    { numRuns: 30 },
  ));

test('behind a cache the results are the same', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyEntries(), async (a, b) => {
      const io = cachedNodes(memoryNodes(), { maxBytes: 20_000 });
      const root = await buildTree(io, a);
      expect(await applyEdits(io, root.sha, between(a, b))).toEqual(await buildTree(io, b));
    }),
    { numRuns: 30 },
  ));

test('of several edits of a path in a list the last counts', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyEntries(), anyEntries(40), order, async (a, b, other, seeds) => {
      const io = memoryNodes();
      const root = await buildTree(io, a);
      const early = other.map((entry, i) => (i % 2 === 0 ? put(entry) : remove(entry)));
      const last = between(a, b);
      const edited = new Set(last.map((edit) => (edit.kind === 'put' ? edit.entry.path : edit.path)));
      const undone = other.filter(({ path }) => !edited.has(path)).map(remove);
      const edits = [...shuffled(early, seeds), ...shuffled([...last, ...undone], seeds)];
      expect(await applyEdits(io, root.sha, edits)).toEqual(await buildTree(io, b));
    }),
    { numRuns: 40 },
  ));

test('a node that cannot be stored fails the edit', async () => {
  const io = memoryNodes();
  const root = await buildTree(io, sorted(manyEntries(300)));
  const failing = { ...io, putNode: () => Promise.reject(new Error('store is full')) };
  await expect(applyEdits(failing, root.sha, [put(fakeFile('a'))])).rejects.toThrow('store is full');
});
