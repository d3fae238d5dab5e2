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
    .tuple(fc.nat(1_000_000), fc.nat(1_000_000), fc.integer({ min: 1, max: 99 }))
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
  { files: 2, files_a_day: 1, share: 0.1 },
  { files: 0, files_a_day: 0, share: 0 },
  { files: 20, files_a_day: 100, share: 0.504 },
  { files: 20, files_a_day: 100, share: 0.004 },
  { files: 0, files_a_day: 0, share: 1 },
  { files: 1 },
  'off',
  'never',
])('a record that never asks, or cannot be meant, is refused: %j', (threshold) => {
  expect(deleteThresholdSchema.safeParse(threshold).success).toBe(false);
});

test.each([{ files: 20, share: 0.5 }, { files: 20, files_a_day: 100, share: '50%' }, '20,100,50%'])(
  'what to write in a record is told, and the dangerous word last with what it costs: %j',
  (threshold) => {
    expect(deleteThresholdSchema.safeParse(threshold).error?.issues[0]?.message).toMatch(
      /such as {"files":20,"files_a_day":100,"share":0.5}; or delete-all-without-asking, and what goes .* from all nodes/,
    );
  },
);

test('a share is in whole percents, so that it is told as what it is', () => {
  const fault = deleteThresholdSchema.safeParse({ ...DEFAULT_THRESHOLD, share: 0.504 }).error?.issues[0];
  expect([fault?.path, fault?.message]).toEqual([['share'], 'is in whole percents: give one such as 0.5 or 0.51']);
  expect(sameThreshold({ ...DEFAULT_THRESHOLD, share: 0.504 }, DEFAULT_THRESHOLD)).toBe(false);
  expect(readDeleteThreshold('20,100,0%')).toMatchObject({ fault: expect.stringContaining('at least 1%') });
});

test('what holds is said in words; that nobody is asked, with what it costs', () => {
  expect(thresholdSentence({ files: 200, files_a_day: 1_000, share: 0.8 })).toBe(
    'It asks about deletions of more than 200 files within ten minutes, or 1,000 within a day, where that is more than 80% of its files.',
  );
  expect(thresholdSentence(UNASKED)).toMatch(/never asks.*by accident too, goes from the project and all nodes/);
  expect(sameThreshold(undefined, DEFAULT_THRESHOLD)).toBe(true);
  expect(sameThreshold(undefined, UNASKED)).toBe(false);
});
