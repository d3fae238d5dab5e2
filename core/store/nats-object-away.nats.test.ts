// A connection that goes in the middle of a transfer: what can go on goes on, and the rest fails by name.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { watchedLink } from '../testing/watched-link.ts';
import { type Asker, connectNats } from './nats-connect.ts';
import { CHUNK, objectFixture, SHARDS } from './nats-object-fixture.ts';
import { natsObjectStore } from './nats-object-store.ts';
import { SWEEP_AFTER_MS } from './nats-object-sweep.ts';
import { listed, putBytes, sourceOf } from './object-store.contract.ts';
import { readObject } from './object-store.ts';
import { StoreUnavailableError } from './store-errors.ts';

await onEachNatsServer((nats) => {
  test.each([10, 3 * CHUNK])(
    'I1: whichever acknowledgement of a put is lost, there is one intact object, and no more of it than that (%i bytes)',
    async (size) => {
      const { tenant, held, anHourLater } = await objectFixture(nats);
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
        const store = natsObjectStore(watchedLink(nats.link, losing), tenant, { shards: SHARDS, chunkBytes: CHUNK });
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
    const { store, held, anHourLater } = await objectFixture(nats);
    const bytes = randomBytes(60 * CHUNK);
    let opened = 0;
    const source = async function* () {
      opened += 1;
      yield bytes.subarray(0, 30 * CHUNK);
      if (opened === 1) await nats.rig.restart();
      yield bytes.subarray(30 * CHUNK);
    };
    expect(await store.put(shaOf(bytes), bytes.length, source)).toBe('stored');
    expect(opened).toBe(2);
    expect(Buffer.from(await readObject(store, shaOf(bytes))).equals(bytes)).toBe(true);
    await anHourLater().sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS });
    expect((await held()).messages).toBe(61);
  });

  test('a get goes on over a kill and a restart of NATS', async () => {
    const { store } = await objectFixture(nats);
    const bytes = randomBytes(60 * CHUNK);
    const sha = await putBytes(store, bytes);
    const parts: Uint8Array[] = [];
    for await (const part of (await store.get(sha)).bytes) {
      parts.push(part);
      if (parts.length === 20) await nats.rig.restart();
    }
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  });

  test('while NATS is away everything fails by name, nothing looks absent, and a stopped wait ends', async () => {
    const { store } = await objectFixture(nats);
    const sha = await putBytes(store, randomBytes(10));
    await nats.rig.kill();
    await expect(store.stat(sha)).rejects.toThrow(StoreUnavailableError);
    await expect(store.get(sha)).rejects.toThrow(StoreUnavailableError);
    await expect(store.put(shaOf('x'), 1, Buffer.from('x'))).rejects.toThrow(StoreUnavailableError);
    await expect(store.delete(sha)).rejects.toThrow(StoreUnavailableError);
    await expect(listed(store)).rejects.toThrow(StoreUnavailableError);
    await nats.rig.restart();
    await nats.link.untilConnected();
    expect((await store.stat(sha)).kind).toBe('present');
  });

  test('a put whose signal is aborted while NATS is away ends with the reason', async () => {
    const { store } = await objectFixture(nats);
    const bytes = randomBytes(30 * CHUNK);
    const stop = new AbortController();
    const source = async function* () {
      yield bytes.subarray(0, 20 * CHUNK);
      await nats.rig.kill();
      nats.link.onStatus((status) => status.kind === 'away' && stop.abort(new Error('given up')));
      yield bytes.subarray(20 * CHUNK);
    };
    await expect(store.put(shaOf(bytes), bytes.length, source, { signal: stop.signal })).rejects.toThrow('given up');
    await nats.rig.restart();
    await nats.link.untilConnected();
    expect(await store.stat(shaOf(bytes))).toEqual({ kind: 'absent' });
  });

  test('where the connection does not come back, what is in the middle fails by name, and what is left of it is swept', async () => {
    const { store, tenant, held, anHourLater } = await objectFixture(nats);
    const there = randomBytes(60 * CHUNK);
    const sha = await putBytes(store, there);
    const other = () => connectNats({ servers: nats.rig.url, name: 'goes', log: silentLog });

    const [reader, writer] = await Promise.all([other(), other()]);
    const reading = async () => {
      const { bytes } = await natsObjectStore(reader, tenant, { shards: SHARDS }).get(sha);
      for await (const part of bytes) if (part.length > 0) await reader.close();
    };
    await expect(reading()).rejects.toThrow(StoreUnavailableError);

    const bytes = randomBytes(60 * CHUNK);
    const source = async function* () {
      yield bytes.subarray(0, 30 * CHUNK);
      await writer.close();
      yield bytes.subarray(30 * CHUNK);
    };
    const writing = natsObjectStore(writer, tenant, { shards: SHARDS, chunkBytes: CHUNK });
    await expect(writing.put(shaOf(bytes), bytes.length, source)).rejects.toThrow(StoreUnavailableError);
    expect(await store.stat(shaOf(bytes))).toEqual({ kind: 'absent' });
    expect(await listed(store)).toEqual([sha]);
    expect((await held()).messages).toBeGreaterThan(61);
    const swept = await anHourLater().sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS });
    expect(swept).toEqual({ puts: 1, marks: 0, tooYoung: 0 });
    expect((await held()).messages).toBe(61);
    expect(Buffer.from(await readObject(store, sha)).equals(there)).toBe(true);
  });
});
