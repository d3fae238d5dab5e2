import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { Objm, type ObjectStore as StockStore } from '@nats-io/obj';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { assert } from '../model/assert.ts';
import { type Clock, systemClock } from '../model/clock.ts';
import { type Sha, shaOf, type Tenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { laterLink } from '../testing/later-link.ts';
import { type NatsRig, startNatsRig } from '../testing/nats-rig.ts';
import { type Asker, connectNats, type NatsLink } from './nats-connect.ts';
import { toStoreError } from './nats-errors.ts';
import { publish } from './nats-js-api.ts';
import { objectBucket, objectStream, shardOf } from './nats-names.ts';
import { decodeMeta } from './nats-object-meta.ts';
import { chunkSubject, placeOf, shardsOf } from './nats-object-names.ts';
import { type NatsObjectStore, type NatsObjectStoreOptions, natsObjectStore } from './nats-object-store.ts';
import { SWEEP_AFTER_MS } from './nats-object-sweep.ts';
import { ensureTenant, type TenantOptions } from './nats-setup.ts';
import { listed, objectStoreContract, sourceOf } from './object-store.contract.ts';
import { collect, readObject } from './object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreFullError, StoreUnavailableError } from './store-errors.ts';

const SHARDS = 2;
const CHUNK = 8 * 1024;
let rig: NatsRig;
let link: NatsLink;

beforeAll(async () => {
  rig = await startNatsRig();
  link = await connectNats({ servers: rig.url, name: 'test', log: silentLog });
});
afterAll(async () => {
  await link.close();
  await rig.close();
});
afterEach(() => link.untilConnected());

interface Fixture {
  readonly tenant: Tenant;
  readonly store: NatsObjectStore;
  /** the same objects, seen an hour later */
  anHourLater(): NatsObjectStore;
  /** the stock client on the bucket of `sha` */
  stock(sha: Sha): Promise<StockStore>;
  /** messages and bytes of all object buckets */
  held(): Promise<{ messages: number; bytes: number }>;
}

async function fixture(
  options: Partial<NatsObjectStoreOptions> = {},
  tenantOptions: TenantOptions = {},
): Promise<Fixture> {
  const tenant = rig.freshTenant();
  await ensureTenant(link, tenant, { shards: SHARDS, ...tenantOptions });
  const { streams } = await jetstreamManager(link.connection);
  return {
    tenant,
    store: natsObjectStore(link, tenant, { shards: SHARDS, chunkBytes: CHUNK, ...options }),
    anHourLater: () => natsObjectStore(laterLink(link, 3_600_000), tenant, { shards: SHARDS }),
    stock: (sha) => new Objm(link.connection).open(objectBucket(tenant, shardOf(sha, SHARDS))),
    held: async () => {
      const states = await Promise.all(
        [0, 1].map(async (shard) => (await streams.info(objectStream(objectBucket(tenant, shard)))).state),
      );
      return {
        messages: states.reduce((sum, { messages }) => sum + messages, 0),
        bytes: states.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    },
  };
}

async function put(store: NatsObjectStore, bytes: Uint8Array): Promise<Sha> {
  const sha = shaOf(bytes);
  await store.put(sha, bytes.length, sourceOf(bytes));
  return sha;
}

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });

async function seqsOf(
  tenant: Tenant,
  sha: Sha,
): Promise<{ stream: string; seqs: readonly number[]; nuid: string; metaSeq: number }> {
  const { stream, metaSubject } = placeOf(tenant, SHARDS, sha);
  const { streams } = await jetstreamManager(link.connection);
  const message = await streams.getMessage(stream, { last_by_subj: metaSubject });
  assert(message, 'the object is there');
  const decoded = decodeMeta(message.data);
  assert(decoded.kind === 'object' && decoded.meta.seqs, 'its metadata has seqs');
  return { stream, seqs: decoded.meta.seqs, nuid: decoded.meta.nuid, metaSeq: message.seq };
}

/** Leaves no room in any bucket, not even for an empty message. */
async function fillUp(tenant: Tenant): Promise<void> {
  for (const { bucket } of shardsOf(tenant, SHARDS)) {
    for (let size = CHUNK; size > 0; ) {
      try {
        await publish(link, chunkSubject(bucket, 'filler'), Buffer.alloc(size));
      } catch (error) {
        expect(toStoreError(error, 'filling')).toBeInstanceOf(StoreFullError);
        size >>= 1;
      }
    }
  }
}

objectStoreContract('NATS', async () => ({
  store: (await fixture({ touchAfterMs: 0 })).store,
  chunkBytes: CHUNK,
}));

describe('the Object Store protocol', () => {
  test('a stock client reads what is stored here, whatever its size, and its own check of the digest passes', async () => {
    const { store, stock } = await fixture();
    for (const size of [0, 1, CHUNK, 5 * CHUNK + 3]) {
      const bytes = randomBytes(size);
      const sha = await put(store, bytes);
      const theirs = await stock(sha);
      expect(Buffer.from((await theirs.getBlob(sha)) ?? []).equals(bytes)).toBe(true);
      const info = await theirs.info(sha);
      expect(info).toMatchObject({ name: sha, size, chunks: Math.ceil(size / CHUNK), deleted: false });
    }
  });

  test('what a stock client stored under a sha is read here, whole and in ranges, and is listed', async () => {
    const { store, stock } = await fixture();
    for (const size of [0, 1, 128 * 1024, 300_000]) {
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      await (await stock(sha)).put({ name: sha }, streamOf(bytes));
      expect(await store.stat(sha)).toMatchObject({ kind: 'present', sizeBytes: size });
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      const { bytes: part } = await store.get(sha, { range: { start: size / 3, end: size - 1 } });
      expect(Buffer.from(await collect(part)).equals(bytes.subarray(size / 3, Math.max(0, size - 1)))).toBe(true);
      expect(await listed(store)).toContain(sha);
      expect(await store.put(sha, size, bytes)).toBe('present');
    }
  });

  test('a delete on either side is a delete on the other', async () => {
    const { store, stock } = await fixture();
    const bytes = randomBytes(3 * CHUNK);
    const sha = await put(store, bytes);
    await (await stock(sha)).delete(sha);
    expect(await store.stat(sha)).toEqual({ kind: 'absent' });
    expect(await listed(store)).toEqual([]);
    expect(await put(store, bytes)).toBe(sha);
    expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
    await store.delete(sha);
    expect(await (await stock(sha)).get(sha)).toBeNull();
    await (await stock(sha)).put({ name: sha }, streamOf(bytes));
    await store.delete(sha);
    expect(await (await stock(sha)).get(sha)).toBeNull();
  });

  test('what others keep in the bucket under names that are no sha is left alone', async () => {
    const { store, stock, anHourLater } = await fixture();
    const bytes = randomBytes(10);
    const sha = await put(store, bytes);
    await (await stock(sha)).put({ name: 'notes.txt' }, streamOf(Buffer.from('theirs')));
    expect(await listed(store)).toEqual([sha]);
    await anHourLater().sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS });
    expect(Buffer.from((await (await stock(sha)).getBlob('notes.txt')) ?? []).toString()).toBe('theirs');
  });

  test('I6: an object whose stock-written name does not fit its bytes is not intact, and a put heals it', async () => {
    const { store, stock } = await fixture();
    const bytes = randomBytes(1000);
    const sha = shaOf(bytes);
    await (await stock(sha)).put({ name: sha }, streamOf(randomBytes(1000)));
    await expect(store.get(sha)).rejects.toThrow(ObjectCorruptError);
    expect(await store.put(sha, 1000, bytes)).toBe('stored');
    expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
  });
});

describe('damage', () => {
  test('I6: a missing chunk is named, in a whole read and in a range', async () => {
    const { store, tenant } = await fixture();
    const sha = await put(store, randomBytes(5 * CHUNK));
    const { stream, seqs } = await seqsOf(tenant, sha);
    await (await jetstreamManager(link.connection)).streams.deleteMessage(stream, seqs[3] ?? 0);
    await expect(readObject(store, sha)).rejects.toThrow(ObjectCorruptError);
    await expect(readObject(store, sha)).rejects.toThrow(/chunk 4 of 5 is missing/);
    const range = { start: 3 * CHUNK, end: 4 * CHUNK };
    const reading = async () => collect((await store.get(sha, { range })).bytes);
    await expect(reading()).rejects.toThrow(ObjectCorruptError);
    // The chunks before it are good, and are given.
    const { bytes } = await store.get(sha, { range: { start: 0, end: 2 * CHUNK } });
    expect((await collect(bytes)).length).toBe(2 * CHUNK);
  });

  test('I6: bytes that changed under their seqs are never read as good ones', async () => {
    const { store, tenant } = await fixture();
    const good = randomBytes(3 * CHUNK);
    const sha = await put(store, good);
    const { stream, nuid } = await seqsOf(tenant, sha);
    const { bucket } = placeOf(tenant, SHARDS, sha);
    const { streams } = await jetstreamManager(link.connection);
    await streams.purge(stream, { filter: chunkSubject(bucket, nuid) });
    // The same chunks again, the middle one with one bit turned: as long as before, and under the same subject.
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(CHUNK + 5) ^ 1, CHUNK + 5);
    for (let at = 0; at < bad.length; at += CHUNK) {
      await link.request(chunkSubject(bucket, nuid), bad.subarray(at, at + CHUNK));
    }
    await expect(readObject(store, sha)).rejects.toThrow(ObjectCorruptError);
    // Without the digest of all bytes a range has its chunks' checksums.
    const reading = async (start: number, end: number) =>
      collect((await store.get(sha, { range: { start, end } })).bytes);
    await expect(reading(CHUNK, CHUNK + 10)).rejects.toThrow(/chunk 1 has another checksum/);
    expect(Buffer.from(await reading(0, 10)).equals(good.subarray(0, 10))).toBe(true);
  });

  test('a copy of a bucket, where the seqs are others, is read by its subjects', async () => {
    const { store, tenant } = await fixture();
    const bytes = randomBytes(4 * CHUNK + 1);
    const sha = await put(store, bytes);
    const { stream, seqs, nuid, metaSeq } = await seqsOf(tenant, sha);
    const { bucket, metaSubject } = placeOf(tenant, SHARDS, sha);
    const { streams } = await jetstreamManager(link.connection);
    const meta = await streams.getMessage(stream, { seq: metaSeq });
    assert(meta, 'the metadata is there');
    await streams.purge(stream, { seq: (seqs.at(-1) ?? 0) + 100 });
    for (let at = 0; at < bytes.length; at += CHUNK) {
      await link.request(chunkSubject(bucket, nuid), bytes.subarray(at, at + CHUNK));
    }
    await link.request(metaSubject, meta.data);
    expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
    const { bytes: part } = await store.get(sha, { range: { start: 2 * CHUNK + 1, end: 3 * CHUNK + 5 } });
    expect(Buffer.from(await collect(part)).equals(bytes.subarray(2 * CHUNK + 1, 3 * CHUNK + 5))).toBe(true);
  });

  test('an object that is deleted while it is read ends as absent, one that is stored anew asks for another read', async () => {
    const { store } = await fixture();
    const bytes = randomBytes(40 * CHUNK);
    const sha = await put(store, bytes);
    const readAnd = async (act: () => Promise<unknown>) => {
      let parts = 0;
      for await (const part of (await store.get(sha)).bytes) {
        parts += 1;
        if (parts === 1) await act();
        assert(part.length === CHUNK, 'whole chunks');
      }
    };
    await expect(readAnd(() => store.delete(sha))).rejects.toThrow(ObjectAbsentError);
    await put(store, bytes);
    const anew = async () => {
      await store.delete(sha);
      await put(store, bytes);
    };
    await expect(readAnd(anew)).rejects.toThrow(/stored anew/);
  });

  test('metadata that is no metadata is not intact, never absent', async () => {
    const { store, tenant } = await fixture();
    const bytes = randomBytes(10);
    const sha = shaOf(bytes);
    for (const garbage of ['', '{', '{"name":1}', JSON.stringify({ name: sha, nuid: 'n', size: -1, chunks: 0 })]) {
      await link.request(placeOf(tenant, SHARDS, sha).metaSubject, garbage);
      await expect(store.stat(sha)).rejects.toThrow(ObjectCorruptError);
      await expect(store.get(sha)).rejects.toThrow(ObjectCorruptError);
    }
    expect(await store.put(sha, 10, bytes)).toBe('stored');
    expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
  });
});

describe('room', () => {
  test('a deleted object gives its bytes back, in the stream and on the disk', async () => {
    const { store, held, anHourLater } = await fixture({ chunkBytes: 512 * 1024 });
    const before = await diskBytes(rig.storeDir);
    const shas = await Promise.all(Array.from({ length: 24 }, () => put(store, randomBytes(2 << 20))));
    expect(await diskBytes(rig.storeDir)).toBeGreaterThan(before + (48 << 20));
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
    expect(await diskBytes(rig.storeDir)).toBeLessThan(before + (20 << 20));
  });

  test('aborted and refused puts leave nothing behind', async () => {
    const { store, held } = await fixture();
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

  test('a full store is named, nothing of the object is left, and it works again when there is room', async () => {
    const { store, held } = await fixture({}, { shards: SHARDS, shardMaxBytes: 40 * CHUNK });
    const small = randomBytes(CHUNK);
    const smallSha = await put(store, small);
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
      const { store, tenant, held } = await fixture({}, { shards: SHARDS, shardMaxBytes: 64 * CHUNK });
      const shas = await Promise.all(Array.from({ length: 10 }, () => put(store, randomBytes(size))));
      await fillUp(tenant);
      const { bytes: full } = await held();
      await expect(put(store, randomBytes(10))).rejects.toThrow(StoreFullError);
      for (const sha of shas) expect(await store.delete(sha)).toBe(true);
      expect(await listed(store)).toEqual([]);
      // What is left of each is a mark.
      expect((await held()).bytes).toBeLessThan(full - shas.length * size);
      const again = await put(store, randomBytes(100));
      expect(await listed(store)).toEqual([again]);
      await readObject(store, again);
    },
  );

  test('I5: a full store does not say that it protects what it cannot touch, and does when there is room', async () => {
    const { store, tenant, held } = await fixture({ touchAfterMs: 0 }, { shards: SHARDS, shardMaxBytes: 64 * CHUNK });
    const all = Array.from({ length: 10 }, () => randomBytes(100));
    const [kept, ...others] = await Promise.all(all.map((bytes) => put(store, bytes)));
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
      const { store, tenant } = await fixture({ touchAfterMs: 0 }, { shards: SHARDS, shardMaxBytes: maxBytes });
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      const { bucket, stream } = placeOf(tenant, SHARDS, sha);
      const filler = chunkSubject(bucket, 'filler');
      const { streams } = await jetstreamManager(link.connection);
      let [visible, absent, refused] = [0, 0, 0];
      for (let round = 0; round < 60; round++) {
        // From room for a mark to room for the chunks of several puts, with the object there before or not.
        await streams.purge(stream, { filter: filler });
        if (round % 2 === 0) await store.put(sha, size, bytes);
        const room = 300 + round * 25 + (round % 5) * size;
        await publish(link, filler, Buffer.alloc(maxBytes - (await streams.info(stream)).state.bytes - room));
        const acts = Array.from({ length: 8 }, (_, lane) =>
          (round + lane) % 3 === 0
            ? store.delete(sha)
            : store.put(sha, size, sourceOf(bytes)).catch((error) => {
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

  test('what crashed puts left is swept, and neither young chunks nor objects are', async () => {
    const { store, held, tenant, anHourLater } = await fixture();
    const kept = await put(store, randomBytes(3 * CHUNK));
    const small = await put(store, randomBytes(10));
    const { messages } = await held();
    const crashed = randomBytes(20);
    const large = placeOf(tenant, SHARDS, kept);
    for (let i = 0; i < 3; i++) await link.request(chunkSubject(large.bucket, 'crashed'), randomBytes(10));
    const crashedPlace = placeOf(tenant, SHARDS, shaOf(crashed));
    await link.request(chunkSubject(crashedPlace.bucket, shaOf(crashed)), crashed);
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
    const { store, held, tenant } = await fixture();
    const { bucket } = placeOf(tenant, SHARDS, await put(store, randomBytes(10)));
    await link.request(chunkSubject(bucket, 'running'), randomBytes(10));
    const before = await held();
    const clock: Clock = { ...systemClock, now: () => Date.now() + 100 * 24 * 3_600_000 };
    const ahead = natsObjectStore(link, tenant, { shards: SHARDS, clock });
    expect(await ahead.sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS })).toEqual({ puts: 0, marks: 0, tooYoung: 1 });
    await expect(store.sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS - 1 })).rejects.toThrow(
      'orphans are swept after 1200000 ms or more, not after 1199999',
    );
    expect(await held()).toEqual(before);
  });

  test('a put after a crash takes over what the crashed one left, and stock clients see one chunk', async () => {
    const { store, stock, tenant } = await fixture();
    for (const left of [randomBytes(100), Buffer.from('half of')]) {
      const bytes = randomBytes(100);
      const sha = shaOf(bytes);
      // The whole chunk, or something else that happens to lie there.
      const { bucket } = placeOf(tenant, SHARDS, sha);
      await link.request(chunkSubject(bucket, sha), left.length === 100 ? bytes : left);
      expect(await store.put(sha, 100, sourceOf(bytes))).toBe('stored');
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      expect(Buffer.from((await (await stock(sha)).getBlob(sha)) ?? []).equals(bytes)).toBe(true);
    }
  });

  test('I5: a put of what was stored a moment ago writes nothing, and of what is older only its metadata', async () => {
    const lately = await fixture();
    const bytes = randomBytes(3 * CHUNK);
    const sha = await put(lately.store, bytes);
    const { metaSeq } = await seqsOf(lately.tenant, sha);
    await put(lately.store, bytes);
    expect((await seqsOf(lately.tenant, sha)).metaSeq).toBe(metaSeq);
    const older = natsObjectStore(link, lately.tenant, { shards: SHARDS, chunkBytes: CHUNK, touchAfterMs: 0 });
    const before = await lately.held();
    expect(await older.put(sha, bytes.length, bytes)).toBe('present');
    expect((await seqsOf(lately.tenant, sha)).metaSeq).toBe(metaSeq + 1);
    expect((await lately.held()).messages).toBe(before.messages);
  });
});

describe('puts and deletions of the same object at the same moment', () => {
  test.each([10, 3 * CHUNK])(
    'I1, I5: what is visible afterwards is whole, also for stock clients (%i bytes)',
    async (size) => {
      const { store, stock } = await fixture({ touchAfterMs: 0 });
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      let [visible, absent] = [0, 0];
      for (let round = 0; round < 40; round++) {
        const acts = Array.from({ length: 8 }, (_, lane) =>
          (round + lane) % 3 === 0 ? store.delete(sha) : store.put(sha, size, sourceOf(bytes)),
        );
        await Promise.all(acts);
        if ((await store.stat(sha)).kind === 'absent') {
          absent += 1;
          expect(await (await stock(sha)).get(sha)).toBeNull();
          continue;
        }
        visible += 1;
        expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
        expect(Buffer.from((await (await stock(sha)).getBlob(sha)) ?? []).equals(bytes)).toBe(true);
      }
      expect(visible + absent).toBe(40);
      expect(visible).toBeGreaterThan(0);
    },
  );

  test('I5: a put that says present or stored is never undone by a deletion that began before it', async () => {
    const { store } = await fixture({ touchAfterMs: 0 });
    const bytes = randomBytes(10);
    const sha = shaOf(bytes);
    for (let round = 0; round < 40; round++) {
      const before = await store.stat(sha);
      const untouchedSince = before.kind === 'present' ? before.touchedAt : 0;
      const [, deleted] = await Promise.all([store.put(sha, 10, bytes), store.delete(sha, { untouchedSince })]);
      // Whoever was first: a deletion that saw the touch kept the object; one that did not came before the put.
      if (!deleted) expect((await store.stat(sha)).kind).toBe('present');
      await store.put(sha, 10, bytes);
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
    }
  });
});

describe('a connection that goes', () => {
  test.each([10, 3 * CHUNK])(
    'I1: whichever acknowledgement of a put is lost, there is one intact object, and no more of it than that (%i bytes)',
    async (size) => {
      const { tenant, held, anHourLater } = await fixture();
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      const messages = 1 + Math.ceil(size / CHUNK);
      for (let lost = 1; lost <= messages; lost++) {
        let published = 0;
        const losing = (asker: Asker): Asker => ({
          ...asker,
          request: async (subject, payload, options) => {
            const reply = await asker.request(subject, payload, options);
            if (subject.startsWith('$O.') && ++published === lost) throw new StoreUnavailableError('hot', 'ack lost');
            return reply;
          },
        });
        const lossy: NatsLink = Object.create(link, {
          forObjects: { value: async () => losing(await link.forObjects()) },
        });
        const store = natsObjectStore(lossy, tenant, { shards: SHARDS, chunkBytes: CHUNK });
        await store.put(sha, size, sourceOf(bytes));
        expect(published).toBeGreaterThanOrEqual(lost);
        expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
        expect(await listed(store)).toEqual([sha]);
        await anHourLater().sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS });
        expect((await held()).messages).toBe(messages);
        await store.delete(sha);
      }
    },
  );

  test('a put goes on over a kill and a restart of NATS, and its first attempt is swept', async () => {
    const { store, held, anHourLater } = await fixture();
    const bytes = randomBytes(60 * CHUNK);
    let opened = 0;
    const source = async function* () {
      opened += 1;
      yield bytes.subarray(0, 30 * CHUNK);
      if (opened === 1) await rig.restart();
      yield bytes.subarray(30 * CHUNK);
    };
    expect(await store.put(shaOf(bytes), bytes.length, source)).toBe('stored');
    expect(opened).toBe(2);
    expect(Buffer.from(await readObject(store, shaOf(bytes))).equals(bytes)).toBe(true);
    await anHourLater().sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS });
    expect((await held()).messages).toBe(61);
  });

  test('a get goes on over a kill and a restart of NATS', async () => {
    const { store } = await fixture();
    const bytes = randomBytes(60 * CHUNK);
    const sha = await put(store, bytes);
    const parts: Uint8Array[] = [];
    for await (const part of (await store.get(sha)).bytes) {
      parts.push(part);
      if (parts.length === 20) await rig.restart();
    }
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  });

  test('while NATS is away everything fails by name, nothing looks absent, and a stopped wait ends', async () => {
    const { store } = await fixture();
    const sha = await put(store, randomBytes(10));
    await rig.kill();
    await expect(store.stat(sha)).rejects.toThrow(StoreUnavailableError);
    await expect(store.get(sha)).rejects.toThrow(StoreUnavailableError);
    await expect(store.put(shaOf('x'), 1, Buffer.from('x'))).rejects.toThrow(StoreUnavailableError);
    await expect(store.delete(sha)).rejects.toThrow(StoreUnavailableError);
    await expect(listed(store)).rejects.toThrow(StoreUnavailableError);
    await rig.restart();
    await link.untilConnected();
    expect((await store.stat(sha)).kind).toBe('present');
  });

  test('a put whose signal is aborted while NATS is away ends with the reason', async () => {
    const { store } = await fixture();
    const bytes = randomBytes(30 * CHUNK);
    const stop = new AbortController();
    const source = async function* () {
      yield bytes.subarray(0, 20 * CHUNK);
      await rig.kill();
      link.onStatus((status) => status.kind === 'away' && stop.abort(new Error('given up')));
      yield bytes.subarray(20 * CHUNK);
    };
    await expect(store.put(shaOf(bytes), bytes.length, source, { signal: stop.signal })).rejects.toThrow('given up');
    await rig.restart();
    await link.untilConnected();
    expect(await store.stat(shaOf(bytes))).toEqual({ kind: 'absent' });
  });

  test('a tenant that is not there is not available, never empty', async () => {
    const store = natsObjectStore(link, rig.freshTenant(), { shards: 1 });
    await expect(store.stat(shaOf('x'))).rejects.toThrow(StoreUnavailableError);
    await expect(store.get(shaOf('x'))).rejects.toThrow(StoreUnavailableError);
    await expect(listed(store)).rejects.toThrow(StoreUnavailableError);
  });
});

async function diskBytes(directory: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    // The server writes and removes files while this looks.
    const found = entry.isFile() ? await stat(join(entry.parentPath, entry.name)).catch(() => undefined) : undefined;
    total += found?.size ?? 0;
  }
  return total;
}
