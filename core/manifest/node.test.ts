import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../model/canonical-json.ts';
import { fakeSha, shaOf } from '../model/ids.ts';
import { comparePaths, fakePath } from '../model/rel-path.ts';
import { cachedNodes } from './cached-nodes.ts';
import { encodeNode } from './encode-node.ts';
import { memoryNodes } from './memory-nodes.ts';
import { decodeNode, loadNode, MalformedNodeError, nodeSchema, type TreeNode, totalsOf } from './node.ts';
import { anyEntries, anyPath, fakeDir, fakeFile } from './tree.fakes.ts';

const decode = (value: unknown) => {
  const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return decodeNode(shaOf(bytes), bytes);
};

const file = { mode: 420, mtime: 1690000000000, path: 'docs/a.md', sha: fakeSha('a'), size: 12 };
const child = { bytes: 12, files: 1, last: 'docs/a.md', sha: fakeSha('a') };

describe('the format', () => {
  test('a leaf is canonical JSON that a person can read', () => {
    const { bytes, sha } = encodeNode({
      kind: 'leaf',
      level: 0,
      entries: [fakeFile(file.path, { sha: file.sha, size: file.size }), fakeDir('docs/é\n"')],
    });
    expect(Buffer.from(bytes).toString()).toBe(
      `{"entries":[{"mode":420,"mtime":1690000000000,"path":"docs/a.md","sha":"${file.sha}","size":12},{"dir":true,"mode":493,"path":"docs/é\\n\\""}],"v":1}`,
    );
    expect(sha).toBe(shaOf(bytes));
  });

  test('a branch is canonical JSON that a person can read', () => {
    const { bytes } = encodeNode({ kind: 'branch', level: 1, children: [{ ...child, last: fakePath('docs/a.md') }] });
    expect(Buffer.from(bytes).toString()).toBe(
      `{"children":[{"bytes":12,"files":1,"last":"docs/a.md","sha":"${child.sha}"}],"level":1,"v":1}`,
    );
  });

  test('any leaf is encoded as the canonical JSON of its fields, and decodes to itself', () =>
    fc.assert(
      fc.property(anyEntries(), (entries) => {
        const node: TreeNode = { kind: 'leaf', level: 0, entries };
        const { sha, bytes } = encodeNode(node);
        expect(Buffer.from(bytes).toString()).toBe(canonicalJson({ v: 1, entries: entries.map((e) => ({ ...e })) }));
        expect(decodeNode(sha, bytes)).toEqual(node);
      }),
    ));

  test('any branch is encoded as the canonical JSON of its fields, and decodes to itself', () =>
    fc.assert(
      fc.property(fc.uniqueArray(anyPath, { minLength: 1 }), fc.integer({ min: 1, max: 40 }), (paths, level) => {
        const children = paths
          .sort(comparePaths)
          .map((last, i) => ({ last, files: i, bytes: i * 7, sha: fakeSha(last) }));
        const node: TreeNode = { kind: 'branch', level, children };
        const { sha, bytes } = encodeNode(node);
        expect(Buffer.from(bytes).toString()).toBe(canonicalJson({ v: 1, level, children }));
        expect(decodeNode(sha, bytes)).toEqual(node);
        expect(totalsOf(node).files).toBe((paths.length * (paths.length - 1)) / 2);
      }),
    ));
});

describe('what is not a node is refused', () => {
  const leaf = (entry: object) => ({ entries: [entry], v: 1 });
  const branch = (field: object) => ({ children: [{ ...child, ...field }], level: 1, v: 1 });
  const bad: Record<string, unknown> = {
    'no JSON': '{"entries":[',
    'no object': 7,
    null: null,
    'no version': { entries: [] },
    'both kinds': { entries: [], children: [child], level: 1, v: 1 },
    'an unknown field of a node': { entries: [], note: 1, v: 1 },
    'an unknown field of an entry': leaf({ ...file, note: 1 }),
    'entries that are none': { entries: [null], v: 1 },
    'entries that are no list': { entries: {}, v: 1 },
    'an absolute path': leaf({ ...file, path: '/etc/passwd' }),
    'a path with ..': leaf({ ...file, path: 'a/../b' }),
    'a path with .': leaf({ ...file, path: './b' }),
    'an empty path': leaf({ ...file, path: '' }),
    'an empty segment': leaf({ ...file, path: 'a//b' }),
    'a slash at the end': leaf({ ...file, path: 'a/' }),
    'a NUL in a path': leaf({ ...file, path: 'a\0' }),
    'half a surrogate pair': '{"entries":[{"dir":true,"mode":1,"path":"\\ud800"}],"v":1}',
    'a path that is too long': leaf({ ...file, path: 'é'.repeat(2049) }),
    'a path that is a number': leaf({ ...file, path: 1 }),
    'a sha in capitals': leaf({ ...file, sha: file.sha.toUpperCase().replace(/^./, 'A') }),
    'a short sha': leaf({ ...file, sha: 'abc' }),
    'a negative size': leaf({ ...file, size: -1 }),
    'a fractional size': leaf({ ...file, size: 1.5 }),
    'a size that is text': leaf({ ...file, size: '1' }),
    'a mode with setuid': leaf({ ...file, mode: 0o4755 }),
    'a fractional mtime': leaf({ ...file, mtime: 0.5 }),
    'a file that is a directory too': leaf({ ...file, dir: true }),
    'a directory that is none': leaf({ dir: false, mode: 493, path: 'a' }),
    'a branch without children': { children: [], level: 1, v: 1 },
    'a branch at level 0': { children: [child], level: 0, v: 1 },
    'a branch without a level': { children: [child], v: 1 },
    'a child without a sha': branch({ sha: undefined }),
    'a child with a bad path': branch({ last: 'a//b' }),
    'a child with negative totals': branch({ files: -1 }),
    'an unknown field of a child': branch({ note: 1 }),
  };
  test.each(Object.entries(bad))('%s', (_, value) => {
    expect(() => decode(value)).toThrow(MalformedNodeError);
    if (typeof value !== 'string') expect(nodeSchema.safeParse(value).success).toBe(false);
  });

  test('paths that do not ascend', () => {
    for (const paths of [
      ['b', 'a'],
      ['a', 'a'],
      ['\u{1f642}', '\uffff'],
    ]) {
      const entries = paths.map((path) => ({ ...file, path }));
      expect(() => decode({ entries, v: 1 })).toThrow('do not ascend');
      const children = paths.map((last) => ({ ...child, last }));
      expect(() => decode({ children, level: 1, v: 1 })).toThrow('do not ascend');
    }
  });

  test('bytes that are not UTF-8, which would come back as another name', () => {
    const bytes = Buffer.from(JSON.stringify(leaf({ ...file, path: 'X' })));
    bytes[bytes.indexOf('X')] = 0xff;
    expect(() => decodeNode(shaOf(bytes), bytes)).toThrow('not UTF-8');
  });

  test('a newer version is named as such', () => {
    expect(() => decode({ entries: [], v: 2 })).toThrow('version 2');
  });

  test('the refusal names the field', () => {
    expect(() => decode(leaf({ ...file, size: -1 }))).toThrow(/size/);
  });

  test('a node that is not what its parent says', async () => {
    const io = memoryNodes();
    const { sha, bytes } = encodeNode({ kind: 'leaf', level: 0, entries: [fakeFile('a')] });
    await io.putNode(sha, bytes);
    await loadNode(io, sha, { level: 0, last: fakePath('a') });
    await expect(loadNode(io, sha, { level: 1, last: fakePath('a') })).rejects.toThrow(MalformedNodeError);
    await expect(loadNode(io, sha, { level: 0, last: fakePath('b') })).rejects.toThrow(MalformedNodeError);
  });
});

test('hand-made checks and the zod schema agree on mutated nodes', () =>
  fc.assert(
    fc.property(
      fc.constantFrom<Record<string, unknown>>(file, { dir: true, mode: 0, path: 'd' }),
      fc.constantFrom('mode', 'mtime', 'path', 'sha', 'size', 'dir', '__proto__x'),
      fc.oneof(fc.jsonValue(), fc.constant(undefined), anyPath, fc.nat(600)),
      (entry, field, value) => {
        const text = JSON.stringify({ entries: [{ ...entry, [field]: value }], v: 1 });
        const accepted = nodeSchema.safeParse(JSON.parse(text)).success;
        if (accepted) decode(text);
        else expect(() => decode(text)).toThrow(MalformedNodeError);
      },
    ),
  ));

describe('cached nodes', () => {
  test('a node is read once, also by two readers at the same time, and while it was only put', async () => {
    const store = memoryNodes();
    const { sha, bytes } = encodeNode({ kind: 'leaf', level: 0, entries: [fakeFile('a')] });
    await store.putNode(sha, bytes);
    const nodes = cachedNodes(store, { maxBytes: 1_000_000 });
    const [one, two] = await Promise.all([loadNode(nodes, sha), loadNode(nodes, sha)]);
    expect(one).toBe(two);
    expect(await loadNode(nodes, sha)).toBe(one);
    expect(store.reads).toHaveLength(1);
    const other = encodeNode({ kind: 'leaf', level: 0, entries: [fakeFile('b')] });
    await nodes.putNode(other.sha, other.bytes);
    expect(await nodes.getNode(other.sha)).toEqual(other.bytes);
    expect(await loadNode(nodes, other.sha)).toMatchObject({ entries: [{ path: 'b' }] });
    expect(Buffer.from(await nodes.getNode(other.sha))).toEqual(Buffer.from(other.bytes));
    expect(store.reads).toEqual([sha, other.sha]);
  });

  test('the longest unused goes when there is no room', async () => {
    const store = memoryNodes();
    const sealed = ['a', 'b', 'c'].map((path) => encodeNode({ kind: 'leaf', level: 0, entries: [fakeFile(path)] }));
    for (const { sha, bytes } of sealed) await store.putNode(sha, bytes);
    const [a, b, c] = sealed.map(({ sha }) => sha);
    const nodes = cachedNodes(store, { maxBytes: 2 * (sealed[0]?.bytes.byteLength ?? 0) });
    for (const sha of [a, b, a, c, a, b]) if (sha) await loadNode(nodes, sha);
    expect(store.reads).toEqual([a, b, c, b]);
  });

  test('a read that failed is tried again by the next reader', async () => {
    const store = memoryNodes();
    const { sha, bytes } = encodeNode({ kind: 'leaf', level: 0, entries: [] });
    const nodes = cachedNodes(store, { maxBytes: 1000 });
    await expect(loadNode(nodes, sha)).rejects.toThrow('put before');
    await store.putNode(sha, bytes);
    expect(await loadNode(nodes, sha)).toMatchObject({ entries: [] });
  });
});
