// Uploads in parts, on a real disk.
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { Actor } from '../../core/model/commit.ts';
import { shaOf } from '../../core/model/ids.ts';
import { memoryObjectStore } from '../../core/store/memory-object-store.ts';
import { collect, type ObjectStore } from '../../core/store/object-store.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { Staging } from './staging.ts';
import { Uploads } from './uploads.ts';

const root = mkdtempSync(join(tmpdir(), 'fs-uploads-'));
afterAll(() => rmSync(root, { recursive: true }));
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(root, 'one-'));
});

const ada: Actor = { kind: 'user', id: 'ada' };
const BYTES = Buffer.from('0123456789');
const KEY = { actor: ada, sha: shaOf(BYTES), sizeBytes: BYTES.length };

async function* of(...parts: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield Buffer.from(part);
  }
}

async function open(hot: ObjectStore = memoryObjectStore(), maxBytes = 1_000) {
  return { hot, uploads: await Uploads.open(await Staging.open(directory, maxBytes), hot) };
}

test('what came before a cut is there still, after a restart too, and the last part stores all of it', async () => {
  const first = await open();
  const cut = new Error('cut');
  await expect(first.uploads.append(KEY, 0, of('012', cut))).rejects.toBe(cut);
  expect(await first.uploads.offset(KEY)).toBe(3);
  const { hot, uploads } = await open();
  expect(await uploads.append(KEY, 3, of('45', '6'))).toEqual({ kind: 'appended', offset: 6 });
  expect(await uploads.append(KEY, 3, of('45'))).toEqual({ kind: 'other-offset', offset: 6 });
  // The bytes that were sent are others than were meant: the end says so, and it begins anew.
  expect(await uploads.append(KEY, 6, of('6789'))).toMatchObject({ kind: 'wrong-bytes' });
  expect(await uploads.offset(KEY)).toBe(0);
  expect(await uploads.append(KEY, 0, of('0123456789'))).toEqual({ kind: 'stored' });
  expect(Buffer.from(await collect((await hot.get(KEY.sha)).bytes)).toString()).toBe('0123456789');
  expect(readdirSync(join(directory, 'parts'))).toEqual([]);
});

test('a part ends when another one, or a question, comes: who sent it has gone', async () => {
  const { uploads } = await open();
  let isHeld: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  async function* hanging() {
    yield Buffer.from('0123');
    isHeld();
    await new Promise(() => undefined);
  }
  const hung = uploads.append(KEY, 0, hanging());
  await held;
  expect(await uploads.offset(KEY)).toBe(4);
  expect(await hung).toEqual({ kind: 'other-offset', offset: 4 });
  const together = await Promise.all([uploads.append(KEY, 4, of('4', '56')), uploads.append(KEY, 4, of('4', '56'))]);
  expect(together.map(({ kind }) => kind)).toContain('other-offset');
  const offset = await uploads.offset(KEY);
  expect(await uploads.append(KEY, offset, of('0123456789'.slice(offset)))).toEqual({ kind: 'stored' });
});

test('more bytes than were announced are refused; an empty object needs a part too', async () => {
  const { hot, uploads } = await open();
  expect(await uploads.append(KEY, 0, of('0123456789', 'x'))).toEqual({ kind: 'too-long', offset: 10 });
  expect(await uploads.append(KEY, 10, of())).toEqual({ kind: 'stored' });
  const empty = { actor: ada, sha: shaOf(''), sizeBytes: 0 };
  expect(await uploads.append(empty, 0, of())).toEqual({ kind: 'stored' });
  expect((await hot.stat(empty.sha)).kind).toBe('present');
});

test('where hot is away at the end nothing is lost: an empty part tries again', async () => {
  const memory = memoryObjectStore();
  let away = true;
  const hot: ObjectStore = {
    ...memory,
    put: (...args) => (away ? Promise.reject(new StoreUnavailableError('hot', 'away')) : memory.put(...args)),
  };
  const { uploads } = await open(hot);
  await expect(uploads.append(KEY, 0, of('0123456789'))).rejects.toThrow('away');
  away = false;
  expect(await uploads.append(KEY, await uploads.offset(KEY), of())).toEqual({ kind: 'stored' });
});

test('each actor has uploads of their own; all together have room for what was announced, also after a restart', async () => {
  const { uploads } = await open(undefined, 15);
  await uploads.append(KEY, 0, of('0'));
  const other = { ...KEY, actor: { kind: 'user', id: 'bob' } as const };
  expect(await uploads.offset(other)).toBe(0);
  await expect(uploads.append(other, 0, of('0'))).rejects.toThrow('FS_STAGING_BYTES');
  const { uploads: again } = await open(undefined, 15);
  await expect(again.append(other, 0, of('0'))).rejects.toThrow('FS_STAGING_BYTES');
  await again.drop(KEY);
  expect(await again.append(other, 0, of('0'))).toMatchObject({ kind: 'appended' });
});

test('what nobody goes on with is swept, and its room is free', async () => {
  const { uploads } = await open(undefined, 10);
  await uploads.append(KEY, 0, of('0'));
  await uploads.sweep(Date.now() - 86_400_000);
  expect(await uploads.offset(KEY)).toBe(1);
  const [name = ''] = readdirSync(join(directory, 'parts'));
  utimesSync(join(directory, 'parts', name), 0, 0);
  await uploads.sweep(Date.now() - 86_400_000);
  expect(await uploads.offset(KEY)).toBe(0);
  expect(await uploads.append({ ...KEY, actor: { kind: 'user', id: 'bob' } }, 0, of('0'))).toMatchObject({ offset: 1 });
});
