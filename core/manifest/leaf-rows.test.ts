import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeSha, shaOf } from '../model/ids.ts';
import { cachedReader } from './cached-nodes.ts';
import { encodeNode } from './encode-node.ts';
import { decodedRows, type LeafRows, loadRows, ScannedRows } from './leaf-rows.ts';
import { memoryNodes } from './memory-nodes.ts';
import { type Leaf, loadNode, MalformedNodeError } from './node.ts';
import { anyEntries, anyPath, fakeDir, fakeFile, manyEntries, sorted } from './tree.fakes.ts';

const leafOf = (entries: Leaf['entries']): Leaf => ({ kind: 'leaf', level: 0, entries });
const indexes = fc.array(fc.nat(), { minLength: 1, maxLength: 6 });

function expectSame(rows: LeafRows, leaf: Leaf, keys: readonly string[], picks: readonly number[]): void {
  const decoded = decodedRows(leaf);
  const { length } = decoded;
  expect([rows.length, rows.last]).toEqual([length, decoded.last]);
  for (const key of [...keys, ...leaf.entries.flatMap(({ path }) => [path, `${path}0`, `${path}\0`])]) {
    const at = decoded.firstAt(key);
    expect(rows.firstAt(key)).toBe(at);
    expect(rows.firstAt(key, Math.min(2, length))).toBe(decoded.firstAt(key, Math.min(2, length)));
    expect(rows.totals(0, at)).toEqual(decoded.totals(0, at));
    expect(rows.totals(at, length)).toEqual(decoded.totals(at, length));
  }
  expect(leaf.entries.map((_, i) => rows.path(i))).toEqual(leaf.entries.map(({ path }) => path));
  expect(rows.path(length)).toBeUndefined();
  for (const pick of picks) expect(rows.entry(pick % (length + 1))).toEqual(decoded.entry(pick % (length + 1)));
}

describe('the rows of a leaf are those that it decodes to', () => {
  test('whatever its names are', () =>
    fc.assert(
      fc.asyncProperty(anyEntries(25), fc.array(anyPath, { maxLength: 5 }), indexes, async (entries, keys, picks) => {
        fc.pre(entries.length > 0);
        const io = memoryNodes();
        const leaf = leafOf(entries);
        const { sha, bytes } = encodeNode(leaf);
        await io.putNode(sha, bytes);
        const last = entries.at(-1)?.path;
        if (last)
          expectSame(
            await loadRows(cachedReader(io, { maxBytes: 1e6 }), { sha, last, files: 0, bytes: 0 }),
            leaf,
            keys,
            picks,
          );
      }),
      { numRuns: 60 },
    ));

  test('where they are scanned: all but those with a backslash', () =>
    fc.assert(
      fc.property(anyEntries(25), fc.array(anyPath, { maxLength: 5 }), indexes, (entries, keys, picks) => {
        fc.pre(entries.length > 0);
        const { sha, bytes } = encodeNode(leafOf(entries));
        const rows = ScannedRows.scan(sha, bytes);
        expect(rows === undefined).toBe(Buffer.from(bytes).includes('\\'));
        if (rows) expectSame(rows, leafOf(entries), keys, picks);
      }),
      { numRuns: 60 },
    ));
});

test('a leaf is read once, whether it is wanted as rows or whole, and keeps what its bytes say', async () => {
  const io = memoryNodes();
  const leaf = leafOf(sorted([...manyEntries(40), fakeDir('empty')]));
  const { sha, bytes } = encodeNode(leaf);
  await io.putNode(sha, bytes);
  const reader = cachedReader(io, { maxBytes: 1e6 });
  const last = sorted(leaf.entries).at(-1)?.path ?? fakeFile('x').path;
  const child = { sha, last, files: 40, bytes: 0 };
  const [rows, whole] = await Promise.all([loadRows(reader, child), loadNode(reader, sha)]);
  expect(rows.entry(3)).toEqual(leaf.entries[3]);
  expect(whole).toEqual(leaf);
  expect((await loadRows(reader, child)).entry(7)).toEqual(leaf.entries[7]);
  expect(await loadNode(reader, sha)).toEqual(leaf);
  expect(io.reads).toEqual([sha]);
});

describe('what is no leaf is refused', () => {
  const text = Buffer.from(encodeNode(leafOf(manyEntries(5))).bytes).toString();
  const last = manyEntries(5).at(-1)?.path ?? fakeFile('x').path;
  test.each([
    ['a leaf of a newer format', text.replace('"v":1', '"v":2')],
    ['a leaf that is cut off', text.slice(0, -20)],
    ['a size that is no number', text.replace('"size":', '"size":x')],
    ['a sha that is too short', text.replace('"sha":"', '"sha":"","x":"')],
    ['an empty leaf', '{"entries":[],"v":1}'],
    ['a leaf that ends elsewhere', text.replace(last, `${last}x`)],
    ['a branch', `{"children":[{"bytes":1,"files":1,"last":"${last}","sha":"${fakeSha('a')}"}],"level":1,"v":1}`],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from(text.slice(0, 60)), Buffer.of(0xff), Buffer.from(text.slice(60))]),
    ],
  ])('%s', async (_, content) => {
    const io = memoryNodes();
    const bytes = Buffer.from(content);
    const sha = shaOf(bytes);
    await io.putNode(sha, bytes);
    const read = loadRows(cachedReader(io, { maxBytes: 1e6 }), { sha, last, files: 5, bytes: 0 });
    await expect(read).rejects.toThrow(MalformedNodeError);
    await expect(loadRows(io, { sha, last, files: 5, bytes: 0 })).rejects.toThrow(MalformedNodeError);
  });

  test('an entry or a path that is given out is checked, though the leaf was only scanned', () => {
    const bytes = Buffer.from(text.replaceAll('"path":"dir', '"path":"../dir'));
    const rows = ScannedRows.scan(shaOf(bytes), bytes);
    expect(rows?.length).toBe(5);
    expect(() => rows?.entry(0)).toThrow(MalformedNodeError);
    expect(() => rows?.path(0)).toThrow(MalformedNodeError);
  });
});
