// What comes in as a hint of a put is checked before anybody acts on it: also who may only publish could send anything.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeHint, encodeHint } from './nats-put-hints.ts';
import { MAX_TOLD_CHUNKS } from './object-store.ts';
import { aHint } from './put-hints.contract.ts';

const decode = (text: string) => decodeHint(Buffer.from(text));
const wire = () => JSON.parse(encodeHint(aHint())) as Record<string, unknown>;

test('a hint comes back as it was', () => {
  const rising = fc
    .array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: MAX_TOLD_CHUNKS })
    .map((steps) => steps.map((_, i) => steps.slice(0, i + 1).reduce((sum, step) => sum + step, 0)));
  fc.assert(
    fc.property(rising, fc.nat(1_000), (seqs, first) => {
      expect(decode(encodeHint(aHint({ seqs, first })))).toEqual(aHint({ seqs, first }));
    }),
  );
});

test('what makes no sense is no hint', () => {
  const wrong: Record<string, readonly unknown[]> = {
    v: [2, '1', null],
    node: ['', 'a.b', 'A', 7],
    path: ['', '../up', '/etc/passwd', 'a\0b', 'a/./b'],
    sha: ['x', 'F'.repeat(64), 5],
    size: [0, -1, 1.5, 1e300, 786_432 * 5],
    nuid: ['', '>', '*', 'a.b', 'a b', 'x'.repeat(65)],
    chunk: [0, -5, 0.5, 2 ** 40, 1, 64 * 1024 - 1],
    first: [-1, 0.5, 1e15],
    count: [0, 2, 4, MAX_TOLD_CHUNKS + 1],
    seqs: ['', '0*3', 'h,1', '-1*3', '1*9007199254740993', 'zzzzzzzzzzzzzzzz*3'],
  };
  expect(decode(JSON.stringify(wire()))).toEqual(aHint());
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of [undefined, ...values]) {
      expect([field, value, decode(JSON.stringify({ ...wire(), [field]: value }))]).toEqual([field, value, undefined]);
    }
  }
  for (const text of ['', '{', 'null', '[]', ' '.repeat(20_000) + JSON.stringify(wire())]) {
    expect(decode(text)).toBeUndefined();
  }
});

test('an object of one chunk may be smaller than any chunk of many', () => {
  const one = { ...aHint({ first: 0, seqs: [17], chunkBytes: 4_000 }), sizeBytes: 4_000 };
  expect(decode(encodeHint(one))).toEqual(one);
  expect(decode(encodeHint({ ...one, sizeBytes: 4_001 }))).toBeUndefined();
});

test('whatever bytes come, no hint of them breaks a bound', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(400), (noise, at) => {
      const data = Buffer.from(encodeHint(aHint()));
      data.set(noise.subarray(0, Math.max(0, data.length - at)), Math.min(at, data.length));
      const hint = decodeHint(data);
      if (!hint) return;
      const { first, seqs, chunkBytes, attempt } = hint.chunks;
      expect(attempt).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(seqs.length).toBeLessThanOrEqual(MAX_TOLD_CHUNKS);
      expect(seqs.every((seq) => Number.isSafeInteger(seq) && seq > 0)).toBe(true);
      expect((first + seqs.length - 1) * chunkBytes).toBeLessThan(hint.sizeBytes);
    }),
  );
});
