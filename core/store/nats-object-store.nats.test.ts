// The hot tier passes the contract of object stores, and spreads what it holds over its tenant's buckets.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { takeChunkMemory } from './chunk-memory.ts';
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

  test('memory that is used again never shows in another object, of puts and passing reads beside each other', async () => {
    const chunkBytes = 200_000;
    const { store } = await objectFixture(nats, { chunkBytes });
    const putAndRead = async (size: number) => {
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      await store.put(sha, size, async function* () {
        for (let at = 0; at < size; at += chunkBytes) {
          const part = takeChunkMemory(Math.min(chunkBytes, size - at));
          bytes.copy(part, 0, at);
          yield part;
        }
      });
      for (const range of [
        { start: 0, end: size },
        { start: 123_456, end: size - 1 },
      ]) {
        let at = range.start;
        for await (const part of (await store.get(sha, { range, unverified: true, passing: true })).bytes) {
          // What others do meanwhile leaves it alone.
          await new Promise(setImmediate);
          expect(bytes.subarray(at, at + part.length).equals(part)).toBe(true);
          at += part.length;
        }
        expect(at).toBe(range.end);
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, i) => putAndRead(2_000_000 + i * 77_777)));
  });

  test('a tenant that is not there is not available, never empty', async () => {
    const store = natsObjectStore(nats.link, nats.rig.freshTenant(), { shards: 1 });
    await expect(store.stat(shaOf('x'))).rejects.toThrow(StoreUnavailableError);
    await expect(store.get(shaOf('x'))).rejects.toThrow(StoreUnavailableError);
    await expect(listed(store)).rejects.toThrow(StoreUnavailableError);
  });
});
