// Uploads in parts, on a real disk.
import { mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
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

test('each actor has uploads of their own; what came takes room, also after a restart, and not what was announced', async () => {
  const { uploads } = await open(undefined, 12);
  const huge = { actor: ada, sha: shaOf('huge'), sizeBytes: 1e15 };
  expect(await uploads.append(huge, 0, of('0'))).toEqual({ kind: 'appended', offset: 1 });
  expect(await uploads.append(KEY, 0, of('012345678'))).toMatchObject({ kind: 'appended' });
  const other = { ...KEY, actor: { kind: 'user', id: 'bob' } as const };
  expect(await uploads.offset(other)).toBe(0);
  await expect(uploads.append(other, 0, of('01', '2'))).rejects.toThrow('FS_STAGING_BYTES');
  // What fitted is kept, and it goes on as soon as there is room.
  expect(await uploads.offset(other)).toBe(2);
  const { uploads: again } = await open(undefined, 12);
  await expect(again.append(other, 2, of('2'))).rejects.toThrow('FS_STAGING_BYTES');
  await again.drop(KEY);
  expect(await again.append(other, 2, of('23456789'))).toEqual({ kind: 'stored' });
});

/** As if nobody had gone on with them since 1970. */
function age(): void {
  for (const name of readdirSync(join(directory, 'parts'))) utimesSync(join(directory, 'parts', name), 0, 0);
}

test('what nobody goes on with is swept, and its room is free', async () => {
  const { uploads } = await open(undefined, 1);
  await uploads.append(KEY, 0, of('0'));
  await uploads.sweep(Date.now() - 86_400_000);
  expect(await uploads.offset(KEY)).toBe(1);
  age();
  await uploads.sweep(Date.now() - 86_400_000);
  expect(await uploads.offset(KEY)).toBe(0);
  expect(await uploads.append({ ...KEY, actor: { kind: 'user', id: 'bob' } }, 0, of('0'))).toMatchObject({ offset: 1 });
});

test('one that ends while it is swept keeps none of the others', async () => {
  const { uploads } = await open();
  await uploads.append(KEY, 0, of('0'));
  age();
  // A link to nothing is listed, and is not there when it is looked at.
  symlinkSync('nothing', join(directory, 'parts', `${'0'.repeat(16)}-${KEY.sha}-9`));
  await uploads.sweep(Date.now() - 86_400_000);
  expect(await uploads.offset(KEY)).toBe(0);
});

test('a part that begins while its upload is swept begins anew, and is never written into a file that is gone', async () => {
  for (let turns = 0; turns < 16; turns++) {
    const { uploads } = await open();
    await uploads.append(KEY, 0, of('0'));
    age();
    const swept = uploads.sweep(Date.now() - 86_400_000);
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    const outcome = await uploads.append(KEY, 1, of('123456789'));
    await swept;
    if (outcome.kind === 'stored') continue;
    expect(outcome).toEqual({ kind: 'other-offset', offset: 0 });
    expect(await uploads.append(KEY, 0, of('0123456789'))).toEqual({ kind: 'stored' });
  }
});
