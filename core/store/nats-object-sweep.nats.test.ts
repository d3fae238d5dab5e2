// What puts that failed leave behind: nothing where they could still clean up, and what the sweep of orphans finds where
// they could not.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../model/clock.ts';
import { shaOf } from '../model/ids.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { CHUNK, objectFixture, SHARDS } from './nats-object-fixture.ts';
import { chunkSubject } from './nats-object-names.ts';
import { natsObjectStore } from './nats-object-store.ts';
import { SWEEP_AFTER_MS } from './nats-object-sweep.ts';
import { putBytes, sourceOf } from './object-store.contract.ts';
import { readObject } from './object-store.ts';
import { ObjectCorruptError } from './store-errors.ts';

await onEachNatsServer((nats) => {
  test('aborted and refused puts leave nothing behind', async () => {
    const { store, held } = await objectFixture(nats);
    const bytes = randomBytes(30 * CHUNK);
    const stop = new AbortController();
    const source = async function* () {
      yield bytes.subarray(0, 20 * CHUNK);
      stop.abort(new Error('enough'));
      yield bytes.subarray(20 * CHUNK);
    };
    await expect(store.put(shaOf(bytes), bytes.length, source, { signal: stop.signal })).rejects.toThrow('enough');
    await expect(store.put(shaOf('x'), bytes.length, sourceOf(bytes))).rejects.toThrow(ObjectCorruptError);
    expect(await held()).toEqual({ messages: 0, bytes: 0 });
  });

  test('what crashed puts left is swept, and neither young chunks nor objects are', async () => {
    const { store, held, placeOf, anHourLater } = await objectFixture(nats);
    const kept = await putBytes(store, randomBytes(3 * CHUNK));
    const small = await putBytes(store, randomBytes(10));
    const { messages } = await held();
    const crashed = randomBytes(20);
    const large = placeOf(kept);
    for (let i = 0; i < 3; i++) await nats.link.request(chunkSubject(large.bucket, 'crashed'), randomBytes(10));
    const crashedPlace = placeOf(shaOf(crashed));
    await nats.link.request(chunkSubject(crashedPlace.bucket, shaOf(crashed)), crashed);
    expect(await store.sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS })).toEqual({ puts: 0, marks: 0, tooYoung: 2 });
    expect(await anHourLater().sweepOrphanChunks({ olderThanMs: 7_200_000 })).toMatchObject({ tooYoung: 2 });
    expect((await held()).messages).toBe(messages + 4);
    expect(await anHourLater().sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS })).toEqual({
      puts: 2,
      marks: 0,
      tooYoung: 0,
    });
    expect((await held()).messages).toBe(messages);
    await readObject(store, kept);
    await readObject(store, small);
  });

  test('the sweep goes by the clock of the server, and refuses ages at which a put may still run', async () => {
    const { store, held, tenant, placeOf } = await objectFixture(nats);
    const { bucket } = placeOf(await putBytes(store, randomBytes(10)));
    await nats.link.request(chunkSubject(bucket, 'running'), randomBytes(10));
    const before = await held();
    const clock: Clock = { ...systemClock, now: () => Date.now() + 100 * 24 * 3_600_000 };
    const ahead = natsObjectStore(nats.link, tenant, { shards: SHARDS, clock });
    expect(await ahead.sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS })).toEqual({ puts: 0, marks: 0, tooYoung: 1 });
    await expect(store.sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS - 1 })).rejects.toThrow(
      'orphans are swept after 1200000 ms or more, not after 1199999',
    );
    expect(await held()).toEqual(before);
  });

  test('a put after a crash takes over what the crashed one left, and stock clients see one chunk', async () => {
    const { store, stock, placeOf } = await objectFixture(nats);
    const lefts = [randomBytes(100), Buffer.from('half of')];
    for (const [left, isAtHand] of lefts.flatMap((left) => [[left, true] as const, [left, false] as const])) {
      const bytes = randomBytes(100);
      const sha = shaOf(bytes);
      // The whole chunk, or something else that happens to lie there.
      const { bucket } = placeOf(sha);
      await nats.link.request(chunkSubject(bucket, sha), left.length === 100 ? bytes : left);
      expect(await store.put(sha, 100, isAtHand ? bytes : sourceOf(bytes))).toBe('stored');
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      expect(Buffer.from((await (await stock(sha)).getBlob(sha)) ?? []).equals(bytes)).toBe(true);
    }
  });
});
