import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssertionError } from '../model/assert.ts';
import { isFile } from '../model/entry.ts';
import { Cutter, pathHash } from './boundary.ts';
import { buildTree, emptyTree } from './build.ts';
import { getEntry } from './get.ts';
import { memoryNodes } from './memory-nodes.ts';
import { decodeNode } from './node.ts';
import { allOf, anyEntries, anyPath, cappedEntries, entriesOf, fakeFile, manyEntries } from './tree.fakes.ts';
import { walkNodes } from './walk.ts';

test('the hash and the cuts are those that the format documents', () => {
  // FNV-1a of nothing through the finalizer, and values from an independent computation over UTF-8 bytes.
  const reference = (path: string, level: number) => {
    let h = 0x811c9dc5n;
    for (const byte of Buffer.from(path)) h = ((h ^ BigInt(byte)) * 0x01000193n) & 0xffffffffn;
    h ^= (BigInt(level) * 0x9e3779b1n) & 0xffffffffn;
    h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & 0xffffffffn;
    h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & 0xffffffffn;
    return Number(h ^ (h >> 16n));
  };
  fc.assert(
    fc.property(anyPath, fc.nat(9), (path, level) => {
      expect(pathHash(path, level)).toBe(reference(path, level));
      const weight = Buffer.byteLength(path) + 128;
      expect(new Cutter(0).add(1, path)).toBe(reference(path, 0) < weight * 349525);
      expect(new Cutter(3).add(1, path)).toBe(false);
    }),
  );
});

test('the shas of known trees never change: they are the format', async () => {
  const io = memoryNodes();
  const roots = [];
  for (const count of [0, 1, 1000]) roots.push((await buildTree(io, manyEntries(count))).sha);
  expect(roots).toMatchInlineSnapshot(`
    [
      "ab47c668cf7264d451c8dad52cf0a87defbb1b5cc87743c37bc4c6836c00f4ff",
      "68308f9a0e140750093f1f10004657e17e63f0ae5ea0ab3a4283a13e9a8e1e06",
      "bf8a8966a02bb816c61e3a4583e231571989a53c7fb12554bbc084d443de0550",
    ]
  `);
});

test('an empty tree has a root, and nothing in it', async () => {
  const io = memoryNodes();
  const root = await emptyTree(io);
  expect(root).toMatchObject({ files: 0, bytes: 0 });
  expect(await entriesOf(io, root)).toEqual([]);
  expect(await getEntry(io, root.sha, fakeFile('a').path)).toBeUndefined();
  expect(Buffer.from(io.nodes.get(root.sha) ?? []).toString()).toBe('{"entries":[],"v":1}');
});

test('a tree gives back its entries in order, each by its path, with the totals of its files', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyPath, async (entries, other) => {
      const io = memoryNodes();
      const root = await buildTree(io, entries);
      expect(await entriesOf(io, root)).toEqual(entries);
      for (const entry of entries) expect(await getEntry(io, root.sha, entry.path)).toEqual(entry);
      expect(await getEntry(io, root.sha, other)).toEqual(entries.find((entry) => entry.path === other));
      const files = entries.filter(isFile);
      expect(root.files).toBe(files.length);
      expect(root.bytes).toBe(files.reduce((sum, file) => sum + file.size, 0));
    }),
    { numRuns: 40 },
  ));

test('an async sequence gives the same tree as an array', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), async (entries) => {
      async function* stream() {
        yield* entries;
      }
      expect(await buildTree(memoryNodes(), stream())).toEqual(await buildTree(memoryNodes(), entries));
    }),
    { numRuns: 20 },
  ));

test('every node that a build writes belongs to the tree, and is written once', async () => {
  for (const count of [0, 1, 10, 500, 20_000]) {
    const io = memoryNodes();
    const root = await buildTree(io, manyEntries(count));
    expect([...(await allOf(walkNodes(io, root.sha)))].sort()).toEqual([...io.writes].sort());
  }
});

describe('node sizes', () => {
  test('names of usual length make nodes of 64 to 128 entries on average', async () => {
    const io = memoryNodes();
    await buildTree(io, manyEntries(50_000));
    const leaves = [...io.nodes].map(([sha, bytes]) => decodeNode(sha, bytes)).filter((node) => node.kind === 'leaf');
    expect(50_000 / leaves.length).toBeGreaterThan(64);
    expect(50_000 / leaves.length).toBeLessThan(128);
  });

  test('names that never close a node, and the longest ones, meet the cap', async () => {
    const longest = Array.from({ length: 200 }, (_, i) =>
      fakeFile(`${'\u0001'.repeat(4000)}${String(i).padStart(4, '0')}`),
    );
    for (const [entries, most] of [
      [cappedEntries(2000), 100_000],
      [longest, 6 * 60_000],
    ] as const) {
      const io = memoryNodes();
      const root = await buildTree(io, entries);
      expect(await entriesOf(io, root)).toEqual(entries);
      for (const bytes of io.nodes.values()) expect(bytes.byteLength).toBeLessThan(most);
    }
  });
});

test('entries out of order or twice are refused', async () => {
  for (const paths of [
    ['b', 'a'],
    ['a', 'a'],
  ])
    await expect(
      buildTree(
        memoryNodes(),
        paths.map((path) => fakeFile(path)),
      ),
    ).rejects.toThrow(AssertionError);
});

test('a put that fails ends the build with its error', async () => {
  const io = memoryNodes();
  let puts = 0;
  const failing = {
    ...io,
    putNode: async () => {
      puts += 1;
      if (puts > 3) throw new Error('store is full');
    },
  };
  await expect(buildTree(failing, manyEntries(20_000))).rejects.toThrow('store is full');
  expect(puts).toBeLessThan(200);
});
