// What the hot tier makes of a store that has little room, or none: full is said by name, nothing half is visible, and what
// is deleted gives its bytes back.
import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { expect, test } from 'vitest';
import { assert } from '../model/assert.ts';
import { type Sha, shaOf, type Tenant } from '../model/ids.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { toStoreError } from './nats-errors.ts';
import { publish } from './nats-js-api.ts';
import { CHUNK, objectFixture, SHARDS } from './nats-object-fixture.ts';
import { chunkSubject, type ObjectPlace, shardsOf } from './nats-object-names.ts';
import { SWEEP_AFTER_MS } from './nats-object-sweep.ts';
import { listed, putBytes, sourceOf } from './object-store.contract.ts';
import { readObject } from './object-store.ts';
import { StoreFullError } from './store-errors.ts';

await onEachNatsServer((nats) => {
  /** Leaves no room in any bucket, not even for an empty message. */
  async function fillUp(tenant: Tenant): Promise<void> {
    for (const { bucket } of shardsOf(tenant, SHARDS)) {
      for (let size = CHUNK; size > 0; ) {
        try {
          await publish(nats.link, chunkSubject(bucket, 'filler'), Buffer.alloc(size));
        } catch (error) {
          expect(toStoreError(error, 'filling')).toBeInstanceOf(StoreFullError);
          size >>= 1;
        }
      }
    }
  }

  test('a deleted object gives its bytes back, in the stream and on the disk', async () => {
    const { store, held, anHourLater } = await objectFixture(nats, { chunkBytes: 512 * 1024 });
    const before = await diskBytes(nats.rig.storeDir);
    const shas = await Promise.all(Array.from({ length: 24 }, () => putBytes(store, randomBytes(2 << 20))));
    expect(await diskBytes(nats.rig.storeDir)).toBeGreaterThan(before + (48 << 20));
    for (const sha of shas) await store.delete(sha);
    // The marks of the deletions stay until a put from before them can be none any more.
    expect((await held()).bytes).toBeLessThan(24 * 1024);
    expect(await anHourLater().sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS })).toEqual({
      puts: 0,
      marks: 24,
      tooYoung: 0,
    });
    expect(await held()).toEqual({ messages: 0, bytes: 0 });
    // A block that is still written to is cut only when it is full.
    expect(await diskBytes(nats.rig.storeDir)).toBeLessThan(before + (20 << 20));
  });

  test('a full store is named, nothing of the object is left, and it works again when there is room', async () => {
    const { store, held } = await objectFixture(nats, {}, { shards: SHARDS, shardMaxBytes: 40 * CHUNK });
    const small = randomBytes(CHUNK);
    const smallSha = await putBytes(store, small);
    const big = randomBytes(50 * CHUNK);
    await expect(store.put(shaOf(big), big.length, sourceOf(big))).rejects.toThrow(StoreFullError);
    expect(await listed(store)).toEqual([smallSha]);
    expect((await held()).messages).toBe(2);
    const fits = randomBytes(30 * CHUNK);
    expect(await store.put(shaOf(fits), fits.length, sourceOf(fits))).toBe('stored');
    expect(Buffer.from(await readObject(store, smallSha)).equals(small)).toBe(true);
  });

  test.each([100, 3 * CHUNK])(
    'a store that is full to the last byte can be emptied, and then takes puts again (objects of %i bytes)',
    async (size) => {
      const limit = { shards: SHARDS, shardMaxBytes: 64 * CHUNK };
      const { store, tenant, held, placeOf } = await objectFixture(nats, {}, limit);
      const bytesOf = inOneBucket(placeOf);
      const shas = await Promise.all(Array.from({ length: 10 }, () => putBytes(store, bytesOf(size))));
      await fillUp(tenant);
      const { bytes: full } = await held();
      await expect(putBytes(store, randomBytes(10))).rejects.toThrow(StoreFullError);
      for (const sha of shas) expect(await store.delete(sha)).toBe(true);
      expect(await listed(store)).toEqual([]);
      // What is left of each is a mark.
      expect((await held()).bytes).toBeLessThan(full - shas.length * size);
      const again = await putBytes(store, bytesOf(100));
      expect(await listed(store)).toEqual([again]);
      await readObject(store, again);
    },
  );

  test('an object that was stored a moment ago is there also where no room is left', async () => {
    const { store, tenant } = await objectFixture(nats, {}, { shards: SHARDS, shardMaxBytes: 64 * CHUNK });
    const bytes = randomBytes(100);
    const sha = await putBytes(store, bytes);
    await fillUp(tenant);
    expect(await store.put(sha, 100, bytes)).toBe('present');
  });

  test('I5: a full store does not say that it protects what it cannot touch, and does when there is room', async () => {
    const limit = { shards: SHARDS, shardMaxBytes: 64 * CHUNK };
    const { store, tenant, held, placeOf } = await objectFixture(nats, { touchAfterMs: 0 }, limit);
    const bytesOf = inOneBucket(placeOf);
    const all = Array.from({ length: 10 }, () => bytesOf(100));
    const [kept, ...others] = await Promise.all(all.map((bytes) => putBytes(store, bytes)));
    assert(kept && all[0], 'one is kept');
    await fillUp(tenant);
    const before = await held();
    await expect(store.put(kept, 100, all[0])).rejects.toThrow(StoreFullError);
    expect(await held()).toEqual(before);
    expect(Buffer.from(await readObject(store, kept)).equals(all[0])).toBe(true);
    for (const sha of others) await store.delete(sha);
    expect(await store.put(kept, 100, all[0])).toBe('present');
  });

  test.each([10, 3 * CHUNK])(
    'I1, I5: puts and deletions at the same moment in hardly any room leave whole objects or none (%i bytes)',
    async (size) => {
      const maxBytes = 16 * CHUNK;
      const { store, placeOf } = await objectFixture(
        nats,
        { touchAfterMs: 0 },
        { shards: SHARDS, shardMaxBytes: maxBytes },
      );
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      const { bucket, stream } = placeOf(sha);
      const filler = chunkSubject(bucket, 'filler');
      const { streams } = await jetstreamManager(nats.link.connection);
      let [visible, absent, refused] = [0, 0, 0];
      for (let round = 0; round < 60; round++) {
        // From room for a mark to room for the chunks of several puts, with the object there before or not.
        await streams.purge(stream, { filter: filler });
        if (round % 2 === 0) await store.put(sha, size, bytes);
        const room = 300 + round * 25 + (round % 5) * size;
        await publish(nats.link, filler, Buffer.alloc(maxBytes - (await streams.info(stream)).state.bytes - room));
        const acts = Array.from({ length: 8 }, (_, lane) =>
          (round + lane) % 3 === 0
            ? store.delete(sha)
            : store.put(sha, size, lane % 2 === 0 ? sourceOf(bytes) : bytes).catch((error) => {
                expect(error).toBeInstanceOf(StoreFullError);
                refused += 1;
              }),
        );
        await Promise.all(acts);
        if ((await store.stat(sha)).kind === 'absent') {
          absent += 1;
          continue;
        }
        visible += 1;
        expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      }
      expect(visible + absent).toBe(60);
      expect(Math.min(visible, refused)).toBeGreaterThan(0);
    },
  );
});

/** Gives random bytes of objects that all lie in the same bucket: room that is made in another one is none for them. */
function inOneBucket(placeOf: (sha: Sha) => ObjectPlace): (sizeBytes: number) => Buffer {
  let bucket: string | undefined;
  return (sizeBytes) => {
    while (true) {
      const bytes = randomBytes(sizeBytes);
      const found = placeOf(shaOf(bytes)).bucket;
      bucket ??= found;
      if (found === bucket) return bytes;
    }
  };
}

async function diskBytes(directory: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    // The server writes and removes files while this looks.
    const found = entry.isFile() ? await stat(join(entry.parentPath, entry.name)).catch(() => undefined) : undefined;
    total += found?.size ?? 0;
  }
  return total;
}
