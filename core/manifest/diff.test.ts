import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entry, sameEntry } from '../model/entry.ts';
import { fakeSha } from '../model/ids.ts';
import { comparePaths } from '../model/rel-path.ts';
import { applyEdits } from './apply.ts';
import { buildTree } from './build.ts';
import { diffTrees, type Moved, pairMoves } from './diff.ts';
import { memoryNodes } from './memory-nodes.ts';
import { allOf, anyEntries, fakeDir, fakeFile, manyEntries } from './tree.fakes.ts';
import type { Change } from './tree.ts';

/** The diff by its definition. */
function changesBetween(a: readonly Entry[], b: readonly Entry[]): Change[] {
  const before = new Map(a.map((entry) => [entry.path, entry]));
  const after = new Map(b.map((entry) => [entry.path, entry]));
  return [...new Set([...before.keys(), ...after.keys()])].sort(comparePaths).flatMap((path): Change[] => {
    const [was, entry] = [before.get(path), after.get(path)];
    if (was && entry) return sameEntry(was, entry) ? [] : [{ kind: 'updated', entry, was }];
    if (was) return [{ kind: 'removed', was }];
    return entry ? [{ kind: 'added', entry }] : [];
  });
}

describe('a diff', () => {
  test('has every change once, in path order', () =>
    fc.assert(
      fc.asyncProperty(anyEntries(), anyEntries(), async (a, b) => {
        const io = memoryNodes();
        const [rootA, rootB] = [await buildTree(io, a), await buildTree(io, b)];
        expect(await allOf(diffTrees(io, rootA.sha, rootB.sha))).toEqual(changesBetween(a, b));
        expect(await allOf(diffTrees(io, rootA.sha, rootA.sha))).toEqual([]);
      }),
      { numRuns: 60 },
    ));

  test('of a range has its changes alone, and those of ranges that meet are all', () =>
    fc.assert(
      fc.asyncProperty(anyEntries(), anyEntries(), fc.nat(30), async (a, b, at) => {
        const io = memoryNodes();
        const [rootA, rootB] = [await buildTree(io, a), await buildTree(io, b)];
        const all = changesBetween(a, b);
        const change = all[Math.min(at, all.length - 1)];
        const cut = change ? (change.kind === 'removed' ? change.was.path : change.entry.path) : 'a';
        const before = await allOf(diffTrees(io, rootA.sha, rootB.sha, { to: cut }));
        const rest = await allOf(diffTrees(io, rootA.sha, rootB.sha, { from: cut }));
        expect([...before, ...rest]).toEqual(all);
        expect(rest[0]).toEqual(change);
      }),
      { numRuns: 60 },
    ));

  test('of a late page reads little of what comes before it', async () => {
    const io = memoryNodes();
    const a = manyEntries(30_000);
    const b = a.map((entry) => ({ ...entry, mtime: 1 }));
    const [rootA, rootB] = [await buildTree(io, a), await buildTree(io, b)];
    io.resetCounts();
    const from = a.at(-10)?.path ?? '';
    expect(await allOf(diffTrees(io, rootA.sha, rootB.sha, { from }))).toHaveLength(10);
    expect(io.reads.length).toBeLessThanOrEqual(2 * 5);
  });

  test('has every change of a part that went, came or changed, in trees of different height', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(9999), fc.nat(9999), fc.nat(3), async (x, y, every) => {
        const io = memoryNodes();
        const a = manyEntries(10_000);
        const b = a.flatMap((entry, i) => {
          if (i < Math.min(x, y) || i >= Math.max(x, y)) return [entry];
          return i % (every + 1) === 0 ? [] : [{ ...entry, mtime: every }];
        });
        const [rootA, rootB] = [await buildTree(io, a), await buildTree(io, b)];
        expect(await allOf(diffTrees(io, rootA.sha, rootB.sha))).toEqual(changesBetween(a, b));
        expect(await allOf(diffTrees(io, rootB.sha, rootA.sha))).toEqual(changesBetween(b, a));
      }),
      { numRuns: 10 },
    ));

  test('of one change reads one node a level on both sides', async () => {
    const io = memoryNodes();
    const entries = manyEntries(30_000);
    const root = await buildTree(io, entries);
    for (let i = 0; i < entries.length; i += 4999) {
      const entry = entries[i];
      if (!entry) continue;
      const next = await applyEdits(io, root.sha, [{ kind: 'put', entry: { ...entry, mtime: 1 } }]);
      io.resetCounts();
      expect(await allOf(diffTrees(io, root.sha, next.sha))).toHaveLength(1);
      expect(io.reads.length).toBeLessThanOrEqual(2 * 4);
    }
  });
});

describe('moves', () => {
  const removed = (path: string, content: string): Change => ({
    kind: 'removed',
    was: fakeFile(path, { sha: fakeSha(content) }),
  });
  const added = (path: string, content: string): Change => ({
    kind: 'added',
    entry: fakeFile(path, { sha: fakeSha(content) }),
  });
  const text = (change: Change | Moved) => {
    if (change.kind === 'moved') return `${change.was.path} → ${change.entry.path}`;
    return `${change.kind} ${change.kind === 'removed' ? change.was.path : change.entry.path}`;
  };
  const pathOf = (change: Change | Moved) => (change.kind === 'removed' ? change.was.path : change.entry.path);
  const paired = (...changes: Change[]) =>
    pairMoves(changes.sort((a, b) => comparePaths(pathOf(a), pathOf(b)))).map(text);

  test('a removed and an added file of the same sha are one move, at the new path', () => {
    expect(paired(removed('a', '1'), added('b', '1'), added('c', '2'))).toEqual(['a → b', 'added c']);
    expect(paired(added('a', '1'), removed('b', '1'))).toEqual(['b → a']);
  });

  test('a copy is not a move: one source goes to one target', () => {
    expect(paired(removed('a', '1'), added('b', '1'), added('c', '1'))).toEqual(['a → b', 'added c']);
    expect(paired(removed('a', '1'), removed('b', '1'), added('c', '1'))).toEqual(['removed b', 'a → c']);
  });

  test('files that keep their name are paired first, so a renamed directory of equal files reads as such', () => {
    expect(paired(removed('old/x', '0'), removed('old/y', '0'), added('new/a', '0'), added('new/y', '0'))).toEqual([
      'old/x → new/a',
      'old/y → new/y',
    ]);
  });

  test('directories and updates are left as they are', () => {
    const dir: Change = { kind: 'removed', was: fakeDir('d') };
    const come: Change = { kind: 'added', entry: fakeDir('e') };
    const updated: Change = { kind: 'updated', was: fakeFile('f'), entry: fakeFile('f', { mtime: 1 }) };
    expect(pairMoves([dir, come, updated])).toEqual([dir, come, updated]);
  });

  test('for any two trees: nothing is lost, shas are equal, order is by path, and as many pair as can', () =>
    fc.assert(
      fc.property(anyEntries(), anyEntries(), (a, b) => {
        const changes = changesBetween(a, b);
        const result = pairMoves(changes);
        expect(pairMoves(changes)).toEqual(result);
        const apart = result
          .flatMap((change): Change[] => {
            if (change.kind !== 'moved') return [change];
            expect(change.was.sha).toBe(change.entry.sha);
            return [
              { kind: 'removed', was: change.was },
              { kind: 'added', entry: change.entry },
            ];
          })
          .sort((x, y) => comparePaths(pathOf(x), pathOf(y)));
        expect(apart).toEqual(changes);
        expect(result.map(pathOf)).toEqual(result.map(pathOf).sort(comparePaths));
        const left = (kind: 'added' | 'removed') =>
          new Set(
            result.flatMap((change) => {
              if (change.kind !== kind) return [];
              const entry = change.kind === 'removed' ? change.was : change.entry;
              return 'sha' in entry ? [entry.sha] : [];
            }),
          );
        const stillRemoved = left('removed');
        expect([...left('added')].filter((sha) => stillRemoved.has(sha))).toEqual([]);
      }),
    ));
});
