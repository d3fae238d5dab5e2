import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssertionError } from '../model/assert.ts';
import type { Entry } from '../model/entry.ts';
import { fakeSha, type Sha } from '../model/ids.ts';
import { comparePaths, type RelPath } from '../model/rel-path.ts';
import { applyEdits } from './apply.ts';
import { buildTree, emptyTree } from './build.ts';
import { memoryNodes } from './memory-nodes.ts';
import { decodeNode } from './node.ts';
import { anyEntries, cappedBranches, cappedEntries, fakeFile, manyEntries } from './tree.fakes.ts';
import type { Edit } from './tree.ts';

const put = (entry: Entry): Edit => ({ kind: 'put', entry });
const remove = ({ path }: Entry): Edit => ({ kind: 'remove', path });
const pathOf = (edit: Edit): RelPath => (edit.kind === 'put' ? edit.entry.path : edit.path);

/** The edits that make `b` of `a`, in path order. */
function between(a: readonly Entry[], b: readonly Entry[]): Edit[] {
  const kept = new Set(b.map(({ path }) => path));
  const edits = [...a.filter(({ path }) => !kept.has(path)).map(remove), ...b.map(put)];
  return edits.sort((x, y) => comparePaths(pathOf(x), pathOf(y)));
}

async function* streamed<T>(items: Iterable<T>): AsyncIterable<T> {
  yield* items;
}

/** Iterable, and not a list. */
function* oneByOne<T>(items: Iterable<T>): Iterable<T> {
  yield* items;
}

describe('a stream of edits gives the tree that a build gives', () => {
  test('between any two sets of entries', () =>
    fc.assert(
      fc.asyncProperty(anyEntries(), anyEntries(), async (a, b) => {
        const io = memoryNodes();
        const [rootA, rootB] = [await buildTree(io, a), await buildTree(io, b)];
        expect(await applyEdits(io, rootA.sha, streamed(between(a, b)))).toEqual(rootB);
        expect(await applyEdits(io, rootB.sha, oneByOne(between(b, a)))).toEqual(rootA);
      }),
      { numRuns: 60 },
    ));

  test.each([
    ['cut by their hashes', manyEntries(12_000)],
    ['of which only the cap cuts leaves', cappedEntries(6000)],
    ['of which only the cap cuts branches', cappedBranches(2500)],
  ])('in large trees %s', async (_, all) => {
    const io = memoryNodes();
    const [whole, empty] = [await buildTree(io, all), await emptyTree(io)];
    expect(await applyEdits(io, empty.sha, streamed(all.map(put)))).toEqual(whole);
    expect(await applyEdits(io, whole.sha, streamed(all.map(remove)))).toEqual(empty);
    await fc.assert(
      fc.asyncProperty(fc.subarray(all), fc.subarray(all), async (a, b) => {
        const root = await buildTree(io, a);
        expect(await applyEdits(io, root.sha, streamed(between(a, b)))).toEqual(await buildTree(io, b));
      }),
      { numRuns: 4 },
    );
  });
});

test('a stream that is longer than memory is taken no faster than nodes are stored', async () => {
  const entries = manyEntries(60_000);
  const places = new Map(entries.map(({ path }, i) => [path, i]));
  const store = memoryNodes();
  const root = await buildTree(store, entries);
  store.resetCounts();

  let stored = 0;
  let inFlight = 0;
  const most = { edits: 0, readNodes: 0, inFlight: 0 };
  const slow = {
    getNode: store.getNode,
    async putNode(sha: Sha, bytes: Uint8Array) {
      most.inFlight = Math.max(most.inFlight, ++inFlight);
      most.readNodes = Math.max(most.readNodes, store.reads.length - store.writes.length);
      await new Promise(setImmediate);
      await store.putNode(sha, bytes);
      inFlight -= 1;
      const node = decodeNode(sha, bytes);
      const last = node.kind === 'leaf' ? node.entries.at(-1) : undefined;
      if (last) stored = Math.max(stored, (places.get(last.path) ?? 0) + 1);
    },
  };
  let given = 0;
  async function* all(): AsyncIterable<Edit> {
    for (const entry of entries) {
      most.edits = Math.max(most.edits, ++given - stored);
      yield put({ ...entry, sha: fakeSha('new') });
    }
  }
  const next = await applyEdits(slow, root.sha, all());
  expect(next).toMatchObject({ files: entries.length, bytes: root.bytes });
  // 64 puts of about 75 entries each are in flight, and 1,024 edits and what they touch are taken ahead.
  expect(given).toBe(entries.length);
  expect(most.inFlight).toBeLessThanOrEqual(64);
  expect(most.edits).toBeLessThan(10_000);
  expect(most.readNodes).toBeLessThan(150);
  expect(store.reads.length).toBeGreaterThan(750);
});

test('edits far from each other are read ahead in parts that do not grow with their number', async () => {
  const entries = manyEntries(60_000);
  const store = memoryNodes();
  const root = await buildTree(store, entries);
  store.resetCounts();
  let most = 0;
  const io = {
    getNode: store.getNode,
    putNode: async (sha: Sha, bytes: Uint8Array) => {
      await store.putNode(sha, bytes);
      most = Math.max(most, store.reads.length - store.writes.length);
    },
  };
  const some = entries.filter((_, i) => i % 60 === 0).map((entry) => put({ ...entry, mtime: 1 }));
  await applyEdits(io, root.sha, streamed(some));
  expect(store.reads.length).toBeGreaterThan(500);
  expect(new Set(store.reads).size).toBe(store.reads.length);
  expect(most).toBeLessThan(400);
});

test.each([
  ['out of order', [fakeFile('b'), fakeFile('a')]],
  ['with a path twice', [fakeFile('a'), fakeFile('a')]],
])('a stream %s is our bug', async (_, entries) => {
  const io = memoryNodes();
  const root = await emptyTree(io);
  const applied = applyEdits(io, root.sha, streamed(entries.map(put)));
  await expect(applied).rejects.toThrow(AssertionError);
  await expect(applyEdits(io, root.sha, oneByOne(entries.map(put)))).rejects.toThrow('does not follow');
});

test('a source is closed when a node cannot be stored, and its own failure fails the edit', async () => {
  const store = memoryNodes();
  const root = await emptyTree(store);
  let isClosed = false;
  async function* all(): AsyncIterable<Edit> {
    try {
      for (const entry of manyEntries(20_000)) yield put(entry);
    } finally {
      isClosed = true;
    }
  }
  const failing = { ...store, putNode: () => Promise.reject(new Error('store is full')) };
  await expect(applyEdits(failing, root.sha, all())).rejects.toThrow('store is full');
  expect(isClosed).toBe(true);

  async function* broken(): AsyncIterable<Edit> {
    yield put(fakeFile('a'));
    throw new Error('source is gone');
  }
  await expect(applyEdits(store, root.sha, broken())).rejects.toThrow('source is gone');
});
