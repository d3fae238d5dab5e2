// What a put, a get and a range cost, counted at the connection: questions, chunks and bytes. Speed follows from these, and
// is measured in bench/hot.ts.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { assert } from '../model/assert.ts';
import { type Sha, shaOf } from '../model/ids.ts';
import { type NatsInUse, onEachNatsServer } from '../testing/use-nats.ts';
import { chunksAsked, watchedLink } from '../testing/watched-link.ts';
import type { Asker } from './nats-connect.ts';
import { hasBatchGet } from './nats-direct-get.ts';
import { CHUNK, objectFixture, SHARDS, stockSource } from './nats-object-fixture.ts';
import { shardsOf } from './nats-object-names.ts';
import { type NatsObjectStoreOptions, natsObjectStore } from './nats-object-store.ts';
import { listed, putBytes, sourceOf } from './object-store.contract.ts';
import { collect, type ObjectStore, readObject } from './object-store.ts';

interface Cost {
  questions: number;
  /** chunks that the questions ask for */
  chunks: number;
  /** payload of the answers */
  receivedBytes: number;
}

/** A store on the fixture's objects, and how to learn what something costs on it. */
async function countedFixture(nats: NatsInUse, options: Partial<NatsObjectStoreOptions> = {}) {
  const fixture = await objectFixture(nats);
  const cost: Cost = { questions: 0, chunks: 0, receivedBytes: 0 };
  const asks = (subject: string, payload: Uint8Array | string | undefined) => {
    cost.questions += 1;
    cost.chunks += chunksAsked(subject, payload);
  };
  const counting = (asker: Asker): Asker => ({
    request: async (subject, payload, options) => {
      asks(subject, payload);
      const reply = await asker.request(subject, payload, options);
      cost.receivedBytes += reply.data.length;
      return reply;
    },
    collect: (subject, payload, onReply) => {
      asks(subject, payload);
      return asker.collect(subject, payload, (reply) => {
        cost.receivedBytes += reply.data.length;
        return onReply(reply);
      });
    },
  });
  const store = natsObjectStore(watchedLink(nats.link, counting), fixture.tenant, {
    shards: SHARDS,
    chunkBytes: CHUNK,
    ...options,
  });
  return {
    ...fixture,
    store,
    costOf: async (act: (store: ObjectStore) => Promise<unknown>): Promise<Cost> => {
      Object.assign(cost, { questions: 0, chunks: 0, receivedBytes: 0 });
      await act(store);
      return { ...cost };
    },
  };
}

await onEachNatsServer((nats) => {
  test('a put costs its chunks and its metadata, and a look-up before them where it is not small and at hand', async () => {
    const costs = [
      { chunkBytes: CHUNK, size: 10, questions: 2 },
      { chunkBytes: CHUNK, size: CHUNK, questions: 2 },
      { chunkBytes: CHUNK, size: 5 * CHUNK + 1, questions: 8 },
      { chunkBytes: 512 * 1024, size: 200 * 1024, questions: 3 },
    ];
    for (const { chunkBytes, size, questions } of costs) {
      const { costOf } = await countedFixture(nats, { chunkBytes });
      const bytes = randomBytes(size);
      expect(await costOf((store) => store.put(shaOf(bytes), size, bytes))).toMatchObject({ questions });
      const other = randomBytes(size);
      const fromSource = await costOf((store) => store.put(shaOf(other), size, sourceOf(other)));
      expect(fromSource).toMatchObject({ questions: Math.max(3, questions) });
    }
  });

  test('I5: a put of what is there costs a look-up when it was stored a moment ago, and a touch more when it is older', async () => {
    const lately = await countedFixture(nats);
    for (const [size, questions] of [
      [10, 2],
      [3 * CHUNK, 1],
    ] as const) {
      const bytes = randomBytes(size);
      const sha = await putBytes(lately.store, bytes);
      const { metaSeq } = await lately.seqsOf(sha);
      const { messages } = await lately.held();
      const again = async (store: ObjectStore) => expect(await store.put(sha, size, bytes)).toBe('present');
      expect((await lately.costOf(again)).questions).toBe(questions);
      expect((await lately.seqsOf(sha)).metaSeq).toBe(metaSeq);
      const older = natsObjectStore(nats.link, lately.tenant, { shards: SHARDS, chunkBytes: CHUNK, touchAfterMs: 0 });
      await again(older);
      // Its metadata anew, and no chunk.
      expect((await lately.seqsOf(sha)).metaSeq).toBe(metaSeq + 1);
      expect((await lately.held()).messages).toBe(messages);
    }
    const touching = await countedFixture(nats, { touchAfterMs: 0 });
    const bytes = randomBytes(3 * CHUNK);
    await putBytes(touching.store, bytes);
    expect((await touching.costOf((store) => store.put(shaOf(bytes), bytes.length, bytes))).questions).toBe(2);
  });

  test('an object of one chunk is read by one question, a larger one by one for eight chunks where the server can', async () => {
    const { store, costOf } = await countedFixture(nats);
    const small = await putBytes(store, randomBytes(CHUNK));
    expect(await costOf(() => readObject(store, small))).toEqual({ questions: 1, chunks: 0, receivedBytes: CHUNK });
    const large = await putBytes(store, randomBytes(40 * CHUNK));
    const { questions, chunks } = await costOf(() => readObject(store, large));
    // Is it one chunk, what is its metadata, and the chunks.
    expect(questions).toBe(2 + (hasBatchGet(nats.link) ? 5 : 40));
    expect(chunks).toBe(40);
  });

  test('a range asks for the chunks that it lies in and receives no other', async () => {
    const { store, costOf } = await countedFixture(nats);
    const bytes = randomBytes(40 * CHUNK + 1);
    const sha = await putBytes(store, bytes);
    const META_BYTES = 2 * 1024;
    const ranges = [
      [0, 1, 1],
      [CHUNK - 1, CHUNK + 1, 2],
      [17 * CHUNK, 18 * CHUNK, 1],
      [17 * CHUNK + 5, 28 * CHUNK + 5, 12],
      [40 * CHUNK, 50 * CHUNK, 1],
      [7, 7, 0],
      [50 * CHUNK, 60 * CHUNK, 0],
    ] as const;
    for (const [start, end, chunks] of ranges) {
      const cost = await costOf(async () => {
        const { bytes: part } = await store.get(sha, { range: { start, end } });
        expect(Buffer.from(await collect(part)).equals(bytes.subarray(start, end))).toBe(true);
      });
      expect(cost.chunks, `${start} to ${end}`).toBe(chunks);
      expect(cost.receivedBytes).toBeLessThanOrEqual(chunks * CHUNK + META_BYTES);
    }
  });

  test('parts that are chunks already are stored as what other parts of the same bytes are', async () => {
    const { store, stock, seqsOf } = await objectFixture(nats);
    const bytes = randomBytes(5 * CHUNK + 1);
    const sha = shaOf(bytes);
    for (const part of [CHUNK, 1_000, 3 * CHUNK]) {
      await store.delete(sha);
      const source = async function* () {
        for (let at = 0; at < bytes.length; at += part) yield bytes.subarray(at, at + part);
      };
      expect(await store.put(sha, bytes.length, source)).toBe('stored');
      expect((await seqsOf(sha)).seqs).toHaveLength(6);
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      expect(Buffer.from((await (await stock(sha)).getBlob(sha)) ?? []).equals(bytes)).toBe(true);
    }
  });

  test('stat reads the metadata alone', async () => {
    const { store, costOf } = await countedFixture(nats);
    const sha = await putBytes(store, randomBytes(40 * CHUNK));
    expect(await costOf(() => store.stat(sha))).toMatchObject({ chunks: 0 });
  });

  test('200 gets at once of objects of any writer make no consumer, of which a server takes only so many', async () => {
    const { store, stock, tenant } = await objectFixture(nats);
    const objects = new Map<Sha, Buffer>();
    for (const size of [10, CHUNK, 3 * CHUNK, 300_000]) {
      const [ours, theirs] = [randomBytes(size), randomBytes(size)];
      objects.set(await putBytes(store, ours), ours);
      await (await stock(shaOf(theirs))).put({ name: shaOf(theirs) }, stockSource(theirs));
      objects.set(shaOf(theirs), theirs);
    }
    const streams = shardsOf(tenant, SHARDS).map(({ stream }) => stream);
    const made: string[] = [];
    const listing = new Promise<void>((resolve) => {
      nats.link.connection.subscribe('$JS.EVENT.ADVISORY.CONSUMER.CREATED.*.*', {
        callback: (_, { subject }) => {
          const stream = subject.split('.').at(-2) ?? '';
          if (streams.includes(stream)) made.push(stream);
          if (stream === streams.at(-1)) resolve();
        },
      });
    });
    await nats.link.connection.flush();
    const all = [...objects];
    const reads = Array.from({ length: 200 }, async (_, i) => {
      const [sha, bytes] = all[i % all.length] ?? [];
      assert(sha && bytes, 'there are some');
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
    });
    await Promise.all(reads);
    // A list makes one for each bucket, and by that shows that the server would have told of others.
    expect(await listed(store)).toEqual([...objects.keys()].sort());
    await listing;
    expect(made).toEqual(streams);
  });
});
