// The hot tier passes the contract of object stores, and spreads what it holds over its tenant's buckets.
import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { streamInfo } from './nats-js-api.ts';
import { CHUNK, objectFixture } from './nats-object-fixture.ts';
import { placeOf, shardsOf } from './nats-object-names.ts';
import { natsObjectStore } from './nats-object-store.ts';
import { ensureTenant } from './nats-setup.ts';
import { listed, objectStoreContract, putBytes } from './object-store.contract.ts';
import { StoreUnavailableError } from './store-errors.ts';

await onEachNatsServer((nats) => {
  objectStoreContract('NATS', async () => ({
    store: (await objectFixture(nats, { touchAfterMs: 0 })).store,
    chunkBytes: CHUNK,
  }));

  test('objects are spread over all buckets of their tenant, of which there are eight unless it was made with others', async () => {
    const tenant = nats.rig.freshTenant();
    const { shards } = await ensureTenant(nats.link, tenant);
    expect(shards).toBe(8);
    const store = natsObjectStore(nats.link, tenant, { shards });
    const shas = await Promise.all(Array.from({ length: 100 }, (_, i) => putBytes(store, Buffer.from(`object ${i}`))));
    for (const { stream, bucket } of shardsOf(tenant, shards)) {
      const here = shas.filter((sha) => placeOf(tenant, shards, sha).bucket === bucket);
      expect(here.length).toBeGreaterThan(0);
      // A chunk and the metadata of each.
      expect((await streamInfo(nats.link, stream))?.state.messages).toBe(2 * here.length);
    }
    expect(await listed(store)).toEqual(shas.sort());
  });

  test('a tenant that is not there is not available, never empty', async () => {
    const store = natsObjectStore(nats.link, nats.rig.freshTenant(), { shards: 1 });
    await expect(store.stat(shaOf('x'))).rejects.toThrow(StoreUnavailableError);
    await expect(store.get(shaOf('x'))).rejects.toThrow(StoreUnavailableError);
    await expect(listed(store)).rejects.toThrow(StoreUnavailableError);
  });
});
