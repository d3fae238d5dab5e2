// Real agents on a real nats-server that runs out of room: at the bytes of a file, at the nodes and the commit, at the
// index, or in the whole server. Each pauses, says so with what a person may do, and goes on when there is room.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterEach, expect, test } from 'vitest';
import { shaOf, type Tenant } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { connectNats, type NatsLink } from '../core/store/nats-connect.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import { indexBucket, kvStream, nodesBucket, objectBucket, objectStream } from '../core/store/nats-names.ts';
import { natsObjectStore } from '../core/store/nats-object-store.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import { type NatsRig, startNatsRig } from '../core/testing/nats-rig.ts';
import { readWhole } from './testing/elsewhere.ts';
import { Fleet, type TestNode, treeOf } from './testing/fleet.ts';

let rig: NatsRig;
let link: NatsLink;
let tenant: Tenant;
let shards: number;
let fleet: Fleet;
let a: TestNode;
let b: TestNode;

async function open(maxStoreBytes?: number): Promise<void> {
  rig = await startNatsRig(maxStoreBytes === undefined ? {} : { maxStoreBytes });
  tenant = rig.freshTenant();
  link = await connectNats({ servers: rig.url, name: 'agents', log: silentLog });
  ({ shards } = await ensureTenant(link, tenant));
  fleet = await Fleet.open({
    tenant,
    stores: {
      objects: natsObjectStore(link, tenant, { shards }),
      index: natsKeyValue(link, indexBucket(tenant)),
      nodes: natsKeyValue(link, nodesBucket(tenant)),
    },
  });
  a = fleet.start('a');
  b = fleet.start('b');
  await fleet.converged();
  await writeFile(a.path('early'), 'early');
  await writeFile(a.path('to go'), 'to go');
  await fleet.settled();
}
afterEach(async () => {
  await fleet.close();
  await link.close();
  await rig.close();
});

/** Leaves these streams no room. @returns what gives it back */
async function fill(streams: readonly string[]): Promise<() => Promise<void>> {
  const manager = await jetstreamManager(link.connection);
  const limit = async (of: (bytes: number) => number) => {
    for (const name of streams) {
      const { config, state } = await manager.streams.info(name);
      await manager.streams.update(name, { ...config, max_bytes: of(state.bytes) });
    }
  };
  await limit((bytes) => Math.max(1, bytes));
  return () => limit(() => -1);
}

const objectStreams = (): string[] =>
  Array.from({ length: shards }, (_, shard) => objectStream(objectBucket(tenant, shard)));

const inProject = async (): Promise<string[]> => (await readWhole(fleet)).sort();

async function isPaused(): Promise<void> {
  await a.until(({ state, sentence }) => state === 'blocked' && /NATS has no room left/.test(sentence));
  expect(a.status.sentence).toMatch(/Give it more, or evict\. Since .* Next try at/);
  expect(await inProject()).toEqual(['early', 'to go']);
}

async function goesOn(): Promise<void> {
  await fleet.settled();
  expect(await inProject()).toEqual(['early', 'late']);
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
  expect(readFileSync(b.path('late'), 'utf8')).toBe('late');
  expect(readFileSync(b.path('early'), 'utf8')).toBe('edited');
  expect(a.status.problems).toEqual([]);
}

/** What a person does on the node while there is no room. */
async function edit(): Promise<void> {
  await writeFile(a.path('late'), 'late');
  await writeFile(a.path('early'), 'edited');
  await rm(a.path('to go'));
}

test('no room for the bytes of files: nothing of them is in the project, and it all comes when there is room', async () => {
  await open();
  const free = await fill(objectStreams());
  await edit();
  await isPaused();
  await free();
  await goesOn();
});

test('I1: room for no manifest node or commit: current stays as it was until there is', async () => {
  await open();
  for (const text of ['late', 'edited']) {
    const bytes = Buffer.from(text);
    await fleet.stores.objects.put(shaOf(bytes), bytes.length, bytes);
  }
  const free = await fill(objectStreams());
  await edit();
  await isPaused();
  await free();
  await goesOn();
});

test('I1: no room in the index: what is stored waits, and is committed when there is', async () => {
  await open();
  const free = await fill([kvStream(indexBucket(tenant))]);
  await edit();
  await isPaused();
  await free();
  await goesOn();
});

test('a server whose disk quota is used up by others: both ways pause, and go on when there is room', async () => {
  await open(24 << 20);
  const manager = await jetstreamManager(link.connection);
  await manager.streams.add({ name: 'others', subjects: ['others'], discard: 'new' });
  const client = jetstream(link.connection);
  for (let size = 512 * 1024; size > 0; ) {
    await client.publish('others', randomBytes(size)).catch(() => {
      size >>= 1;
    });
  }
  await edit();
  await isPaused();
  // The node is still alive for itself, though it cannot tell the fleet.
  expect(b.status.state).toBe('in-sync');
  await manager.streams.delete('others');
  await goesOn();
});
