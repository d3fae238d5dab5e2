// The hot tier speaks the Object Store protocol: stock clients read, list and delete what is stored here, and the other way
// round.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { CHUNK, objectFixture, stockSource } from './nats-object-fixture.ts';
import { SWEEP_AFTER_MS } from './nats-object-sweep.ts';
import { listed, putBytes } from './object-store.contract.ts';
import { collect, readObject } from './object-store.ts';
import { ObjectCorruptError } from './store-errors.ts';

await onEachNatsServer((nats) => {
  test('a stock client reads what is stored here, whatever its size, and its own check of the digest passes', async () => {
    const { store, stock } = await objectFixture(nats);
    for (const size of [0, 1, CHUNK, 5 * CHUNK + 3]) {
      const bytes = randomBytes(size);
      const sha = await putBytes(store, bytes);
      const theirs = await stock(sha);
      expect(Buffer.from((await theirs.getBlob(sha)) ?? []).equals(bytes)).toBe(true);
      const info = await theirs.info(sha);
      expect(info).toMatchObject({ name: sha, size, chunks: Math.ceil(size / CHUNK), deleted: false });
      expect((await theirs.list()).map(({ name }) => name)).toContain(sha);
    }
  });

  test('what a stock client stored under a sha is read here, whole and in ranges, and is listed', async () => {
    const { store, stock } = await objectFixture(nats);
    for (const size of [0, 1, 128 * 1024, 300_000]) {
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      await (await stock(sha)).put({ name: sha }, stockSource(bytes));
      expect(await store.stat(sha)).toMatchObject({ kind: 'present', sizeBytes: size });
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      const { bytes: part } = await store.get(sha, { range: { start: size / 3, end: size - 1 } });
      expect(Buffer.from(await collect(part)).equals(bytes.subarray(size / 3, Math.max(0, size - 1)))).toBe(true);
      expect(await listed(store)).toContain(sha);
      expect(await store.put(sha, size, bytes)).toBe('present');
    }
  });

  test('a delete on either side is a delete on the other', async () => {
    const { store, stock } = await objectFixture(nats);
    const bytes = randomBytes(3 * CHUNK);
    const sha = await putBytes(store, bytes);
    await (await stock(sha)).delete(sha);
    expect(await store.stat(sha)).toEqual({ kind: 'absent' });
    expect(await listed(store)).toEqual([]);
    expect(await putBytes(store, bytes)).toBe(sha);
    expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
    await store.delete(sha);
    expect(await (await stock(sha)).get(sha)).toBeNull();
    await (await stock(sha)).put({ name: sha }, stockSource(bytes));
    await store.delete(sha);
    expect(await (await stock(sha)).get(sha)).toBeNull();
  });

  test('what others keep in the bucket under names that are no sha is left alone', async () => {
    const { store, stock, anHourLater } = await objectFixture(nats);
    const bytes = randomBytes(10);
    const sha = await putBytes(store, bytes);
    await (await stock(sha)).put({ name: 'notes.txt' }, stockSource(Buffer.from('theirs')));
    expect(await listed(store)).toEqual([sha]);
    await anHourLater().sweepOrphanChunks({ olderThanMs: SWEEP_AFTER_MS });
    expect(Buffer.from((await (await stock(sha)).getBlob('notes.txt')) ?? []).toString()).toBe('theirs');
  });

  test('I6: an object whose stock-written name does not fit its bytes is not intact, and a put heals it', async () => {
    const { store, stock } = await objectFixture(nats);
    const bytes = randomBytes(1000);
    const sha = shaOf(bytes);
    await (await stock(sha)).put({ name: sha }, stockSource(randomBytes(1000)));
    await expect(store.get(sha)).rejects.toThrow(ObjectCorruptError);
    expect(await store.put(sha, 1000, bytes)).toBe('stored');
    expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
  });
});
