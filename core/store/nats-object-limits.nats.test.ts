// What the hot tier keeps within: the server's largest message.
import { randomBytes } from 'node:crypto';
import { Objm } from '@nats-io/obj';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { type NatsRig, startNatsRig } from '../testing/nats-rig.ts';
import { connectNats, type NatsLink } from './nats-connect.ts';
import { objectBucket } from './nats-names.ts';
import { natsObjectStore } from './nats-object-store.ts';
import { ensureTenant } from './nats-setup.ts';
import { sourceOf } from './object-store.contract.ts';
import { collect, readObject } from './object-store.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('a server whose largest message is 64 KiB', () => {
  const maxPayloadBytes = 64 * KIB;
  let rig: NatsRig;
  let link: NatsLink;
  beforeAll(async () => {
    rig = await startNatsRig({ maxPayloadBytes });
    link = await connectNats({ servers: rig.url, name: 'test', log: silentLog });
  });
  afterAll(async () => {
    await link.close();
    await rig.close();
  });

  test.each([maxPayloadBytes - 100, maxPayloadBytes - 1, maxPayloadBytes, maxPayloadBytes + 1, MIB])(
    'chunks fit into it with all that goes with them, and stock clients read them (%i bytes)',
    async (size) => {
      const tenant = rig.freshTenant();
      await ensureTenant(link, tenant, { shards: 1 });
      const store = natsObjectStore(link, tenant, { shards: 1 });
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      expect(await store.put(sha, size, sourceOf(bytes))).toBe('stored');
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      const stock = await new Objm(link.connection).open(objectBucket(tenant, 0));
      expect(Buffer.from((await stock.getBlob(sha)) ?? []).equals(bytes)).toBe(true);
    },
  );

  test('metadata fits into it, however many chunks it would name', async () => {
    const tenant = rig.freshTenant();
    await ensureTenant(link, tenant, { shards: 1 });
    const store = natsObjectStore(link, tenant, { shards: 1, chunkBytes: 16 });
    const bytes = randomBytes(200_000);
    expect(await store.put(shaOf(bytes), bytes.length, bytes)).toBe('stored');
    expect(await store.stat(shaOf(bytes))).toMatchObject({ kind: 'present', sizeBytes: bytes.length });
    const { bytes: part } = await store.get(shaOf(bytes), { range: { start: 100, end: 200 } });
    expect(Buffer.from(await collect(part)).equals(bytes.subarray(100, 200))).toBe(true);
  });
});
