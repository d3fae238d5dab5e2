import { expect, test } from 'vitest';
import { fakeSha, type Sha } from '../model/ids.ts';
import { applyEdits } from './apply.ts';
import { buildTree } from './build.ts';
import { cachedNodes } from './cached-nodes.ts';
import { diffTrees } from './diff.ts';
import { listTree } from './list.ts';
import { type MemoryNodes, memoryNodes } from './memory-nodes.ts';
import { allOf, fakeFile, sorted } from './tree.fakes.ts';
import type { NodeReader } from './tree.ts';
import { walkTree } from './walk.ts';

/** 100 directories of 300 files. */
const entries = sorted(
  Array.from({ length: 30_000 }, (_, i) => fakeFile(`d${String(Math.floor(i / 300)).padStart(3, '0')}/f${i}`)),
);
const everyHundredth = entries
  .filter((_, i) => i % 100 === 0)
  .map((entry) => ({ kind: 'put' as const, entry: { ...entry, sha: fakeSha('new') } }));

/** Answers all reads of one turn together, as a store does that is far away, and counts these turns. */
function distant(store: MemoryNodes): MemoryNodes & { rounds: () => number } {
  let rounds = 0;
  let round: Promise<void> | undefined;
  return {
    ...store,
    rounds: () => rounds,
    async getNode(sha) {
      round ??= new Promise((resolve) =>
        setImmediate(() => {
          rounds += 1;
          round = undefined;
          resolve();
        }),
      );
      await round;
      return store.getNode(sha);
    },
  };
}

test('a page of large directories is read in few rounds, though it needs a leaf for each', async () => {
  const store = memoryNodes();
  const root = await buildTree(store, entries);
  store.resetCounts();
  const io = distant(store);
  const page = await listTree(io, root.sha, { prefix: '', limit: 90 });
  expect(page.rows).toHaveLength(90);
  // The end of each directory is inside a leaf, and only its parent names it; what is above them is shared.
  expect(store.reads.length).toBeGreaterThan(90);
  expect(store.reads.length).toBeLessThan(2 * 90 + 6);
  expect(io.rounds()).toBeLessThan(15);
  expect(new Set(store.reads).size).toBe(store.reads.length);
});

test('a very long page is read in parts, so that what it needs stays in memory', async () => {
  const store = memoryNodes();
  const many = sorted(
    Array.from({ length: 1000 }, (_, i) => ['a', 'b'].map((name) => fakeFile(`dir ${i}/${name}`))).flat(),
  );
  const root = await buildTree(store, many);
  store.resetCounts();
  const page = await listTree(distant(store), root.sha, { prefix: '', limit: 999 });
  expect(page.rows).toHaveLength(999);
  expect(page.next).toBeDefined();
  expect(new Set(store.reads).size).toBe(store.reads.length);
});

test('a walk reads in few rounds', async () => {
  const store = memoryNodes();
  const root = await buildTree(store, entries);
  store.resetCounts();
  const io = distant(store);
  expect(await allOf(walkTree(io, root.sha))).toHaveLength(entries.length);
  expect(io.rounds()).toBeLessThan(store.reads.length / 4);
});

test('bulk edits read in few rounds, and their diff too', async () => {
  const store = memoryNodes();
  const root = await buildTree(store, entries);
  store.resetCounts();
  const io = distant(store);
  const next = await applyEdits(io, root.sha, everyHundredth);
  expect(io.rounds()).toBeLessThan(store.reads.length / 4);
  store.resetCounts();
  const before = io.rounds();
  expect(await allOf(diffTrees(io, root.sha, next.sha))).toHaveLength(everyHundredth.length);
  expect(io.rounds() - before).toBeLessThan(store.reads.length / 4);
  expect(new Set(store.reads).size).toBe(store.reads.length);
});

test('a read ahead that fails matters only to who gets there', async () => {
  const store = memoryNodes();
  const root = await buildTree(store, entries);
  const inOrder: Sha[] = [];
  const noting: NodeReader = {
    getNode: (sha) => {
      inOrder.push(sha);
      return store.getNode(sha);
    },
  };
  await allOf(walkTree(noting, root.sha));
  const failing: NodeReader = {
    getNode: (sha) => (sha === inOrder[20] ? Promise.reject(new Error('no answer')) : store.getNode(sha)),
  };
  let walked = 0;
  for await (const _ of walkTree(failing, root.sha)) if (++walked === 500) break;
  expect(walked).toBe(500);
  await expect(allOf(walkTree(failing, root.sha))).rejects.toThrow('no answer');
  await expect(allOf(walkTree(failing, root.sha, { from: 'd050' }))).resolves.toHaveLength(15_000);
  const all = entries.map((entry) => ({ kind: 'put' as const, entry: { ...entry, mtime: 1 } }));
  await expect(applyEdits({ ...store, ...failing }, root.sha, all)).rejects.toThrow('no answer');
});

test('behind a cache, a chain of commits reads no branch again', async () => {
  const store = memoryNodes();
  const io = cachedNodes(store, { maxBytes: 2_000_000 });
  let root = await buildTree(io, entries);
  const [first] = everyHundredth;
  if (first) root = await applyEdits(io, root.sha, [first]);
  store.resetCounts();
  for (const edit of everyHundredth.slice(1, 20)) root = await applyEdits(io, root.sha, [edit]);
  expect(store.reads.length).toBeLessThanOrEqual(19);
});
