import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeSha, parseSha } from './ids.ts';
import { ShaSet } from './sha-set.ts';

// Shas of few different bits meet in one slot, and at its end.
const sha = fc.oneof(
  fc.nat(200).map((n) => fakeSha(`${n}`)),
  fc.nat(20).map((n) => parseSha(n.toString(16).padStart(64, '0'))),
  fc.nat(20).map((n) => parseSha(n.toString(16).padStart(64, 'f'))),
);

test('it has what was added and nothing else, each once and in the order in which it came', () => {
  fc.assert(
    fc.property(fc.array(sha, { maxLength: 300 }), fc.array(sha), (added, asked) => {
      const set = new ShaSet();
      const like = new Set<string>();
      for (const one of added) {
        set.add(one);
        like.add(one);
      }
      expect(set.size).toBe(like.size);
      expect([...set]).toEqual([...like]);
      for (const one of asked) expect(set.has(one)).toBe(like.has(one));
    }),
  );
});

test('a row stays what it was while the set grows, also over the end of what is allocated at once', () => {
  const set = new ShaSet();
  const shas = Array.from({ length: 70_000 }, (_, n) => fakeSha(`${n}`));
  expect(shas.map((one) => set.add(one))).toEqual([...shas.keys()]);
  expect(shas.every((one, row) => set.rowOf(one) === row && set.add(one) === row)).toBe(true);
  expect([...set]).toEqual(shas);
  expect(set.rowOf(fakeSha('another'))).toBeUndefined();
});
