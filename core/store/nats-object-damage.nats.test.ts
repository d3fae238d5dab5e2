// I6: what is damaged, missing or replaced in the hot tier is said by name, and never read as if it were good.
import { randomBytes } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import { expect, test } from 'vitest';
import { assert } from '../model/assert.ts';
import { shaOf } from '../model/ids.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { CHUNK, objectFixture } from './nats-object-fixture.ts';
import { chunkSubject } from './nats-object-names.ts';
import { putBytes } from './object-store.contract.ts';
import { collect, readObject } from './object-store.ts';
import { ObjectAbsentError, ObjectCorruptError } from './store-errors.ts';

await onEachNatsServer((nats) => {
  test('I6: a missing chunk is named, in a whole read and in a range', async () => {
    const { store, seqsOf } = await objectFixture(nats);
    const sha = await putBytes(store, randomBytes(5 * CHUNK));
    const { stream, seqs } = await seqsOf(sha);
    await (await jetstreamManager(nats.link.connection)).streams.deleteMessage(stream, seqs[3] ?? 0);
    await expect(readObject(store, sha)).rejects.toThrow(ObjectCorruptError);
    await expect(readObject(store, sha)).rejects.toThrow(/chunk 4 of 5 is missing/);
    const range = { start: 3 * CHUNK, end: 4 * CHUNK };
    const reading = async () => collect((await store.get(sha, { range })).bytes);
    await expect(reading()).rejects.toThrow(ObjectCorruptError);
    // The chunks before it are good, and are given.
    const { bytes } = await store.get(sha, { range: { start: 0, end: 2 * CHUNK } });
    expect((await collect(bytes)).length).toBe(2 * CHUNK);
  });

  test('I6: a read that its reader verifies gives the bytes, and still names a chunk that is missing or damaged', async () => {
    const { store, placeOf, seqsOf } = await objectFixture(nats);
    const good = randomBytes(5 * CHUNK);
    const sha = await putBytes(store, good);
    const unverified = async () => Buffer.from(await collect((await store.get(sha, { unverified: true })).bytes));
    expect((await unverified()).equals(good)).toBe(true);
    const { stream, seqs, nuid } = await seqsOf(sha);
    const { streams } = await jetstreamManager(nats.link.connection);
    await streams.deleteMessage(stream, seqs[3] ?? 0);
    await expect(unverified()).rejects.toThrow(/chunk 4|chunk 3/);
    await streams.purge(stream, { filter: chunkSubject(placeOf(sha).bucket, nuid) });
    for (let i = 0; i < 5; i++) await nats.link.request(chunkSubject(placeOf(sha).bucket, nuid), randomBytes(CHUNK));
    await expect(unverified()).rejects.toThrow(/another checksum/);
  });

  test('I6: bytes that changed under their seqs are never read as good ones', async () => {
    const { store, placeOf, seqsOf } = await objectFixture(nats);
    const good = randomBytes(3 * CHUNK);
    const sha = await putBytes(store, good);
    const { stream, nuid } = await seqsOf(sha);
    const { bucket } = placeOf(sha);
    const { streams } = await jetstreamManager(nats.link.connection);
    await streams.purge(stream, { filter: chunkSubject(bucket, nuid) });
    // The same chunks again, the middle one with one bit turned: as long as before, and under the same subject.
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(CHUNK + 5) ^ 1, CHUNK + 5);
    for (let at = 0; at < bad.length; at += CHUNK) {
      await nats.link.request(chunkSubject(bucket, nuid), bad.subarray(at, at + CHUNK));
    }
    await expect(readObject(store, sha)).rejects.toThrow(ObjectCorruptError);
    // Without the digest of all bytes a range has its chunks' checksums.
    const reading = async (start: number, end: number) =>
      collect((await store.get(sha, { range: { start, end } })).bytes);
    await expect(reading(CHUNK, CHUNK + 10)).rejects.toThrow(/chunk 1 has another checksum/);
    expect(Buffer.from(await reading(0, 10)).equals(good.subarray(0, 10))).toBe(true);
  });

  test.each([10, CHUNK])(
    'I6: an object of one chunk whose chunk is another, cut off or gone is not intact, whole or in part (%i bytes)',
    async (size) => {
      const { store, placeOf } = await objectFixture(nats);
      const good = randomBytes(size);
      const sha = await putBytes(store, good);
      const { bucket, stream } = placeOf(sha);
      const chunk = chunkSubject(bucket, sha);
      const { streams } = await jetstreamManager(nats.link.connection);
      for (const bad of [randomBytes(size), good.subarray(0, size - 1), undefined]) {
        await streams.purge(stream, { filter: chunk });
        if (bad) await nats.link.request(chunk, bad);
        await expect(readObject(store, sha)).rejects.toThrow(ObjectCorruptError);
        const part = async () => collect((await store.get(sha, { range: { start: 1, end: size } })).bytes);
        await expect(part()).rejects.toThrow(ObjectCorruptError);
      }
      await nats.link.request(chunk, good);
      expect(Buffer.from(await readObject(store, sha)).equals(good)).toBe(true);
    },
  );

  test('I6: a larger object that is cut off in its last chunk is not intact, nor is a range of its end', async () => {
    const { store, placeOf, seqsOf } = await objectFixture(nats);
    const good = randomBytes(3 * CHUNK);
    const sha = await putBytes(store, good);
    const { stream, nuid, seqs } = await seqsOf(sha);
    const { streams } = await jetstreamManager(nats.link.connection);
    await streams.deleteMessage(stream, seqs[2] ?? 0);
    await nats.link.request(chunkSubject(placeOf(sha).bucket, nuid), good.subarray(2 * CHUNK, 3 * CHUNK - 1));
    await expect(readObject(store, sha)).rejects.toThrow(ObjectCorruptError);
    const part = async () => collect((await store.get(sha, { range: { start: 2 * CHUNK, end: 3 * CHUNK } })).bytes);
    await expect(part()).rejects.toThrow(ObjectCorruptError);
  });

  test('a copy of a bucket, where the seqs are others, is read by its subjects', async () => {
    const { store, placeOf, seqsOf } = await objectFixture(nats);
    const bytes = randomBytes(4 * CHUNK + 1);
    const sha = await putBytes(store, bytes);
    const { stream, seqs, nuid, metaSeq } = await seqsOf(sha);
    const { bucket, metaSubject } = placeOf(sha);
    const { streams } = await jetstreamManager(nats.link.connection);
    const meta = await streams.getMessage(stream, { seq: metaSeq });
    assert(meta, 'the metadata is there');
    await streams.purge(stream, { seq: (seqs.at(-1) ?? 0) + 100 });
    for (let at = 0; at < bytes.length; at += CHUNK) {
      await nats.link.request(chunkSubject(bucket, nuid), bytes.subarray(at, at + CHUNK));
    }
    await nats.link.request(metaSubject, meta.data);
    expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
    const { bytes: part } = await store.get(sha, { range: { start: 2 * CHUNK + 1, end: 3 * CHUNK + 5 } });
    expect(Buffer.from(await collect(part)).equals(bytes.subarray(2 * CHUNK + 1, 3 * CHUNK + 5))).toBe(true);
  });

  test('an object that is deleted while it is read ends as absent, one that is stored anew asks for another read', async () => {
    const { store } = await objectFixture(nats);
    const bytes = randomBytes(40 * CHUNK);
    const sha = await putBytes(store, bytes);
    const readAnd = async (act: () => Promise<unknown>) => {
      let parts = 0;
      for await (const part of (await store.get(sha)).bytes) {
        parts += 1;
        if (parts === 1) await act();
        assert(part.length === CHUNK, 'whole chunks');
      }
    };
    await expect(readAnd(() => store.delete(sha))).rejects.toThrow(ObjectAbsentError);
    await putBytes(store, bytes);
    const anew = async () => {
      await store.delete(sha);
      await putBytes(store, bytes);
    };
    await expect(readAnd(anew)).rejects.toThrow(/stored anew/);
  });

  test('metadata that is no metadata is not intact, never absent', async () => {
    const { store, placeOf } = await objectFixture(nats);
    const bytes = randomBytes(10);
    const sha = shaOf(bytes);
    for (const garbage of ['', '{', '{"name":1}', JSON.stringify({ name: sha, nuid: 'n', size: -1, chunks: 0 })]) {
      await nats.link.request(placeOf(sha).metaSubject, garbage);
      await expect(store.stat(sha)).rejects.toThrow(ObjectCorruptError);
      await expect(store.get(sha)).rejects.toThrow(ObjectCorruptError);
    }
    expect(await store.put(sha, 10, bytes)).toBe('stored');
    expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
  });
});
