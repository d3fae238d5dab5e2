import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSeqs, encodeSeqs } from './nats-chunk-seqs.ts';

const risingSeqs = fc
  .array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1_000_000 })), {
    maxLength: 300,
  })
  .map((steps) => {
    let seq = 0;
    return steps.map((step) => {
      seq += step;
      return seq;
    });
  });

test('any rising seqs come back as they were', () => {
  fc.assert(
    fc.property(risingSeqs, (seqs) => {
      expect(decodeSeqs(encodeSeqs(seqs), seqs.length)).toEqual(seqs);
    }),
  );
});

test('chunks of a put that was alone take a few characters, however many they are', () => {
  const seqs = Array.from({ length: 10_000 }, (_, i) => 1_234_567 + i);
  expect(encodeSeqs(seqs)).toBe('qglj,1*7pr');
});

test('what does not give the right number of rising seqs is refused', () => {
  for (const [text, count] of [
    ['', 1],
    ['1', 0],
    ['1*5', 4],
    ['1*3', 4],
    ['0', 1],
    ['-1', 1],
    ['!', 1],
    ['1*0', 1],
    ['1*zzzzzzzzz', 3],
  ] as const) {
    expect(decodeSeqs(text, count)).toBeUndefined();
  }
});

test('any text is refused or gives what was asked for, and never takes long', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(100), (text, count) => {
      const seqs = decodeSeqs(text, count);
      if (seqs) expect(seqs).toHaveLength(count);
    }),
  );
});
