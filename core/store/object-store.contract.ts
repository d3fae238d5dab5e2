// What every ObjectStore does, as tests. The in-memory one and NATS pass the same suite.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assert } from '../model/assert.ts';
import { fakeSha, type Sha, shaOf } from '../model/ids.ts';
import { type ByteSource, collect, type ObjectStore, readObject } from './object-store.ts';
import { ObjectAbsentError, ObjectCorruptError } from './store-errors.ts';

export interface ObjectStoreUnderTest {
  readonly store: ObjectStore;
  /** so that an object of a few times this size has several chunks, and its last one is not full */
  readonly chunkBytes: number;
}

/** A source that gives `bytes` in parts of `partBytes`, and counts how often it was opened. */
export function sourceOf(bytes: Uint8Array, partBytes = 1000): ByteSource & { opened: () => number } {
  let opened = 0;
  const source = async function* () {
    opened += 1;
    for (let at = 0; at < bytes.length; at += partBytes) yield bytes.subarray(at, at + partBytes);
  };
  return Object.assign(source, { opened: () => opened });
}

export async function listed(store: ObjectStore): Promise<Sha[]> {
  const found: Sha[] = [];
  for await (const { sha } of store.list()) found.push(sha);
  return found.sort();
}

export async function putBytes(store: ObjectStore, bytes: Uint8Array): Promise<Sha> {
  const sha = shaOf(bytes);
  await store.put(sha, bytes.length, bytes);
  return sha;
}

async function readRange(store: ObjectStore, sha: Sha, start: number, end: number): Promise<Buffer> {
  return Buffer.from(await collect((await store.get(sha, { range: { start, end } })).bytes));
}

async function touchedAt(store: ObjectStore, sha: Sha): Promise<number> {
  const found = await store.stat(sha);
  assert(found.kind === 'present', 'the object is there');
  return found.touchedAt;
}

/** Ends when the store's own clock, whatever that is, stamps what is put now later than `at`. */
async function untilLaterThan(store: ObjectStore, at: number): Promise<void> {
  while ((await touchedAt(store, await putBytes(store, randomBytes(20)))) <= at);
}

/** @param fresh  a store with nothing in it, for each test; it touches on every put of what is there already */
export function objectStoreContract(name: string, fresh: () => Promise<ObjectStoreUnderTest>): void {
  describe(`ObjectStore: ${name}`, () => {
    test('what was never put is absent: stat says so, get throws before any byte', async () => {
      const { store } = await fresh();
      const sha = fakeSha();
      expect(await store.stat(sha)).toEqual({ kind: 'absent' });
      await expect(store.get(sha)).rejects.toThrow(ObjectAbsentError);
      expect(await listed(store)).toEqual([]);
    });

    test('objects of all sizes around the chunk come back whole, from bytes and from a source', async () => {
      const { store, chunkBytes } = await fresh();
      for (const size of [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes, 10 * chunkBytes + 7]) {
        const [one, two] = [randomBytes(size), randomBytes(size)];
        expect(await store.put(shaOf(one), size, one)).toBe('stored');
        expect(Buffer.from(await readObject(store, shaOf(one))).equals(one)).toBe(true);
        if (size === 0) continue;
        const source = sourceOf(two);
        expect(await store.put(shaOf(two), size, source)).toBe('stored');
        expect(source.opened()).toBe(1);
        const reader = await store.get(shaOf(two));
        expect(reader.sizeBytes).toBe(size);
        expect(Buffer.from(await collect(reader.bytes)).equals(two)).toBe(true);
      }
    });

    test('a put of what is there says present, reads no byte of it, and protects it (I5)', async () => {
      const { store } = await fresh();
      const bytes = randomBytes(100);
      const sha = await putBytes(store, bytes);
      const before = await touchedAt(store, sha);
      await untilLaterThan(store, before);
      const source = sourceOf(bytes);
      expect(await store.put(sha, 100, source)).toBe('present');
      expect(source.opened()).toBe(0);
      expect(await touchedAt(store, sha)).toBeGreaterThan(before);
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
    });

    test('I5: a delete of what was not touched since does nothing when a put has touched it', async () => {
      const { store } = await fresh();
      const bytes = randomBytes(100);
      const sha = await putBytes(store, bytes);
      const untouchedSince = await touchedAt(store, sha);
      await untilLaterThan(store, untouchedSince);
      expect(await store.put(sha, 100, bytes)).toBe('present');
      expect(await store.delete(sha, { untouchedSince })).toBe(false);
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      expect(await store.delete(sha, { untouchedSince: await touchedAt(store, sha) })).toBe(true);
      expect((await store.stat(sha)).kind).toBe('absent');
    });

    test('stat tells the size', async () => {
      const { store } = await fresh();
      const sha = await putBytes(store, randomBytes(4321));
      expect(await store.stat(sha)).toMatchObject({ kind: 'present', sizeBytes: 4321 });
    });

    test('I6: bytes that are not those of the sha are refused, and nothing is there', async () => {
      const { store, chunkBytes } = await fresh();
      for (const size of [10, 3 * chunkBytes]) {
        const wrong = randomBytes(size);
        const sha = fakeSha();
        await expect(store.put(sha, size, wrong)).rejects.toThrow(ObjectCorruptError);
        await expect(store.put(sha, size, sourceOf(wrong))).rejects.toThrow(ObjectCorruptError);
        expect(await store.stat(sha)).toEqual({ kind: 'absent' });
      }
      expect(await listed(store)).toEqual([]);
    });

    test('I6: a body that is shorter or longer than announced is refused, and nothing is there', async () => {
      const { store, chunkBytes } = await fresh();
      for (const size of [10, 3 * chunkBytes]) {
        const bytes = randomBytes(size);
        for (const announced of [size - 1, size + 1, 0]) {
          await expect(store.put(shaOf(bytes), announced, sourceOf(bytes))).rejects.toThrow(ObjectCorruptError);
        }
      }
      expect(await listed(store)).toEqual([]);
    });

    test('a source that fails in the middle fails the put with its own error, and nothing is there', async () => {
      const { store, chunkBytes } = await fresh();
      const bytes = randomBytes(4 * chunkBytes);
      const source = async function* () {
        yield bytes.subarray(0, 2 * chunkBytes);
        throw new RangeError('the disk cannot be read');
      };
      await expect(store.put(shaOf(bytes), bytes.length, source)).rejects.toThrow(RangeError);
      expect(await store.stat(shaOf(bytes))).toEqual({ kind: 'absent' });
      await store.put(shaOf(bytes), bytes.length, bytes);
      expect(Buffer.from(await readObject(store, shaOf(bytes))).equals(bytes)).toBe(true);
    });

    test('a put that is aborted in the middle fails with the reason, and nothing is there', async () => {
      const { store, chunkBytes } = await fresh();
      const bytes = randomBytes(4 * chunkBytes);
      const stop = new AbortController();
      const source = async function* () {
        yield bytes.subarray(0, 2 * chunkBytes);
        stop.abort(new Error('not wanted any more'));
        yield bytes.subarray(2 * chunkBytes);
      };
      const put = store.put(shaOf(bytes), bytes.length, source, { signal: stop.signal });
      await expect(put).rejects.toThrow('not wanted any more');
      expect(await store.stat(shaOf(bytes))).toEqual({ kind: 'absent' });
    });

    test('a put whose body ends early because of the abort fails with the reason, not as a broken body', async () => {
      const { store, chunkBytes } = await fresh();
      for (const size of [20, 4 * chunkBytes]) {
        const bytes = randomBytes(size);
        const stop = new AbortController();
        const source = async function* () {
          yield bytes.subarray(0, size / 2);
          stop.abort(new Error('not wanted any more'));
        };
        const put = store.put(shaOf(bytes), size, source, { signal: stop.signal });
        await expect(put).rejects.toThrow('not wanted any more');
        expect(await store.stat(shaOf(bytes))).toEqual({ kind: 'absent' });
      }
    });

    test('an aborted signal stops a put and a get before they begin', async () => {
      const { store } = await fresh();
      const sha = await putBytes(store, randomBytes(10));
      const signal = AbortSignal.abort(new Error('no'));
      await expect(store.put(fakeSha(), 10, randomBytes(10), { signal })).rejects.toThrow('no');
      await expect(store.get(sha, { signal })).rejects.toThrow('no');
    });

    test('a get that is aborted in the middle fails with the reason', async () => {
      const { store, chunkBytes } = await fresh();
      const sha = await putBytes(store, randomBytes(20 * chunkBytes));
      const stop = new AbortController();
      const { bytes } = await store.get(sha, { signal: stop.signal });
      const reading = async () => {
        for await (const part of bytes) if (part.length > 0) stop.abort(new Error('enough'));
      };
      await expect(reading()).rejects.toThrow('enough');
    });

    test('a reader that stops early leaves the store in order', async () => {
      const { store, chunkBytes } = await fresh();
      const bytes = randomBytes(20 * chunkBytes);
      const sha = await putBytes(store, bytes);
      for await (const part of (await store.get(sha)).bytes) if (part.length > 0) break;
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
    });

    test('any range of any object is the slice of its bytes', async () => {
      const { store, chunkBytes } = await fresh();
      const objects = await Promise.all(
        [0, 1, chunkBytes, 2 * chunkBytes, 5 * chunkBytes + 3].map(async (size) => {
          const bytes = randomBytes(size);
          return { bytes, sha: await putBytes(store, bytes) };
        }),
      );
      const edges = [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes, 5 * chunkBytes + 3];
      const edge = fc.oneof(fc.constantFrom(...edges), fc.nat(7 * chunkBytes));
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...objects), edge, edge, async ({ bytes, sha }, a, b) => {
          const [start, end] = [Math.min(a, b), Math.max(a, b)];
          expect((await readRange(store, sha, start, end)).equals(bytes.subarray(start, end))).toBe(true);
        }),
        { numRuns: 60 },
      );
    });

    test('a range says the size of the whole object', async () => {
      const { store } = await fresh();
      const sha = await putBytes(store, randomBytes(1000));
      expect((await store.get(sha, { range: { start: 10, end: 20 } })).sizeBytes).toBe(1000);
    });

    test('a deleted object is absent, is not listed, and can be put again', async () => {
      const { store, chunkBytes } = await fresh();
      const bytes = randomBytes(3 * chunkBytes);
      const sha = await putBytes(store, bytes);
      expect(await store.delete(sha)).toBe(true);
      expect(await store.stat(sha)).toEqual({ kind: 'absent' });
      await expect(store.get(sha)).rejects.toThrow(ObjectAbsentError);
      expect(await listed(store)).toEqual([]);
      expect(await store.delete(sha)).toBe(true);
      expect(await store.put(sha, bytes.length, bytes)).toBe('stored');
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      expect(await listed(store)).toEqual([sha]);
    });

    test('deleting what was never there is fine', async () => {
      const { store } = await fresh();
      expect(await store.delete(fakeSha())).toBe(true);
    });

    test('every object is listed once, with its size', async () => {
      const { store } = await fresh();
      const sizes = new Map<Sha, number>();
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => sizes.set(await putBytes(store, randomBytes(i + 1)), i + 1)),
      );
      const found = new Map<Sha, number>();
      for await (const { sha, sizeBytes, touchedAt } of store.list()) {
        expect(found.has(sha)).toBe(false);
        expect(touchedAt).toBeGreaterThan(0);
        found.set(sha, sizeBytes);
      }
      expect(found).toEqual(sizes);
    });

    test('many puts of the same object at once store it once, and all succeed', async () => {
      const { store, chunkBytes } = await fresh();
      const bytes = randomBytes(3 * chunkBytes);
      const sha = shaOf(bytes);
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => store.put(sha, bytes.length, sourceOf(bytes))),
      );
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      expect(await listed(store)).toEqual([sha]);
    });

    test('many transfers at once do not mix their bytes', async () => {
      const { store, chunkBytes } = await fresh();
      const all = Array.from({ length: 30 }, (_, i) => randomBytes(i % 3 === 0 ? 2 * chunkBytes + i : 50 + i));
      await Promise.all(all.map((bytes) => store.put(shaOf(bytes), bytes.length, sourceOf(bytes, 700))));
      const read = await Promise.all(all.map((bytes) => readObject(store, shaOf(bytes))));
      for (const [i, bytes] of all.entries()) expect(Buffer.from(read[i] ?? []).equals(bytes)).toBe(true);
    });

    test('what the caller does with its buffer after a put, and with what it read, changes nothing', async () => {
      const { store } = await fresh();
      const bytes = randomBytes(100);
      const kept = Buffer.from(bytes);
      const sha = await putBytes(store, bytes);
      bytes.fill(0);
      (await readObject(store, sha)).fill(1);
      expect(Buffer.from(await readObject(store, sha)).equals(kept)).toBe(true);
    });
  });
}
