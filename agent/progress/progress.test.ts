// What a workspace says of how far it is, while it works.
import { mkdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { type WorkspaceStatus, workspaceStatusSchema } from '../../core/model/node-status.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { Fleet } from '../testing/fleet.ts';

let fleet: Fleet;
let letAllThrough = () => {};
afterEach(async () => {
  letAllThrough();
  await fleet.close();
});

/** The fleet's objects, where the bytes of large ones stop after as many as were let through. */
function stepwise(objects: ObjectStore) {
  let left = 0;
  let wake: (() => void)[] = [];
  async function* slowly(bytes: AsyncIterable<Uint8Array>) {
    for await (const part of bytes) {
      while (left <= 0) {
        await new Promise<void>((resolve) => {
          wake.push(resolve);
        });
      }
      left -= part.length;
      yield part;
    }
  }
  const store: ObjectStore = {
    ...objects,
    put: (sha, size, body, options) =>
      objects.put(sha, size, typeof body === 'function' ? () => slowly(body()) : body, options),
    async get(sha, options) {
      const reader = await objects.get(sha, options);
      return reader.sizeBytes > 1_000_000 ? { ...reader, bytes: slowly(reader.bytes) } : reader;
    },
  };
  const letThrough = (bytes: number) => {
    left = bytes;
    const woken = wake;
    wake = [];
    for (const resolve of woken) resolve();
  };
  letAllThrough = () => letThrough(Number.POSITIVE_INFINITY);
  return { store, letThrough };
}

const LARGE = Buffer.alloc(4_000_000, 5);

test('while a large file comes to disk, its parts count; in sync there is no progress to tell', async () => {
  fleet = await Fleet.open();
  const a = fleet.start('a');
  await fleet.converged();
  for (let i = 0; i < 20; i++) await writeFile(a.path(`small-${i}`), 'x'.repeat(100));
  await writeFile(a.path('large'), LARGE);
  await fleet.settled();
  const { store, letThrough } = stepwise(fleet.stores.objects);
  const b = fleet.start('b', { stores: { objects: store } });
  letThrough(1_500_000);
  // What landed is heard of by the watcher too, and until it was looked at it may be somebody's edit.
  const half = await b.until(
    ({ progress }) =>
      progress?.down.done === 20 && progress.down.bytes_done > 1_000_000 && progress.up.total === progress.up.done,
  );
  expect(half.progress?.down).toMatchObject({ total: 21, bytes_total: 4_002_000 });
  expect(half.progress?.up).toMatchObject({ done: 0, total: 0, bytes_total: 0 });
  expect(half.sentence).toMatch(/Syncing: 20 of 21 files to disk, \d.\d MB of 4.0 MB/);
  expect(workspaceStatusSchema.parse(half)).toEqual(half);
  letAllThrough();
  await fleet.converged();
  expect(readFileSync(b.path('large')).equals(LARGE)).toBe(true);
  expect(b.status.progress).toBeUndefined();
  expect(b.status.sentence).toBe('In sync.');
});

test('what goes to the project is counted too, and each burst begins at nothing', async () => {
  fleet = await Fleet.open();
  const { store, letThrough } = stepwise(fleet.stores.objects);
  const a = fleet.start('a', { stores: { objects: store } });
  await fleet.converged();
  for (const name of ['first', 'second']) {
    const bytes = Buffer.concat([LARGE, Buffer.from(name)]);
    letThrough(3_000_000);
    await writeFile(a.path(name), bytes);
    const sending = await a.until(({ progress }) => (progress?.up.bytes_done ?? 0) >= 2_000_000);
    expect(sending.progress?.up).toMatchObject({ done: 0, total: 1, bytes_total: bytes.length });
    expect(sending.sentence).toMatch(/Syncing: 0 of 1 file to the project, \d.\d MB of 4.0 MB/);
    letAllThrough();
    await fleet.settled();
    expect(a.status.progress).toBeUndefined();
  }
});

test('a file that is found again while the store is away counts once', async () => {
  fleet = await Fleet.open();
  let away: StoreUnavailableError | undefined;
  const { objects } = fleet.stores;
  const store: ObjectStore = {
    ...objects,
    put: (...args) => (away ? Promise.reject(away) : objects.put(...args)),
  };
  const a = fleet.start('a', { stores: { objects: store } });
  await fleet.converged();
  away = new StoreUnavailableError('hot', 'NATS is away');
  const names = Array.from({ length: 100 }, (_, i) => `file-${i}`);
  for (const name of names) await writeFile(a.path(name), name);
  await a.until(({ pending_up }) => pending_up === 100);
  for (const again of ['once', 'twice']) {
    for (const name of names) await writeFile(a.path(name), `${name} ${again}`);
    await a.agent.rescan();
    expect(a.status.progress?.up).toMatchObject({ done: 0, total: 100 });
  }
  away = undefined;
  a.agent.storageBack();
  await fleet.settled();
});

test('a status that was written without progress is still one', () => {
  const old: WorkspaceStatus = {
    project: workspaceStatusSchema.shape.project.parse('demo'),
    root: '/w',
    state: 'in-sync',
    sentence: 'In sync.',
    base: null,
    files: 0,
    bytes: 0,
    pending_up: 0,
    pending_down: 0,
    oldest_pending: null,
    problems: [],
    problem_count: 0,
  };
  expect(workspaceStatusSchema.parse(old)).toEqual(old);
});

test('a workspace that only sends is not on its way with what it never brings', async () => {
  fleet = await Fleet.open();
  const a = fleet.start('a');
  const b = fleet.start('b', { mode: 'send' });
  await fleet.converged();
  mkdirSync(a.path('dir'));
  await writeFile(a.path('dir/file'), LARGE);
  await b.until(({ sentence }) => /1 path of the project is not brought here/.test(sentence));
  expect(b.status.progress).toBeUndefined();
  await writeFile(b.path('mine'), 'x');
  await a.has('mine', 'x');
  expect(b.status.progress?.down.total ?? 0).toBe(0);
});
