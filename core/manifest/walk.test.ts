import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeSha, type Sha } from '../model/ids.ts';
import { comparePaths, isUnder, parentOf } from '../model/rel-path.ts';
import { applyEdits } from './apply.ts';
import { buildTree } from './build.ts';
import { memoryNodes } from './memory-nodes.ts';
import { allOf, anyEntries, anyPath, manyEntries } from './tree.fakes.ts';
import { newNodes, walkNodes, walkTree } from './walk.ts';

test('a walk gives what is at or after a path and below a directory, in order', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyPath, fc.nat(), async (entries, other, pick) => {
      const io = memoryNodes();
      const { sha } = await buildTree(io, entries);
      const some = entries[pick % Math.max(1, entries.length)]?.path ?? other;
      for (const from of [undefined, some, other])
        for (const prefix of [undefined, '' as const, parentOf(some), parentOf(other)])
          expect(await allOf(walkTree(io, sha, { from, prefix }))).toEqual(
            entries.filter(({ path }) => comparePaths(path, from ?? '') >= 0 && isUnder(path, prefix ?? '')),
          );
    }),
    { numRuns: 50 },
  ));

test('a walk of a small part reads a small part', async () => {
  const io = memoryNodes();
  const entries = manyEntries(30_000);
  const { sha } = await buildTree(io, entries);
  const middle = entries[15_000];
  io.resetCounts();
  for await (const entry of walkTree(io, sha, { from: middle?.path })) {
    expect(entry).toEqual(middle);
    break;
  }
  expect(io.reads.length).toBeLessThanOrEqual(4);
});

test('a walk over the nodes gives each once, parents first, without reading leaves', async () => {
  const io = memoryNodes();
  const { sha } = await buildTree(io, manyEntries(30_000));
  io.resetCounts();
  const all = await allOf(walkNodes(io, sha));
  expect(all[0]).toBe(sha);
  expect([...all].sort()).toEqual([...io.nodes.keys()].sort());
  expect(io.reads.length).toBeLessThan(all.length / 20);
});

test('new nodes are those of the new tree that the old one does not have', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyEntries(), fc.boolean(), async (a, b, near) => {
      const io = memoryNodes();
      const old = await buildTree(io, a);
      const next = near
        ? await applyEdits(
            io,
            old.sha,
            b.slice(0, 3).map((entry) => ({ kind: 'put', entry })),
          )
        : await buildTree(io, b);
      const had = new Set(await allOf(walkNodes(io, old.sha)));
      const expected = (await allOf(walkNodes(io, next.sha))).filter((sha) => !had.has(sha));
      expect(await allOf(newNodes(io, old.sha, next.sha))).toEqual(expected);
      expect(await allOf(newNodes(io, undefined, next.sha))).toEqual(await allOf(walkNodes(io, next.sha)));
    }),
    { numRuns: 60 },
  ));

test('new nodes of one commit are found by reading few nodes, and no leaves', async () => {
  const io = memoryNodes();
  const entries = manyEntries(30_000);
  const old = await buildTree(io, entries);
  const entry = entries[12_345];
  if (!entry) return;
  const next = await applyEdits(io, old.sha, [{ kind: 'put', entry: { ...entry, sha: fakeSha('new') } }]);
  io.resetCounts();
  const found: Sha[] = await allOf(newNodes(io, old.sha, next.sha));
  expect(found[0]).toBe(next.sha);
  expect(found.length).toBeLessThanOrEqual(4);
  expect(io.reads.length).toBeLessThanOrEqual(2 * found.length);
  expect(await allOf(newNodes(io, next.sha, next.sha))).toEqual([]);
});
