import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePaths } from '../model/rel-path.ts';
import { buildTree } from './build.ts';
import { LeafAt } from './leaf-at.ts';
import { memoryNodes } from './memory-nodes.ts';
import { anyEntries, anyPath, manyEntries } from './tree.fakes.ts';

test('whatever is asked for one after the other, a stretch has the path in it and all of the tree from its one end to the other', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), fc.array(fc.oneof(anyPath, fc.nat()), { maxLength: 12 }), async (entries, asked) => {
      const io = memoryNodes();
      const { sha } = await buildTree(io, entries);
      const leafAt = new LeafAt(io, sha);
      for (const one of asked) {
        const key = typeof one === 'string' ? one : (entries[one % Math.max(1, entries.length)]?.path ?? '');
        const { entries: found, after, upTo } = await leafAt.find(key);
        const isIn = (path: string) =>
          (after === undefined || comparePaths(path, after) > 0) &&
          (upTo === undefined || comparePaths(path, upTo) <= 0);
        expect(isIn(key)).toBe(true);
        expect(found).toEqual(entries.filter(({ path }) => isIn(path)));
      }
    }),
    { numRuns: 50 },
  ));

test('neighbours cost one read of each node on the way', async () => {
  const io = memoryNodes();
  const entries = manyEntries(30_000);
  const { sha } = await buildTree(io, entries);
  const leafAt = new LeafAt(io, sha);
  const first = await leafAt.find(entries[15_000]?.path ?? '');
  io.resetCounts();
  for (const { path } of first.entries) expect(await leafAt.find(path)).toBe(first);
  expect(first.entries.length).toBeGreaterThan(1);
  expect(io.reads).toEqual([]);
});
