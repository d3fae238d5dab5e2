// I12: a store that comes back without the last that it had acknowledged. The nodes hold the files, and put them back.
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { readCurrent } from '../core/commit/current.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import { walkTree } from '../core/manifest/walk.ts';
import { isFile } from '../core/model/entry.ts';
import { type Sha, shaOf } from '../core/model/ids.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import { type ObjectStore, readObject } from '../core/store/object-store.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { Fleet, PROJECT, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

/** Objects that can go back to what they were, and do not answer meanwhile. */
function forgetful() {
  const inner = memoryObjectStore();
  let isAway = false;
  let before = new Set<Sha>();
  const shas = async () => {
    const all = new Set<Sha>();
    for await (const { sha } of inner.list()) all.add(sha);
    return all;
  };
  const there = <T>(work: () => Promise<T>): Promise<T> =>
    isAway ? Promise.reject(new StoreUnavailableError('hot', 'NATS is away')) : work();
  const missing = new Set<Sha>();
  let allBack = () => {};
  const store: ObjectStore = {
    ...inner,
    put: (...args) =>
      there(async () => {
        const outcome = await inner.put(...args);
        if (missing.delete(args[0]) && missing.size === 0) allBack();
        return outcome;
      }),
    get: (...args) => there(() => inner.get(...args)),
    stat: (...args) => there(() => inner.stat(...args)),
  };
  return {
    store,
    async remember(): Promise<void> {
      before = await shas();
    },
    /** @returns what is gone */
    async goBack(): Promise<Set<Sha>> {
      isAway = true;
      for (const { agent } of fleet.nodes.values()) agent.storageAway('NATS is away.');
      const gone = new Set([...(await shas())].filter((sha) => !before.has(sha)));
      for (const sha of gone) await inner.delete(sha);
      return gone;
    },
    /** Resolves when these were put again. */
    async comeBack(awaited: ReadonlySet<Sha>): Promise<void> {
      for (const sha of awaited) missing.add(sha);
      const back = new Promise<void>((resolve) => {
        allBack = resolve;
      });
      isAway = false;
      for (const { agent } of fleet.nodes.values()) agent.storageBack();
      await back;
    },
  };
}

/** Every object that `current` needs, read by someone who has nothing cached. */
async function readAll(): Promise<string[]> {
  const { objects, index } = fleet.stores;
  const head = await readCurrent(index, PROJECT);
  if (!head) throw new Error('the project is there');
  await readObject(objects, head.current.commit_sha);
  const paths: string[] = [];
  for await (const entry of walkTree(objectNodes(objects), head.current.manifest_sha)) {
    if (isFile(entry)) expect((await readObject(objects, entry.sha)).length).toBe(entry.size);
    paths.push(entry.path);
  }
  return paths;
}

test('I12: objects, nodes and commits that the store forgot while current stayed are put again', async () => {
  const { store, remember, goBack, comeBack } = forgetful();
  fleet = await Fleet.open({
    stores: { objects: store },
  });
  const a = fleet.start('a');
  const b = fleet.start('b');
  await fleet.converged();
  await writeFile(a.path('early'), 'early');
  await fleet.settled();
  await remember();
  await mkdir(a.path('dir'));
  for (let i = 0; i < 30; i++) await writeFile(a.path(`dir/${i}`), `${i}`);
  await writeFile(b.path('large'), Buffer.alloc(3_000_000, 1));
  await fleet.settled();
  await rename(a.path('dir/3'), a.path('dir/moved'));
  await fleet.settled();
  const gone = await goBack();
  expect(gone.size).toBeGreaterThan(33);
  await comeBack(gone);
  expect((await readAll()).length).toBe(32);
  await writeFile(a.path('late'), 'late');
  await b.has('late', 'late');
  await fleet.settled();
  const c = fleet.start('c');
  await fleet.converged();
  expect(await treeOf(c.root)).toEqual(await treeOf(a.root));
});

test('I1: what was put before the store forgot it is not committed before it is there again', async () => {
  const { store, remember, goBack, comeBack } = forgetful();
  const index = memoryKeyValue();
  let reached = () => {};
  const swapped = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let isCut = true;
  fleet = await Fleet.open({
    stores: { objects: store, index },
  });
  const a = fleet.start('a', {
    stores: {
      index: {
        ...index,
        compareAndSet: async (...args) => {
          if (!isCut) return index.compareAndSet(...args);
          reached();
          throw new StoreUnavailableError('hot', 'cut off before the swap');
        },
      },
    },
  });
  await fleet.converged();
  await remember();
  await writeFile(a.path('doc'), 'put, not committed');
  await swapped;
  expect((await goBack()).has(shaOf('put, not committed'))).toBe(true);
  isCut = false;
  await comeBack(new Set([shaOf('put, not committed')]));
  await fleet.settled();
  expect(await readAll()).toEqual(['doc']);
});

test('I12: what no file holds any more is not invented, and the rest goes on', async () => {
  const { store, remember, goBack, comeBack } = forgetful();
  fleet = await Fleet.open({
    stores: { objects: store },
  });
  const a = fleet.start('a');
  await fleet.converged();
  await remember();
  await writeFile(a.path('gone'), 'gone soon');
  await writeFile(a.path('kept'), 'kept');
  await fleet.settled();
  await goBack();
  rmSync(a.path('gone'));
  await comeBack(new Set([shaOf('kept')]));
  await fleet.settled();
  expect(await readAll()).toEqual(['kept']);
  expect(readFileSync(a.path('kept'), 'utf8')).toBe('kept');
});
