// Archives of directories: what is in them, what names they have, and what becomes of one that is broken off.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '../core/model/entry.ts';
import { fakeSha, type Sha } from '../core/model/ids.ts';
import { pathFault, type RelPath } from '../core/model/rel-path.ts';
import { readZip } from './read-zip.fakes.ts';
import { zipName } from './zip-name.ts';
import { zipTree } from './zip-tree.ts';

const FILES: Readonly<Record<string, string>> = {
  'docs/a.md': '# One\n',
  'docs/Übersicht – 2026.txt': 'two',
  'docs/empty': '',
  'docs/win\\..\\..\\evil.txt': 'three',
};
const shaOfPath = (path: string): Sha => fakeSha(path);

async function* entries(): AsyncIterable<Entry> {
  const mtime = Date.UTC(2026, 5, 1, 12, 0, 0);
  for (const [path, text] of Object.entries(FILES)) {
    yield { path: path as RelPath, sha: shaOfPath(path), size: text.length, mode: 0o640, mtime };
  }
  yield { path: 'docs/old' as RelPath, sha: shaOfPath('docs/empty'), size: 0, mode: 0o644, mtime: -1 };
  yield { path: 'docs/nothing here' as RelPath, dir: true, mode: 0o755 };
}

async function* textOf(sha: Sha): AsyncIterable<Uint8Array> {
  const [, text] = Object.entries(FILES).find(([path]) => shaOfPath(path) === sha) ?? ['', ''];
  for (const letter of text.match(/[\s\S]{1,3}/g) ?? []) yield Buffer.from(letter);
}
const read = async (sha: Sha) => ({ bytes: textOf(sha) });
const below = (path: string) => path.slice('docs/'.length);

test('has all files with their names, empty ones and empty directories; no name leaves the directory', async () => {
  const parts: Uint8Array[] = [];
  const reader = zipTree(entries(), below, read).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) parts.push(next.value);
  expect(Object.fromEntries(readZip(Buffer.concat(parts)))).toEqual({
    'a.md': '# One\n',
    'Übersicht – 2026.txt': 'two',
    empty: '',
    'win%5C..%5C..%5Cevil.txt': 'three',
    old: '',
    'nothing here/': '',
  });
});

test('no path becomes a name that another system reads as a drive or a step up, and no two become one', () => {
  const letters = fc.constantFrom('a', 'C', ':', '\\', '/', '.', '%', '5', '2', '3', 'A', 'é');
  const path = fc
    .string({ unit: letters, minLength: 1, maxLength: 12 })
    .filter((text) => pathFault(text) === undefined);
  fc.assert(
    fc.property(path, path, (a, b) => {
      const name = zipName(a);
      expect(name).not.toMatch(/\\|^\/|(^|\/)\.\.(\/|$)|(^|\/)[A-Za-z]:/);
      expect(zipName(b) === name).toBe(a === b);
    }),
    { numRuns: 2_000 },
  );
});

test('nothing is read before the receiver takes what came before, and one that goes away lets go of the open file', async () => {
  const opened: string[] = [];
  let closed = 0;
  async function* endless(): AsyncIterable<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(64 * 1024);
    } finally {
      closed++;
    }
  }
  const archive = zipTree(entries(), below, async (sha) => {
    opened.push(sha);
    return { bytes: endless() };
  });
  const reader = archive.getReader();
  for (let i = 0; i < 20; i++) await reader.read();
  expect(opened).toEqual([shaOfPath('docs/a.md')]);
  await reader.cancel('gone');
  await expect.poll(() => closed).toBe(1);
});

test('a file that cannot be read to its end breaks the archive off', async () => {
  async function* broken(): AsyncIterable<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('cold went away');
  }
  const reader = zipTree(entries(), below, async () => ({ bytes: broken() })).getReader();
  const readAll = async () => {
    while (!(await reader.read()).done);
  };
  await expect(readAll()).rejects.toThrow('cold went away');
});
