// What `fs-sync put` brings, as it is found on this disk or comes from the input.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { shaOf } from '../../core/model/ids.ts';
import { readLocal, shaOfFile } from './local-files.ts';
import { putSources } from './put-sources.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fs-put-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

const none = Readable.from([]);
function file(path: string): void {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), path);
}

test('what would be a file of one source and a directory of another is refused, in either order', async () => {
  file('x/docs');
  file('y/docs/a');
  mkdirSync(join(dir, 'z/docs/empty'), { recursive: true });
  const [x, y, z] = ['x', 'y', 'z'].map((name) => join(dir, name, 'docs')) as [string, string, string];
  for (const sources of [
    [x, y],
    [y, x],
    [z, x],
  ]) {
    await expect(putSources(sources, undefined, none)).rejects.toThrow(
      'docs would be a file of one source and a directory of another',
    );
  }
});

test('directories of one name come together, also where one has an empty directory that another fills', async () => {
  mkdirSync(join(dir, 'x/docs/a'), { recursive: true });
  file('y/docs/a/b');
  const { entries } = await putSources([join(dir, 'x/docs'), join(dir, 'y/docs')], undefined, none);
  expect(entries.map(({ kind, path }) => [kind, path])).toEqual([
    ['empty', 'docs/a'],
    ['file', 'docs/a/b'],
  ]);
});

test('the input has no name on this disk while it comes and after, so that a signal leaves nothing, and is read as often as needed', async () => {
  vi.stubEnv('TMPDIR', dir);
  const left: string[][] = [];
  async function* input() {
    yield 'from ';
    left.push(readdirSync(dir));
    yield 'a pipe';
  }
  const { entries, end } = await putSources(['-'], 'in.txt', Readable.from(input()));
  left.push(readdirSync(dir));
  expect(left).toEqual([[], []]);
  const [only] = entries;
  expect(only).toMatchObject({ kind: 'file', path: 'in.txt', size: 11 });
  const from = only?.kind === 'file' ? only.from : '';
  const whole = shaOf('from a pipe');
  expect([await shaOfFile(from), await shaOfFile(from)]).toEqual([whole, whole]);
  expect(await text(readLocal(from, { start: 5, end: 5 }))).toBe('a');
  const cut = readLocal(from, { start: 0 });
  await once(cut, 'readable');
  await once(cut.destroy(), 'close');
  expect(await text(readLocal(from, { start: 0 }))).toBe('from a pipe');
  await end();
  await expect(shaOfFile(from)).rejects.toThrow('EBADF');
});

test('an input that breaks off is told as it is, and becomes no file', async () => {
  async function* input() {
    yield 'half';
    throw new Error('the line is gone');
  }
  await expect(putSources(['-'], 'in.txt', Readable.from(input()))).rejects.toThrow('the line is gone');
});
