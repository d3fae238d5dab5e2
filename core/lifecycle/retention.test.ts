import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeSha } from '../model/ids.ts';
import { retentionSchema } from '../model/policy.ts';
import { type DatedCommit, keptCommits } from './retention.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 0, 15, 12);
const none = retentionSchema.parse({ keep_all_ms: 0, hourly_ms: 0, daily_ms: 0, weekly_ms: 0, last: 1 });

/** Newest first, one every `everyMs` back from NOW. */
const commits = (count: number, everyMs: number): DatedCommit[] =>
  Array.from({ length: count }, (_, n) => ({ sha: fakeSha(`${everyMs}:${n}`), at: NOW - n * everyMs }));

test('current is always kept, also when no rule keeps anything', () => {
  const line = commits(5, 400 * DAY);
  expect([...keptCommits(line, none, NOW + 1)]).toEqual([line[0]?.sha]);
});

test('the last N are kept however old they are', () => {
  expect(keptCommits(commits(9, 400 * DAY), { ...none, last: 4 }, NOW).size).toBe(4);
});

test('all young commits are kept, then the newest of each hour, day and week', () => {
  const line = commits(24 * 60 * 2, 30 * 60_000); // two an hour for sixty days
  const policy = { ...none, keep_all_ms: DAY, hourly_ms: 3 * DAY, daily_ms: 10 * DAY, weekly_ms: 42 * DAY };
  const kept = line.filter(({ sha }) => keptCommits(line, policy, NOW).has(sha));
  const inDays = (from: number, to: number) =>
    kept.filter(({ at }) => NOW - at > from * DAY && NOW - at <= to * DAY).length;
  expect(inDays(-1, 1)).toBe(49);
  expect(inDays(1, 3)).toBe(48);
  expect(inDays(3, 10)).toBe(7);
  expect(inDays(10, 42)).toBeGreaterThanOrEqual(4);
  expect(inDays(10, 42)).toBeLessThanOrEqual(6);
  expect(inDays(42, 100)).toBe(0);
});

test('a longer rule never keeps less', () => {
  const ages = fc.array(fc.integer({ min: 0, max: 1000 * DAY }), { minLength: 1, maxLength: 80 });
  const rule = fc.record({
    keep_all_ms: fc.integer({ min: 0, max: 100 * DAY }),
    hourly_ms: fc.integer({ min: 0, max: 100 * DAY }),
    daily_ms: fc.integer({ min: 0, max: 300 * DAY }),
    weekly_ms: fc.integer({ min: 0, max: 900 * DAY }),
    last: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(
      ages,
      rule,
      fc.constantFrom('keep_all_ms', 'hourly_ms', 'daily_ms', 'weekly_ms', 'last'),
      (list, policy, field) => {
        const line = list.sort((a, b) => a - b).map((age, n) => ({ sha: fakeSha(`${n}`), at: NOW - age }));
        const longer = keptCommits(line, { ...policy, [field]: policy[field] * 2 }, NOW);
        for (const sha of keptCommits(line, policy, NOW)) expect(longer).toContain(sha);
      },
    ),
  );
});
