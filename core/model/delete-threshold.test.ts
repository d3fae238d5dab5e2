import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DEFAULT_THRESHOLD,
  deleteThresholdSchema,
  readDeleteThreshold,
  sameThreshold,
  textOfThreshold,
  thresholdSentence,
  UNASKED,
} from './delete-threshold.ts';

test('what is written is what is read', () => {
  const bounds = fc
    .tuple(fc.nat(1_000_000), fc.nat(1_000_000), fc.nat(99))
    .map(([a, b, percent]) => ({ files: Math.min(a, b), files_a_day: Math.max(a, b), share: percent / 100 }));
  fc.assert(
    fc.property(fc.oneof(fc.constant(UNASKED), bounds), (threshold) => {
      expect(deleteThresholdSchema.parse(threshold)).toEqual(threshold);
      expect(readDeleteThreshold(textOfThreshold(threshold))).toEqual({ kind: 'threshold', threshold });
      expect(sameThreshold(threshold, threshold)).toBe(true);
    }),
  );
});

test.each([
  { files: 2, files_a_day: 1, share: 0 },
  { files: 0, files_a_day: 0, share: 1 },
  { files: 1 },
  'off',
  'never',
])('a record that never asks, or cannot be meant, is refused: %j', (threshold) => {
  expect(deleteThresholdSchema.safeParse(threshold).success).toBe(false);
});

test('what holds is said in words; that nobody is asked, with what it costs', () => {
  expect(thresholdSentence({ files: 200, files_a_day: 1_000, share: 0.8 })).toBe(
    'It asks about deletions of more than 200 files within ten minutes, or 1,000 within a day, where that is more than 80% of its files.',
  );
  expect(thresholdSentence(UNASKED)).toMatch(/never asks.*by accident too, goes from the project and all nodes/);
  expect(sameThreshold(undefined, DEFAULT_THRESHOLD)).toBe(true);
  expect(sameThreshold(undefined, UNASKED)).toBe(false);
});
