// Entries and trees for tests: hostile names, long names that make small trees deep, and names that never close a node by
// their hash and so run into the cap.
import fc from 'fast-check';
import type { Entry, FileEntry } from '../model/entry.ts';
import { fakeSha } from '../model/ids.ts';
import { comparePaths, parseRelPath, pathFault, type RelPath } from '../model/rel-path.ts';
import { Cutter } from './boundary.ts';
import type { NodeReader } from './tree.ts';
import { walkTree } from './walk.ts';

export function fakeFile(path: string, fields: Partial<FileEntry> = {}): FileEntry {
  return {
    path: parseRelPath(path),
    sha: fakeSha(path),
    size: path.length,
    mode: 0o644,
    mtime: 1_690_000_000_000,
    ...fields,
  };
}

export function fakeDir(path: string): Entry {
  return { path: parseRelPath(path), dir: true, mode: 0o755 };
}

const HOSTILE = [
  ...[
    'a',
    'b',
    'docs',
    'docs-a',
    'docs.md',
    'docs0',
    'Docs',
    '__proto__',
    'constructor',
    'toString',
    '...',
    '.git',
    ' ',
    'a b',
  ],
  ...['"', '\\', "'", '\n', '\r\n', '\t', '\u0001', '\u007f', '\u2028', '<b>', '%2f', '*', '?', ':', '","path":"x'],
  ...['é', 'e\u0301', '👩‍👩‍👧', '🙂', 'שלום', '\u202eabc', '日本', '\uffff', '\ue000', '𝒳', 'Ω'],
];

const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }) },
);

/** Most of them share directories; some have about 4 KB. */
export const anyPath: fc.Arbitrary<RelPath> = fc
  .oneof(
    { weight: 6, arbitrary: fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')) },
    { weight: 1, arbitrary: fc.nat(40).map((n) => `long/${'é'.repeat(2000)}/${n}`) },
    { weight: 1, arbitrary: fc.nat(40).map((n) => `long${n}/${'x'.repeat(4000)}`) },
    { weight: 1, arbitrary: fc.nat(40).map((n) => `${'\u0002'.repeat(1300)}/${n}`) },
  )
  .filter((path) => pathFault(path) === undefined)
  .map(parseRelPath);

const anyFile = (path: RelPath): fc.Arbitrary<Entry> =>
  fc.record({
    path: fc.constant(path),
    sha: fc.nat(3).map((n) => fakeSha(`content ${n}`)),
    size: fc.oneof(fc.nat(10), fc.constant(2 ** 44)),
    mode: fc.constantFrom(0o644, 0o755, 0),
    mtime: fc.constantFrom(0, -1, 1_690_000_000_000),
  });

export const anyEntry: fc.Arbitrary<Entry> = anyPath.chain((path) =>
  fc.oneof(
    { weight: 5, arbitrary: anyFile(path) },
    { weight: 1, arbitrary: fc.constant<Entry>({ path, dir: true, mode: 0o755 }) },
  ),
);

/** In path order, each path once. */
export const anyEntries = (maxLength = 120): fc.Arbitrary<Entry[]> =>
  fc.uniqueArray(anyEntry, { selector: (entry) => entry.path, maxLength, size: 'max' }).map(sorted);

export function sorted<T extends Entry>(entries: Iterable<T>): T[] {
  return [...entries].sort((a, b) => comparePaths(a.path, b.path));
}

/** Names in path order of which none closes a leaf by its hash: leaves are cut by the cap alone. */
export function cappedEntries(count: number): FileEntry[] {
  return chosenEntries(count, (path) => !closes(0, path));
}

/** Names in path order that each close a leaf, and none a branch above it: branches are cut by the cap alone. */
export function cappedBranches(count: number): FileEntry[] {
  return chosenEntries(count, (path) => closes(0, path) && !closes(1, path));
}

function chosenEntries(count: number, choose: (path: string) => boolean): FileEntry[] {
  const found: FileEntry[] = [];
  for (let i = 0; found.length < count; i++) {
    const path = `names/${String(i).padStart(8, '0')}`;
    if (choose(path)) found.push(fakeFile(path));
  }
  return found;
}

function closes(level: number, path: string): boolean {
  const cutter = new Cutter(level);
  // A branch never closes on its first child.
  if (level > 0) cutter.add(path, 'x');
  return cutter.add(path, path);
}

/** `count` files in nested directories, in path order. */
export function manyEntries(count: number): FileEntry[] {
  const entries: FileEntry[] = [];
  for (let i = 0; i < count; i++)
    entries.push(fakeFile(`dir-${String(i % 7)}/sub-${String(i % 50)}/file-${i}.txt`, { size: i % 100 }));
  return sorted(entries);
}

export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export function entriesOf(io: NodeReader, root: { readonly sha: FileEntry['sha'] }): Promise<Entry[]> {
  return allOf(walkTree(io, root.sha));
}
