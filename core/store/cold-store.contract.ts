// What every cold store must do, whatever is behind it: the directory, a real S3 server and the one in memory run
// the same tests. Nothing is mocked: damage and outages are made where the bytes are.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sha, shaOf } from '../model/ids.ts';
import type { ColdStore } from './cold-store.ts';
import { collect } from './object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from './store-errors.ts';

export interface ColdStoreRig {
  /** empty at first */
  readonly store: ColdStore;
  /** All that it holds is in this process, so that flat memory is not to be seen here. */
  readonly inMemory?: boolean;
  /** of another tenant, on the same storage */
  readonly neighbour: ColdStore;
  /** Puts other bytes under the key behind the store's back, as a careless person does. */
  overwrite(sha: Sha, bytes: Uint8Array): Promise<void>;
  /** What interrupted puts left: temporary files, unfinished uploads. */
  leftovers(): Promise<readonly string[]>;
  /** Makes the storage unreachable, and reachable again. */
  takeAway(): Promise<void>;
  giveBack(): Promise<void>;
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

/** Deterministic bytes of any size, made as they are read. */
async function* generated(sizeBytes: number, seed = 1): AsyncGenerator<Uint8Array> {
  for (let at = 0, block = 0; at < sizeBytes; at += MIB, block++) {
    const part = Buffer.alloc(Math.min(MIB, sizeBytes - at), seed);
    part[0] = block;
    yield part;
  }
}

async function shaOfStream(bytes: AsyncIterable<Uint8Array>): Promise<Sha> {
  const hash = createHash('sha256');
  for await (const part of bytes) hash.update(part);
  return hash.digest('hex') as Sha;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Reads to the end and keeps nothing. @returns the number of bytes, and the most memory that buffers took meanwhile */
async function drain(bytes: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number; peakBytes: number }> {
  let sizeBytes = 0;
  let peakBytes = 0;
  for await (const part of bytes) {
    sizeBytes += part.length;
    peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers);
  }
  return { sizeBytes, peakBytes };
}

export function coldStoreContract(name: string, open: () => Promise<ColdStoreRig>): void {
  describe(`${name} as a cold store`, () => {
    let rig: ColdStoreRig;
    let store: ColdStore;
    beforeEach(async () => {
      rig = await open();
      store = rig.store;
    });
    afterEach(() => rig.close());

    const put = async (content: string | Uint8Array) => {
      const bytes = Buffer.from(content);
      const sha = shaOf(bytes);
      return { sha, bytes, proof: await store.put(sha, bytes.length, bytes) };
    };
    const nothingIsLeftOf = async (sha: Sha, sizeBytes: number) => {
      expect(await store.check(sha, { sizeBytes })).toEqual({ kind: 'absent' });
      expect(await all(store.list())).toEqual([]);
      expect(await rig.leftovers()).toEqual([]);
    };

    test.each([0, 1, 4096, 5 * MIB + 1])('what is put comes back: %i bytes', async (sizeBytes) => {
      const { sha, bytes, proof } = await put(await collect(generated(sizeBytes)));
      expect(proof).toMatchObject({ sizeBytes });
      const read = await store.get(sha);
      expect(read.sizeBytes).toBe(sizeBytes);
      expect(bytes.equals(await collect(read.bytes))).toBe(true);
      expect(await store.check(sha, { sizeBytes, etag: proof.etag })).toMatchObject({
        kind: 'proven',
        proof: { etag: proof.etag },
      });
      expect(await rig.leftovers()).toEqual([]);
    });

    test('a large object goes in and out as a stream, where the storage is elsewhere 300 MB in flat memory', async () => {
      const sizeBytes = rig.inMemory ? 3 * MIB : 300 * MIB;
      const sha = await shaOfStream(generated(sizeBytes));
      let peakBytes = 0;
      const proof = await store.put(sha, sizeBytes, async function* () {
        for await (const part of generated(sizeBytes)) {
          yield part;
          peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers);
        }
      });
      expect(proof.sizeBytes).toBe(sizeBytes);
      const read = await drain((await store.get(sha)).bytes);
      expect(read.sizeBytes).toBe(sizeBytes);
      if (!rig.inMemory) expect(Math.max(peakBytes, read.peakBytes)).toBeLessThan(sizeBytes / 2);
      await store.delete(sha);
      await nothingIsLeftOf(sha, sizeBytes);
    });

    test.each([100, 80 * MIB])(
      'I6: bytes with another hash are refused, and nothing is left: %i bytes',
      async (sizeBytes) => {
        const sha = await shaOfStream(generated(sizeBytes));
        const wrong = store.put(sha, sizeBytes, () => generated(sizeBytes, 2));
        await expect(wrong).rejects.toBeInstanceOf(ObjectCorruptError);
        await nothingIsLeftOf(sha, sizeBytes);
      },
    );

    test('I6: a buffer with another hash is refused', async () => {
      const sha = shaOf('right');
      await expect(store.put(sha, 5, Buffer.from('wrong'))).rejects.toBeInstanceOf(ObjectCorruptError);
      await nothingIsLeftOf(sha, 5);
    });

    test.each([-1, 1])('I6: a body whose length is off by %i is refused', async (off) => {
      const bytes = await collect(generated(70 * MIB));
      const wrong = store.put(shaOf(bytes), bytes.length + off, () => generated(bytes.length));
      await expect(wrong).rejects.toBeInstanceOf(ObjectCorruptError);
      await nothingIsLeftOf(shaOf(bytes), bytes.length);
    });

    test.each([3, 70])(
      'a source that fails in the middle: its own error, and nothing is left (%i MiB)',
      async (mib) => {
        const fault = new Error('the hot tier went away');
        const sha = await shaOfStream(generated(mib * MIB));
        const failing = store.put(sha, mib * MIB, async function* () {
          yield* generated((mib - 1) * MIB);
          throw fault;
        });
        await expect(failing).rejects.toBe(fault);
        await nothingIsLeftOf(sha, mib * MIB);
      },
    );

    test.each([3, 70])('a put that is aborted ends with the reason and leaves nothing (%i MiB)', async (mib) => {
      const abort = new AbortController();
      const sha = await shaOfStream(generated(mib * MIB));
      const body = async function* () {
        yield* generated((mib - 1) * MIB);
        abort.abort(new Error('shutting down'));
        yield* generated(MIB);
      };
      await expect(store.put(sha, mib * MIB, body, { signal: abort.signal })).rejects.toThrow('shutting down');
      await nothingIsLeftOf(sha, mib * MIB);
    });

    test('the same bytes put again are fine, and the first proof still holds', async () => {
      const first = await put('twice');
      const second = await put('twice');
      expect(second.proof.etag).toBe(first.proof.etag);
      expect(await store.check(first.sha, { sizeBytes: 5, etag: first.proof.etag })).toMatchObject({ kind: 'proven' });
    });

    test('many puts of the same object at once leave one good copy', async () => {
      const bytes = await collect(generated(3 * MIB));
      const sha = shaOf(bytes);
      await Promise.all(Array.from({ length: 4 }, () => store.put(sha, bytes.length, bytes)));
      expect(shaOf(await collect((await store.get(sha)).bytes))).toBe(sha);
      expect(await all(store.list())).toHaveLength(1);
      expect(await rig.leftovers()).toEqual([]);
    });

    test('I3: a copy of another size, or changed since its proof, is different', async () => {
      const { sha, proof } = await put('the right bytes');
      const expected = { sizeBytes: proof.sizeBytes, etag: proof.etag };
      await rig.overwrite(sha, Buffer.from('short'));
      expect(await store.check(sha, expected)).toMatchObject({ kind: 'different' });
      await rig.overwrite(sha, Buffer.from('the wrong bytes'));
      expect(await store.check(sha, expected)).toMatchObject({ kind: 'different' });
    });

    test('a put heals a bad copy', async () => {
      const { sha, bytes } = await put('the right bytes');
      await rig.overwrite(sha, Buffer.from('the wrong bytes'));
      const proof = await store.put(sha, bytes.length, bytes);
      expect(bytes.equals(await collect((await store.get(sha)).bytes))).toBe(true);
      expect(await store.check(sha, { sizeBytes: bytes.length, etag: proof.etag })).toMatchObject({ kind: 'proven' });
    });

    test.each(['the wrong bytes', 'short'])('I6: reading a bad copy ends in an error (%s)', async (bad) => {
      const { sha } = await put('the right bytes');
      await rig.overwrite(sha, Buffer.from(bad));
      const reading = store.get(sha).then(({ bytes }) => collect(bytes));
      await expect(reading).rejects.toBeInstanceOf(ObjectCorruptError);
    });

    test('a range is the slice of the whole, clipped to it', async () => {
      const { sha, bytes } = await put(await collect(generated(3000)));
      const edge = fc.oneof(fc.integer({ min: 0, max: 3100 }), fc.constantFrom(0, 1, 2999, 3000, 3001));
      await fc.assert(
        fc.asyncProperty(edge, edge, async (a, b) => {
          const range = { start: Math.min(a, b), end: Math.max(a, b) };
          const read = await store.get(sha, { range });
          expect(read.sizeBytes).toBe(3000);
          expect(bytes.subarray(range.start, range.end).equals(await collect(read.bytes))).toBe(true);
        }),
        { numRuns: 40 },
      );
    });

    test('a reader may stop early, and a read may be aborted', async () => {
      const { sha } = await put(await collect(generated(5 * MIB)));
      for await (const part of (await store.get(sha)).bytes) {
        expect(part.length).toBeGreaterThan(0);
        break;
      }
      const abort = new AbortController();
      const { bytes } = await store.get(sha, { signal: abort.signal });
      abort.abort(new Error('no longer wanted'));
      await expect(drain(bytes)).rejects.toThrow('no longer wanted');
    });

    test('what is not there is absent, and deleting it is fine', async () => {
      const { sha } = await put('here');
      await store.delete(sha);
      await store.delete(sha);
      expect(await store.check(sha, { sizeBytes: 4 })).toEqual({ kind: 'absent' });
      await expect(store.get(sha)).rejects.toBeInstanceOf(ObjectAbsentError);
      await expect(store.get(sha, { range: { start: 0, end: 1 } })).rejects.toBeInstanceOf(ObjectAbsentError);
    });

    test('a list has every object, over as many pages as it takes', async () => {
      const expected = new Map<Sha, number>();
      const waiting = Array.from({ length: 1100 }, (_, i) => `object ${i}`);
      const work = async () => {
        for (let content = waiting.pop(); content !== undefined; content = waiting.pop()) {
          expected.set((await put(content)).sha, content.length);
        }
      };
      await Promise.all(Array.from({ length: 16 }, work));
      const listed = await all(store.list());
      expect(new Map(listed.map(({ sha, sizeBytes }) => [sha, sizeBytes]))).toEqual(expected);
      expect(listed).toHaveLength(1100);
    });

    test('a document is replaced whole, read back, and listed by its prefix', async () => {
      expect(await store.getDocument('projects/demo/current.json')).toBeUndefined();
      expect(await all(store.listDocuments('projects/'))).toEqual([]);
      await put('an object is no document');
      await store.putDocument('projects/demo/current.json', Buffer.from('{"v":1}'));
      await store.putDocument('projects/demo/current.json', Buffer.from('{"v":2}'));
      await store.putDocument('projects/other/current.json', Buffer.from('{}'));
      expect(Buffer.from((await store.getDocument('projects/demo/current.json')) ?? []).toString()).toBe('{"v":2}');
      expect(await all(store.listDocuments('projects/'))).toEqual([
        'projects/demo/current.json',
        'projects/other/current.json',
      ]);
      expect(await all(store.listDocuments('projects/demo/'))).toEqual(['projects/demo/current.json']);
      await store.deleteDocument('projects/demo/current.json');
      await store.deleteDocument('projects/demo/current.json');
      expect(await store.getDocument('projects/demo/current.json')).toBeUndefined();
      expect(await all(store.listDocuments('projects/'))).toEqual(['projects/other/current.json']);
      expect(await rig.leftovers()).toEqual([]);
    });

    test('I13: a tenant sees nothing of another', async () => {
      const { sha } = await put('mine');
      await store.putDocument('projects/demo/current.json', Buffer.from('{}'));
      expect(await rig.neighbour.check(sha, { sizeBytes: 4 })).toEqual({ kind: 'absent' });
      expect(await all(rig.neighbour.list())).toEqual([]);
      expect(await all(rig.neighbour.listDocuments('projects/'))).toEqual([]);
      await rig.neighbour.delete(sha);
      expect(await store.check(sha, { sizeBytes: 4 })).toMatchObject({ kind: 'proven' });
    });

    test('I3: while the storage is away nothing is absent, and all works again when it is back', async () => {
      const { sha, bytes } = await put('still there');
      await store.putDocument('projects/demo/current.json', Buffer.from('{}'));
      await rig.takeAway();
      const attempts: (() => Promise<unknown>)[] = [
        () => store.check(sha, { sizeBytes: bytes.length }),
        () => store.get(sha).then((read) => collect(read.bytes)),
        () => store.put(shaOf('new'), 3, Buffer.from('new')),
        () => store.delete(sha),
        () => all(store.list()),
        () => store.putDocument('projects/demo/current.json', Buffer.from('{}')),
        () => store.getDocument('projects/demo/current.json'),
        () => store.deleteDocument('projects/demo/current.json'),
        () => all(store.listDocuments('projects/')),
        () => store.probe(),
      ];
      for (const attempt of attempts)
        await expect(attempt(), attempt.toString()).rejects.toBeInstanceOf(StoreUnavailableError);
      await rig.giveBack();
      expect(await store.check(sha, { sizeBytes: bytes.length })).toMatchObject({ kind: 'proven' });
      expect((await all(store.list())).map((listed) => listed.sha)).toEqual([sha]);
    });

    test('a probe says what the storage can do and leaves nothing', async () => {
      expect(await store.probe()).toMatchObject({ kind: store.kind });
      expect(await all(store.list())).toEqual([]);
      expect(await all(store.listDocuments('projects/'))).toEqual([]);
      expect(await rig.leftovers()).toEqual([]);
    });
  });
}
