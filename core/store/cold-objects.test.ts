// Compression at rest, on a store in memory: what is compressed, how it lies there, and that nothing of it is believed.
import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTenant, type Sha, shaOf } from '../model/ids.ts';
import type { ColdCompression } from './cold-objects.ts';
import { encodeHead, type GzipHead } from './gzip-head.ts';
import { type MemoryColdStorage, memoryColdStore } from './memory-cold-store.ts';
import { collect } from './object-store.ts';
import { ObjectAbsentError, ObjectCorruptError } from './store-errors.ts';

const tenant = parseTenant('acme');
const MIB = 1024 * 1024;

function openCold(compression: ColdCompression = 'gzip') {
  const storage: MemoryColdStorage = new Map();
  const as = (other: ColdCompression) => memoryColdStore(tenant, { storage, compression: other });
  const store = as(compression);
  const put = async (bytes: Uint8Array, on = store) => {
    const sha = shaOf(bytes);
    return { sha, proof: await on.put(sha, bytes.length, bytes) };
  };
  const lies = (sha: Sha): Buffer => Buffer.from(storage.get(`acme/objects/${sha}`)?.bytes ?? []);
  const read = async (sha: Sha, range?: { start: number; end: number }) =>
    Buffer.from(await collect((await store.get(sha, range ? { range } : {})).bytes));
  return { store, as, put, lies, read };
}

/** Lines that differ, so that frames do too; about 3:1. */
const lines = (sizeBytes: number): Buffer =>
  Buffer.from(
    Array.from({ length: Math.ceil(sizeBytes / 20) }, (_, i) => `line ${i} of many ${i * 7919}\n`).join(''),
  ).subarray(0, sizeBytes);

describe('what is compressed', () => {
  test('bytes that shrink: their sha, size and proof are those of the plain bytes, and before and after are told', async () => {
    const { put, lies, store } = openCold();
    const bytes = lines(100_000);
    const { sha, proof } = await put(bytes);
    const stored = lies(sha);
    expect(proof).toMatchObject({ sizeBytes: 100_000, key: `acme/objects/${sha}` });
    expect(proof.stored).toEqual({ form: 'gzip', sizeBytes: stored.length, sha: shaOf(stored) });
    expect(stored.length).toBeLessThan(50_000);
    expect((await store.get(sha)).sizeBytes).toBe(100_000);
  });

  test('any gunzip gives back the bytes, without this program', async () => {
    const { put, lies } = openCold();
    const bytes = lines(3 * MIB + 17);
    const { sha } = await put(bytes);
    expect(gunzipSync(lies(sha)).equals(bytes)).toBe(true);
  });

  test.each([
    ['small ones', lines(1000)],
    ['random ones', randomBytes(3 * MIB)],
    [
      'those whose sample shrinks and whose whole does not',
      Buffer.concat([Buffer.alloc(70_000), randomBytes(2 * MIB)]),
    ],
    ['none', Buffer.alloc(0)],
  ])('bytes that do not shrink enough lie there as they are: %s', async (_, bytes) => {
    const { put, lies, read } = openCold();
    const { sha, proof } = await put(bytes);
    expect(proof).not.toHaveProperty('stored');
    expect(lies(sha).equals(bytes)).toBe(true);
    expect((await read(sha)).equals(bytes)).toBe(true);
  });

  test('of a large one that does not shrink, no more is read than its beginning before it is stored as it is', async () => {
    const { store } = openCold();
    const bytes = randomBytes(8 * MIB);
    const read: number[] = [];
    await store.put(shaOf(bytes), bytes.length, async function* () {
      const at = read.push(0) - 1;
      for (let start = 0; start < bytes.length; start += MIB) {
        read[at] = start + MIB;
        yield bytes.subarray(start, start + MIB);
      }
    });
    expect(read).toEqual([expect.any(Number), 8 * MIB]);
    expect(read[0]).toBeLessThanOrEqual(3 * MIB);
  });

  test('what does not fit into memory is compressed twice, and comes out the same', async () => {
    const { put, read, lies } = openCold();
    const words = Array.from({ length: 700_000 }, (_, i) => shaOf(String(i)).slice(0, 24));
    const bytes = Buffer.from(words.join('\n'));
    const { sha, proof } = await put(bytes);
    expect(proof.stored).toEqual({ form: 'gzip', sizeBytes: lies(sha).length });
    expect(lies(sha).length).toBeGreaterThan(8 * MIB);
    expect((await read(sha)).equals(bytes)).toBe(true);
  });

  test('I6: bytes that are not those of the sha are refused, and nothing is left', async () => {
    const { store, lies } = openCold();
    const sha = shaOf(lines(50_000));
    const wrong = lines(50_001).subarray(1);
    await expect(store.put(sha, 50_000, wrong)).rejects.toMatchObject({ name: 'ObjectCorruptError', sha });
    expect(lies(sha)).toHaveLength(0);
  });
});

describe('reading', () => {
  test('a range is the slice of the whole, over as many frames as it takes', async () => {
    const { put, read, store } = openCold();
    const bytes = lines(2 * MIB + 1000);
    const { sha } = await put(bytes);
    const edge = fc.oneof(fc.nat(bytes.length + 10), fc.constantFrom(0, MIB - 1, MIB, MIB + 1, 2 * MIB, bytes.length));
    await fc.assert(
      fc.asyncProperty(edge, edge, async (a, b) => {
        const range = { start: Math.min(a, b), end: Math.max(a, b) };
        expect((await store.get(sha, { range })).sizeBytes).toBe(bytes.length);
        expect((await read(sha, range)).equals(bytes.subarray(range.start, range.end))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('what was put under the other setting is read and proven as before, and a put brings it to the one of now', async () => {
    const { put, as, lies } = openCold();
    const bytes = lines(50_000);
    const { sha, proof } = await put(bytes, as('none'));
    for (const setting of ['none', 'gzip'] as const) {
      expect((await collect((await as(setting).get(sha)).bytes)).length).toBe(50_000);
      expect(await as(setting).check(sha, proof)).toMatchObject({ kind: 'proven' });
    }
    const anew = await put(bytes, as('gzip'));
    expect(lies(sha).length).toBeLessThan(25_000);
    for (const setting of ['none', 'gzip'] as const) {
      expect(shaOf(await collect((await as(setting).get(sha)).bytes))).toBe(sha);
      expect(await as(setting).check(sha, anew.proof)).toMatchObject({
        kind: 'proven',
        proof: { ...anew.proof, verifiedAt: expect.any(Number) },
      });
    }
    expect(await as('gzip').check(sha, proof)).toMatchObject({ kind: 'different' });
  });

  test('a file that is itself a compressed copy of another object is a file like any other', async () => {
    const { put, lies, read, store } = openCold('none');
    const inner = lines(50_000);
    const { sha: innerSha } = await put(inner, memoryColdStore(tenant, { compression: 'gzip' }));
    const other = openCold();
    await other.put(inner);
    const copy = other.lies(innerSha);
    const { sha } = await put(copy);
    expect((await read(sha)).equals(copy)).toBe(true);
    expect((await read(sha, { start: 1, end: 99 })).equals(copy.subarray(1, 99))).toBe(true);
    expect(await store.check(sha, { sizeBytes: copy.length })).toMatchObject({ kind: 'proven' });
    expect(lies(sha).equals(copy)).toBe(true);
  });
});

describe('I3: a proof', () => {
  test('holds without the record of its form, as after a disaster', async () => {
    const { put, store } = openCold();
    const bytes = lines(50_000);
    const { sha, proof } = await put(bytes);
    const found = await store.check(sha, { sizeBytes: 50_000 });
    expect(found).toMatchObject({ kind: 'proven', proof: { sizeBytes: 50_000, etag: proof.etag } });
    expect(found.kind === 'proven' && found.proof.stored?.sizeBytes).toBe(proof.stored?.sizeBytes);
    expect(await store.check(sha, { sizeBytes: 49_999 })).toMatchObject({ kind: 'different' });
    expect(await store.check(sha, { sizeBytes: 50_000, etag: 'another' })).toMatchObject({ kind: 'different' });
  });

  test('does not hold for a copy that was cut, or changed since', async () => {
    const { put, store, lies } = openCold();
    const { sha, proof } = await put(lines(50_000));
    const stored = lies(sha);
    for (const changed of [stored.subarray(0, -1), stored.subarray(0, 90), Buffer.concat([stored, stored])]) {
      store.damage(sha, changed);
      expect(await store.check(sha, proof)).toMatchObject({ kind: 'different' });
      expect(await store.check(sha, { sizeBytes: 50_000 })).toMatchObject({ kind: 'different' });
    }
    store.damage(sha, stored);
    expect(await store.check(sha, proof)).toMatchObject({ kind: 'different' });
  });

  test('what is absent is absent', async () => {
    const { store } = openCold();
    const sha = shaOf('nothing');
    expect(await store.check(sha, { sizeBytes: 7 })).toEqual({ kind: 'absent' });
    await expect(store.get(sha, { range: { start: 0, end: 1 } })).rejects.toBeInstanceOf(ObjectAbsentError);
  });
});

describe('I6: a compressed copy is not believed', () => {
  const bytes = lines(60_000);
  const sha = shaOf(bytes);

  test('whichever bit of it is another, a whole read ends in an error, and a range in one or in the right bytes', async () => {
    const { put, store, lies, read } = openCold();
    await put(bytes);
    const good = lies(sha);
    const range = { start: 20_000, end: 20_100 };
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length * 8 - 1), async (bit) => {
        const bad = Buffer.from(good);
        bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        store.damage(sha, bad);
        await expect(read(sha)).rejects.toBeInstanceOf(ObjectCorruptError);
        // A head whose mark is damaged is none: then the stored bytes are taken for plain, as those of any damaged copy are.
        if (bit >> 3 < 48) return;
        const part = await read(sha, range).catch((error: unknown) => error);
        if (part instanceof Error) expect(part).toBeInstanceOf(ObjectCorruptError);
        else expect(bytes.subarray(range.start, range.end).equals(part as Buffer)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  const forged = (head: Partial<GzipHead>, ...frames: Buffer[]): Buffer => {
    const whole = { sha, sizeBytes: bytes.length, framesSha: shaOf(Buffer.concat(frames)) };
    return Buffer.concat([
      encodeHead({ ...whole, frameLengths: frames.map(({ length }) => length), ...head }),
      ...frames,
    ]);
  };

  test.each([
    ['a frame that holds far more than it may', forged({}, gzipSync(Buffer.alloc(64 * MIB)))],
    ['a frame that holds less', forged({}, gzipSync(bytes.subarray(1)))],
    ['other bytes of the right length', forged({}, gzipSync(Buffer.alloc(bytes.length)))],
    ['frames that no gunzip takes', forged({}, Buffer.alloc(100, 7))],
    ['a size that no bytes so few can hold', forged({ sizeBytes: 2 ** 33 }, gzipSync(bytes))],
    ['a size beyond all numbers', forged({ sizeBytes: 2 ** 52 }, gzipSync(bytes))],
    ['more frames than its size has', forged({}, gzipSync(bytes), gzipSync(bytes))],
    ['lengths that do not add up', forged({ frameLengths: [5] }, gzipSync(bytes))],
  ])('%s', async (_, copy) => {
    const { put, store, read } = openCold();
    await put(bytes);
    store.damage(sha, copy);
    await expect(read(sha)).rejects.toBeInstanceOf(ObjectCorruptError);
    const part = await read(sha, { start: 0, end: 10 }).catch((error: unknown) => error);
    if (part instanceof Error) expect(part).toBeInstanceOf(ObjectCorruptError);
  });

  test.each(['none', 'gzip'] as const)(
    'I6: a range of a small one that has rotted anywhere is refused (%s)',
    async (form) => {
      const { put, store, lies, read } = openCold(form);
      const { sha } = await put(lines(50_000));
      const rotten = lies(sha);
      rotten.writeUInt8(rotten.readUInt8(rotten.length - 9) ^ 1, rotten.length - 9);
      store.damage(sha, rotten);
      await expect(read(sha, { start: 10, end: 20 })).rejects.toThrow(ObjectCorruptError);
    },
  );

  test('a copy that claims another size than is known of the object is not read', async () => {
    const { put, store } = openCold();
    await put(bytes);
    store.damage(sha, forged({ sizeBytes: 1_000_000 }, gzipSync(bytes)));
    for (const range of [{}, { range: { start: 0, end: 10 } }]) {
      await expect(store.get(sha, { ...range, sizeBytes: bytes.length })).rejects.toThrow(
        `it has 1000000 bytes instead of ${bytes.length}`,
      );
    }
  });
});
