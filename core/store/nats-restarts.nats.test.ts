// What the stores promise while NATS is killed again and again under load: nothing that was acknowledged is lost, nothing
// half is visible, and what was lost on the way is told as such. The seed is in the test's name.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Sha, shaOf } from '../model/ids.ts';
import { laterLink } from '../testing/later-link.ts';
import { type Random, seededRandom } from '../testing/seeded-random.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { streamInfo } from './nats-js-api.ts';
import { natsKeyValue } from './nats-key-value.ts';
import { indexBucket, objectBucket, objectStream } from './nats-names.ts';
import { natsObjectStore } from './nats-object-store.ts';
import { SWEEP_AFTER_MS } from './nats-object-sweep.ts';
import { ensureTenant } from './nats-setup.ts';
import { listed } from './object-store.contract.ts';
import { readObject } from './object-store.ts';
import { StoreUnavailableError } from './store-errors.ts';

const SEEDS = [1, 2, 3];
const RESTARTS = 4;

/** Bytes that a seed gives again. */
function bytesOf(random: Random, sizeBytes: number): Buffer {
  const start = createHash('sha256').update(String(random())).digest();
  return Buffer.alloc(sizeBytes, start);
}

await onEachNatsServer((nats) => {
  /** Repeats what may be repeated until it succeeds, waiting for NATS in between. */
  async function insisting<T>(act: () => Promise<T>): Promise<T> {
    while (true) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        await nats.link.untilConnected();
      }
    }
  }

  /** Runs `work` in lanes and restarts NATS `RESTARTS` times, each when another part of the work is done. */
  async function underRestarts(count: number, work: (i: number) => Promise<void>): Promise<void> {
    let next = 0;
    let done = 0;
    let restarts = 0;
    let restarting: Promise<void> | undefined;
    const isDue = () => restarts < RESTARTS && done > ((restarts + 1) * count) / (RESTARTS + 2);
    const lane = async () => {
      for (let i = next++; i < count; i = next++) {
        await work(i);
        done += 1;
        // Work may be faster than the restart before.
        if (isDue()) await restarting;
        if (!isDue()) continue;
        restarts += 1;
        restarting = nats.rig.restart();
      }
    };
    await Promise.all(Array.from({ length: 12 }, lane));
    await restarting;
    await nats.link.untilConnected();
    expect(restarts).toBe(RESTARTS);
  }

  test.each(SEEDS)(
    'I1, I6: every object whose put returned is whole after any number of restarts (seed %i)',
    async (seed) => {
      const tenant = nats.rig.freshTenant();
      await ensureTenant(nats.link, tenant, { shards: 2 });
      const store = natsObjectStore(nats.link, tenant, { shards: 2, chunkBytes: 96 * 1024 });
      const random = seededRandom(seed);
      const objects = Array.from({ length: 90 }, (_, i) =>
        bytesOf(random, i % 5 === 0 ? Math.floor(random() * 2_000_000) : i + 1),
      );
      const stored = new Map<Sha, Buffer>();
      await underRestarts(objects.length, async (i) => {
        const bytes = objects[i] ?? Buffer.alloc(0);
        const sha = shaOf(bytes);
        await insisting(() => store.put(sha, bytes.length, bytes));
        stored.set(sha, bytes);
        // What was put before is read in between, also over a restart.
        const earlier = [...stored][Math.floor(random() * stored.size)];
        if (earlier)
          expect(Buffer.from(await insisting(() => readObject(store, earlier[0]))).equals(earlier[1])).toBe(true);
      });
      for (const [sha, bytes] of stored) expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      expect(await listed(store)).toEqual([...stored.keys()].sort());
      // After the sweep there is nothing but the objects: their metadata and their chunks.
      const anHourLater = natsObjectStore(laterLink(nats.link, 3_600_000), tenant, { shards: 2 });
      await anHourLater.sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS });
      const expected = [...stored.values()].reduce((sum, { length }) => sum + 1 + Math.ceil(length / (96 * 1024)), 0);
      const infos = await Promise.all(
        [0, 1].map((shard) => streamInfo(nats.link, objectStream(objectBucket(tenant, shard)))),
      );
      expect(infos.reduce((sum, info) => sum + (info?.state.messages ?? 0), 0)).toBe(expected);
    },
  );

  test.each(SEEDS)(
    'I2: counters lose and double nothing when answers to compare-and-set are lost (seed %i)',
    async (seed) => {
      const tenant = nats.rig.freshTenant();
      await ensureTenant(nats.link, tenant, { shards: 1 });
      const store = natsKeyValue(nats.link, indexBucket(tenant));
      const random = seededRandom(seed);
      /** The value is the list of those who were counted: whoever finds itself in there is done. */
      const count = async (key: string, who: number) => {
        while (true) {
          const entry = await insisting(() => store.get(key));
          const counted = entry ? (JSON.parse(Buffer.from(entry.value).toString()) as number[]) : [];
          if (counted.includes(who)) return;
          const value = Buffer.from(JSON.stringify([...counted, who]));
          await store.compareAndSet(key, value, entry?.revision ?? 0).catch(() => nats.link.untilConnected());
        }
      };
      const keys = ['a', 'b', 'c'];
      const placed = Array.from({ length: 300 }, () => keys[Math.floor(random() * keys.length)] ?? 'a');
      await underRestarts(placed.length, (i) => count(placed[i] ?? 'a', i));
      for (const key of keys) {
        const entry = await store.get(key);
        const counted = JSON.parse(Buffer.from(entry?.value ?? []).toString()) as number[];
        expect([...counted].sort((a, b) => a - b)).toEqual(placed.flatMap((each, i) => (each === key ? [i] : [])));
      }
    },
  );
});
