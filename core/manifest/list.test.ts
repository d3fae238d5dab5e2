import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entry, isFile } from '../model/entry.ts';
import { InvalidValueError, type Sha } from '../model/ids.ts';
import { ancestorsOf, comparePaths, fakePath, isUnder, parentOf, type RelPath } from '../model/rel-path.ts';
import { applyEdits } from './apply.ts';
import { buildTree } from './build.ts';
import { listTree } from './list.ts';
import { memoryNodes } from './memory-nodes.ts';
import { totalsUnder } from './totals.ts';
import { anyEntries, anyPath, fakeDir, fakeFile, manyEntries, sorted } from './tree.fakes.ts';
import type { ListedRow, NodeReader } from './tree.ts';

/** The listing by its definition: filter, group, sort. */
function listed(entries: readonly Entry[], prefix: RelPath | ''): ListedRow[] {
  const rows = new Map<string, ListedRow>();
  for (const entry of entries.filter(({ path }) => isUnder(path, prefix))) {
    const rest = prefix === '' ? entry.path : entry.path.slice(prefix.length + 1);
    const slash = rest.indexOf('/');
    if (slash >= 0) {
      const path = entry.path.slice(0, entry.path.length - rest.length + slash) as RelPath;
      rows.set(`${path}/`, { kind: 'dir', path, ...totals(entries, path) });
    } else {
      rows.set(
        entry.path,
        isFile(entry) ? { kind: 'entry', entry } : { kind: 'dir', path: entry.path, files: 0, bytes: 0 },
      );
    }
  }
  return [...rows].sort(([a], [b]) => comparePaths(a, b)).map(([, row]) => row);
}

function totals(entries: readonly Entry[], prefix: RelPath | '') {
  const files = entries.filter(isFile).filter(({ path }) => isUnder(path, prefix));
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

/** No path is a file or an empty directory and a directory with content at once, as committers keep it. */
function wellFormed(entries: readonly Entry[]): Entry[] {
  const directories = new Set(entries.flatMap(({ path }) => ancestorsOf(path)));
  return entries.filter(({ path }) => !directories.has(path));
}

async function allRows(io: NodeReader, root: Sha, prefix: RelPath | '', limit: number): Promise<ListedRow[]> {
  const rows: ListedRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTree(io, root, { prefix, cursor, limit });
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...page.rows);
    cursor = page.next;
  } while (cursor !== undefined);
  return rows;
}

const prefixesOf = (entries: readonly Entry[]): (RelPath | '')[] => [
  '',
  ...new Set(entries.flatMap(({ path }) => [path, ...ancestorsOf(path)])),
];

test('a listing in pages of any size is the filtered sort of the entries', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), fc.nat(), fc.integer({ min: 1, max: 7 }), async (some, pick, limit) => {
      const entries = wellFormed(some);
      const io = memoryNodes();
      const { sha } = await buildTree(io, entries);
      const prefixes = prefixesOf(entries);
      for (const prefix of new Set<RelPath | ''>(['', prefixes[pick % prefixes.length] ?? '', fakePath('docs')])) {
        const rows = listed(entries, prefix);
        expect(await allRows(io, sha, prefix, limit)).toEqual(rows);
        const whole = await listTree(io, sha, { prefix, limit: rows.length + 1 });
        expect(whole).toEqual({ rows, next: undefined });
        if (rows.length > 0) expect((await listTree(io, sha, { prefix, limit: rows.length })).next).toBeUndefined();
      }
    }),
    { numRuns: 60 },
  ));

test('totals of any directory are those of the files below it', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyPath, async (entries, other) => {
      const io = memoryNodes();
      const { sha } = await buildTree(io, entries);
      for (const prefix of [...prefixesOf(entries), other])
        expect(await totalsUnder(io, sha, prefix)).toEqual(totals(entries, prefix));
    }),
    { numRuns: 50 },
  ));

describe('a cursor survives changes', () => {
  test('rows that were there all the time come exactly once, in order, whatever is inserted and removed', () =>
    fc.assert(
      fc.asyncProperty(anyEntries(60), anyEntries(60), anyEntries(60), fc.nat(), async (kept, before, after, pick) => {
        const names = new Set(kept.map(({ path }) => path));
        const others = (entries: readonly Entry[]) => entries.filter(({ path }) => !names.has(path));
        const union = (entries: readonly Entry[]) => wellFormed(sorted([...kept, ...others(entries)].filter(isFile)));
        const [first, second] = [union(before), union(after)];
        const prefixes = prefixesOf(first).filter((prefix) => listed(first, prefix).length > 1);
        const prefix = prefixes[pick % Math.max(1, prefixes.length)] ?? '';
        const name = (row: ListedRow) => (row.kind === 'dir' ? `${row.path}/` : row.entry.path);
        const remaining = new Set(listed(second, prefix).map(name));
        const stable = listed(first, prefix)
          .map(name)
          .filter((row) => remaining.has(row));

        const io = memoryNodes();
        const limit = 1 + (pick % 3);
        const page = await listTree(io, (await buildTree(io, first)).sha, { prefix, limit });
        const rows = [...page.rows];
        const later = await buildTree(io, second);
        for (let cursor = page.next; cursor !== undefined; ) {
          const next = await listTree(io, later.sha, { prefix, cursor, limit });
          rows.push(...next.rows);
          cursor = next.next;
        }
        const seen = rows.map(name);
        if (page.next !== undefined)
          for (const row of stable) expect(seen.filter((one) => one === row)).toHaveLength(1);
        expect(new Set(seen).size).toBe(seen.length);
      }),
      { numRuns: 60 },
    ));

  test('an empty directory that gets files between two pages is not listed twice', async () => {
    const io = memoryNodes();
    const root = await buildTree(io, [fakeDir('docs'), fakeFile('docs.md'), fakeFile('zoo')]);
    const page = await listTree(io, root.sha, { prefix: '', limit: 1 });
    expect(page.rows).toEqual([{ kind: 'dir', path: 'docs', files: 0, bytes: 0 }]);
    const changed = await applyEdits(io, root.sha, [
      { kind: 'remove', path: fakePath('docs') },
      { kind: 'put', entry: fakeFile('docs/a') },
    ]);
    const next = await listTree(io, changed.sha, { prefix: '', cursor: page.next, limit: 9 });
    expect(next.rows.map((row) => (row.kind === 'dir' ? row.path : row.entry.path))).toEqual(['docs.md', 'zoo']);
  });
});

describe('a cursor that is not one of the listing is refused', () => {
  const text = (value: string) => Buffer.from(value).toString('base64url');
  test.each([
    '',
    'x',
    '%%%',
    text('f'),
    text('xdocs/a'),
    text('f/etc'),
    text('fdocs/../a'),
    text('fdocs/a/b'),
    text('fsrc/a'),
    text('fdocs'),
  ])('%j', async (cursor) => {
    const io = memoryNodes();
    const { sha } = await buildTree(io, [fakeFile('docs/a'), fakeFile('docs/b')]);
    const page = listTree(io, sha, { prefix: fakePath('docs'), cursor, limit: 1 });
    await expect(page).rejects.toThrow(InvalidValueError);
  });
});

test('a listing jumps over what is in subdirectories', async () => {
  const io = memoryNodes();
  const entries = manyEntries(40_000);
  const { sha } = await buildTree(io, entries);
  io.resetCounts();
  const { rows } = await listTree(io, sha, { prefix: '', limit: 200 });
  expect(rows).toHaveLength(7);
  // Seven directories of more than a hundred leaves each; a boundary costs a leaf and perhaps a branch.
  expect(io.reads.length).toBeLessThan(25);
  io.resetCounts();
  const first = entries[0]?.path;
  const parent = first && parentOf(first);
  const page = await listTree(io, sha, { prefix: parent ?? '', limit: 200 });
  expect(page.rows).toHaveLength(115);
  expect(io.reads.length).toBeLessThan(8);
});
