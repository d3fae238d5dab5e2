import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, sameEntry } from '../model/entry.ts';
import { comparePaths, fakePath } from '../model/rel-path.ts';
import { applyEdits } from './apply.ts';
import { buildTree } from './build.ts';
import { memoryNodes } from './memory-nodes.ts';
import { rangeDigest } from './range-digest.ts';
import { type PathRange, rangeOf } from './totals.ts';
import { anyEntries, anyPath, fakeFile, manyEntries, sorted } from './tree.fakes.ts';

function within(entries: readonly Entry[], { from, to }: PathRange): readonly Entry[] {
  return entries.filter(
    ({ path }) => comparePaths(path, from) >= 0 && (to === undefined || comparePaths(path, to) < 0),
  );
}

const same = (a: readonly Entry[], b: readonly Entry[]) =>
  a.length === b.length && a.every((entry, i) => b[i] !== undefined && sameEntry(entry, b[i]));

test('I4: trees of one digest have the same in the range, whatever is beside it', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyEntries(20), anyPath, anyPath, fc.boolean(), async (a, others, x, y, isOpen) => {
      const io = memoryNodes();
      const mixed = new Map([...a.slice(0, -1), ...others].map((entry) => [entry.path, entry]));
      const b = sorted(mixed.values());
      const [from, to] = comparePaths(x, y) < 0 ? [x, y] : [y, x];
      const range = { from, to: isOpen ? undefined : to };
      const [rootA, rootB] = [await buildTree(io, a), await buildTree(io, b)];
      const isOne = (await rangeDigest(io, rootA.sha, range)) === (await rangeDigest(io, rootB.sha, range));
      expect(!isOne || same(within(a, range), within(b, range))).toBe(true);
    }),
    { numRuns: 100 },
  ));

test('every change in the range makes another digest, and one beside it does not', async () => {
  const io = memoryNodes();
  const entries = manyEntries(30_000);
  const root = await buildTree(io, entries);
  const range = rangeOf(fakePath('dir-6'));
  const digest = await rangeDigest(io, root.sha, range);
  const inside = within(entries, range);
  for (const at of [0, 1, 1_000, 2_222, inside.length - 1]) {
    const entry = inside[at] ?? fakeFile('none');
    for (const edit of [
      { kind: 'put', entry: { ...entry, mtime: 1 } },
      { kind: 'remove', path: entry.path },
    ] as const) {
      const edited = await applyEdits(io, root.sha, [edit]);
      expect(await rangeDigest(io, edited.sha, range)).not.toBe(digest);
    }
  }
  for (const path of ['a', 'dir-5/sub-49/zzz', 'dir-6', 'dir-60', 'zzz']) {
    const beside = await applyEdits(io, root.sha, [{ kind: 'put', entry: fakeFile(path) }]);
    expect(await rangeDigest(io, beside.sha, range)).toBe(digest);
  }
});

test('it reads the two ends of a range, and not what is between them', async () => {
  const io = memoryNodes();
  const root = await buildTree(io, manyEntries(30_000));
  io.resetCounts();
  await rangeDigest(io, root.sha, rangeOf(fakePath('dir-3')));
  expect(io.reads.length).toBeLessThan(10);
});
