// What the rows hold and what the base says drift apart for moments: a commit that finds its changes made by others, a
// `current` that went back, a deletion that is not true any more when it is committed. None of that may stay unseen.
import { chmodSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { commit } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import { type Sha, shaOf } from '../core/model/ids.ts';
import { currentKey } from '../core/model/index-keys.ts';
import { fakePath } from '../core/model/rel-path.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { Fleet, PROJECT } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

const MTIME = 1_690_000_000_000;

/** Somebody else commits this file. */
async function others(name: string, content: string): Promise<void> {
  const bytes = Buffer.from(content);
  const sha = shaOf(bytes);
  await fleet.io.objects.put(sha, bytes.length, bytes);
  const entry = { path: fakePath(name), sha, size: bytes.length, mode: 0o644, mtime: MTIME };
  await commit(fleet.io, {
    project: PROJECT,
    actor: { kind: 'system', id: 'others' },
    ops: [{ kind: 'put', entry, seen: 'absent' }],
  });
}

async function headNow() {
  const at = await readCurrent(fleet.stores.index, PROJECT);
  if (!at) throw new Error('the project is there');
  return at;
}

/** Holds back whoever passes until it is opened. */
class Barrier {
  #closed: Promise<void> | undefined;
  open = () => {};
  readonly met: Promise<void>;
  #meet = () => {};

  constructor() {
    this.met = new Promise((resolve) => {
      this.#meet = resolve;
    });
  }

  close(): void {
    this.#closed = new Promise((resolve) => {
      this.open = () => {
        this.#closed = undefined;
        resolve();
      };
    });
  }

  async pass(): Promise<void> {
    if (this.#closed) this.#meet();
    await this.#closed;
  }
}

test('what this node found unchanged is not forgotten when the project goes on', async () => {
  fleet = await Fleet.open();
  const inner = fleet.stores.index;
  const told = new Barrier();
  const index: KeyValue = {
    ...inner,
    async *watch(key, options) {
      for await (const change of inner.watch(key, options)) {
        await told.pass();
        // What was overtaken while it was held back is never told.
        if (change.kind === 'put' && ((await inner.get(change.entry.key))?.revision ?? 0) > change.entry.revision)
          continue;
        yield change;
      }
    },
  };
  await others('p', 'v1');
  const a = fleet.start('a', { stores: { index } });
  await a.has('p', 'v1');
  await fleet.converged();
  told.close();
  await others('p', 'v2');
  writeFileSync(a.path('p.new'), 'v2');
  chmodSync(a.path('p.new'), 0o644);
  utimesSync(a.path('p.new'), MTIME / 1000, MTIME / 1000);
  renameSync(a.path('p.new'), a.path('p'));
  await a.agent.rescan();
  await a.until(({ pending_up }) => pending_up === 0);
  await others('p', 'v1');
  told.open();
  await fleet.settled();
  expect(readFileSync(a.path('p'), 'utf8')).toBe('v1');
});

test('I12: nothing is committed before what current went back to is compared', async () => {
  fleet = await Fleet.open();
  const inner = fleet.stores.objects;
  let isAway = false;
  let failOnce: Sha | undefined;
  const away = () => Promise.reject(new StoreUnavailableError('hot', 'NATS is away'));
  const objects: ObjectStore = {
    ...inner,
    put: (...args) => (isAway ? away() : inner.put(...args)),
    stat: (...args) => (isAway ? away() : inner.stat(...args)),
    get: (...args) => {
      if (isAway) return away();
      if (args[0] !== failOnce) return inner.get(...args);
      failOnce = undefined;
      return away();
    },
  };
  await others('q', 'v1');
  const before = await fleet.stores.index.get(currentKey(PROJECT));
  await others('r', 'r');
  const a = fleet.start('a', { stores: { objects } });
  await a.has('r', 'r');
  await fleet.converged();
  isAway = true;
  a.agent.storageAway('NATS is away.');
  const now = await headNow();
  await fleet.stores.index.compareAndSet(currentKey(PROJECT), before?.value ?? new Uint8Array(), now.revision);
  await others('q', 'v2');
  failOnce = (await headNow()).current.manifest_sha;
  isAway = false;
  a.agent.storageBack();
  await a.until(() => failOnce === undefined);
  await fleet.settled();
  expect(readFileSync(a.path('q'), 'utf8')).toBe('v2');
});

test('a directory that came back while its deletion was committed is in the project', async () => {
  fleet = await Fleet.open();
  const inner = fleet.stores.index;
  const swaps = new Barrier();
  const index: KeyValue = {
    ...inner,
    compareAndSet: async (...args) => {
      await swaps.pass();
      return inner.compareAndSet(...args);
    },
  };
  const a = fleet.start('a', { stores: { index } });
  await fleet.converged();
  mkdirSync(a.path('d'));
  for (let n = 0; n < 10; n++) writeFileSync(a.path(`d/${n}`), `file ${n}`);
  await fleet.settled();
  swaps.close();
  renameSync(a.path('d'), join(fleet.dir, 'away'));
  await swaps.met;
  renameSync(join(fleet.dir, 'away'), a.path('d'));
  await a.agent.rescan();
  swaps.open();
  await a.until(({ pending_up, files, state }) => pending_up === 0 && files === 10 && state === 'in-sync');
  expect((await headNow()).current.files).toBe(10);
});
