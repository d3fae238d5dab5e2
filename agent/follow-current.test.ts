// A watch on `current` that fails while the connection stays: a stream may be restored behind it, and nobody says so. Until
// it is back nothing is committed, and then all is compared with what came back (I12).
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { readCurrent } from '../core/commit/current.ts';
import type { Sha } from '../core/model/ids.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import { type ObjectStore, readObject } from '../core/store/object-store.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { Fleet, PROJECT, type TestNode } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

/** A store whose watches fail when a test says so, and cannot be begun again meanwhile. */
function breakable(inner: KeyValue) {
  let broken = new AbortController();
  let isBroken = false;
  const index: KeyValue = {
    ...inner,
    async *watch(filter, { signal }) {
      if (isBroken) throw new StoreUnavailableError('hot', 'the watch cannot be begun');
      const { signal: breaks } = broken;
      for await (const change of inner.watch(filter, { signal: AbortSignal.any([signal, breaks]) })) yield change;
      if (!signal.aborted) throw new StoreUnavailableError('hot', 'the watch was cut off');
    },
  };
  return {
    index,
    cut(): void {
      isBroken = true;
      broken.abort(new Error('cut'));
    },
    mend(): void {
      isBroken = false;
      broken = new AbortController();
    },
  };
}

async function open(): Promise<{
  node: TestNode;
  index: ReturnType<typeof memoryKeyValue>;
  objects: ObjectStore;
  line: ReturnType<typeof breakable>;
}> {
  const index = memoryKeyValue();
  const objects = memoryObjectStore();
  fleet = await Fleet.open({
    stores: { objects, index, nodes: memoryKeyValue() },
  });
  const line = breakable(index);
  const node = fleet.start('a', { stores: { index: line.index } });
  await fleet.converged();
  await writeFile(node.path('early'), 'early');
  await fleet.settled();
  return { node, index, objects, line };
}

const head = async (): Promise<Sha | undefined> => (await readCurrent(fleet.stores.index, PROJECT))?.current.commit_sha;

async function shasOf(objects: ObjectStore): Promise<Set<Sha>> {
  const found = new Set<Sha>();
  for await (const { sha } of objects.list()) found.add(sha);
  return found;
}

test('while the watch is cut off nothing is committed, and the edit goes when it is back', async () => {
  const { node, line } = await open();
  const before = await head();
  line.cut();
  await node.until(({ state, sentence }) => state === 'blocked' && /NATS does not answer: the watch/.test(sentence));
  await writeFile(node.path('late'), 'late');
  await node.until(({ pending_up }) => pending_up === 1);
  await node.agent.rescan();
  expect(await head()).toBe(before);
  line.mend();
  await fleet.settled();
  expect(await head()).not.toBe(before);
  expect(node.status.files).toBe(2);
});

test('I12: a store that was restored behind a connection that stays is found by its watch, and gets all back', async () => {
  const { node, index, objects, line } = await open();
  const restore = index.checkpoint();
  const kept = await shasOf(objects);
  await writeFile(node.path('late'), 'late');
  await writeFile(node.path('early'), 'edited');
  await fleet.settled();
  const newest = await head();
  line.cut();
  await node.until(({ state }) => state === 'blocked');
  restore();
  for (const sha of await shasOf(objects)) if (!kept.has(sha)) await objects.delete(sha);
  expect(await head()).not.toBe(newest);
  line.mend();
  await node.until(({ state, base }) => state === 'in-sync' && base !== null && base !== newest);
  const other = fleet.start('b');
  await other.has('late', 'late');
  await fleet.settled();
  expect(readFileSync(other.path('early'), 'utf8')).toBe('edited');
  expect(readFileSync(node.path('early'), 'utf8')).toBe('edited');
  const now = await head();
  if (now) await readObject(objects, now);
});

test('a watch that ends and begins again on an unchanged store costs no commit', async () => {
  const { node, line } = await open();
  const before = await head();
  for (let i = 0; i < 3; i++) {
    line.cut();
    await node.until(({ state }) => state === 'blocked');
    line.mend();
    await node.until(({ state }) => state === 'in-sync');
  }
  expect(await head()).toBe(before);
});
