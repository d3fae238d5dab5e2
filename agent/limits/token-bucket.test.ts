import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Clock } from '../../core/model/clock.ts';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import { burstOf, TokenBucket } from './token-bucket.ts';

const never = new AbortController().signal;

/** A clock that says how many sleep by it. */
function countedClock(): { clock: Clock; asleep(): number } {
  const inner = virtualClock();
  let asleep = 0;
  const clock: Clock = {
    now: () => inner.now(),
    async sleep(ms, signal) {
      asleep++;
      try {
        await inner.sleep(ms, signal);
      } finally {
        asleep--;
      }
    },
  };
  return { clock, asleep: () => asleep };
}

interface Given {
  readonly at: number;
  readonly bytes: number;
}

/** @returns the most that was given out in some span beyond what the rate gives in it */
function mostAhead(given: readonly Given[], rate: number): number {
  let most = 0;
  for (const [i, first] of given.entries()) {
    let bytes = 0;
    for (const { at, bytes: more } of given.slice(i)) {
      bytes += more;
      most = Math.max(most, bytes - (rate * (at - first.at)) / 1000);
    }
  }
  return most;
}

test('in any span of time no more is given out than the rate gives and one burst', async () => {
  const pauses = fc.nat({ max: 400 });
  // Of one piece each, so that what is given out is seen when it is.
  const file = fc.array(fc.record({ pause: pauses, bytes: fc.integer({ min: 1, max: 16_000 }) }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1_000, max: 2_000_000 }),
      fc.array(file, { maxLength: 6 }),
      async (rate, files) => {
        const clock = virtualClock();
        const bucket = new TokenBucket(clock, rate);
        const given: Given[] = [];
        const send = async (takes: readonly { pause: number; bytes: number }[]) => {
          for (const { pause, bytes } of takes) {
            if (pause > 200) await clock.sleep(pause);
            await bucket.take(bytes, never);
            given.push({ at: clock.now(), bytes });
          }
        };
        await Promise.all(files.map(send));
        expect(given.length).toBe(files.flat().length);
        expect(mostAhead(given, rate)).toBeLessThanOrEqual(burstOf(rate) + 0.001);
      },
    ),
    { numRuns: 60 },
  );
});

test('what is larger than a burst comes in its time', async () => {
  const clock = virtualClock();
  const bucket = new TokenBucket(clock, 1_000_000);
  const startedAt = clock.now();
  await bucket.take(10_000_000, never);
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(9_900);
  expect(clock.now() - startedAt).toBeLessThan(10_200);
});

test('a small file beside a large one waits for its share, not for the end of the large one', async () => {
  const clock = virtualClock();
  const bucket = new TokenBucket(clock, 1_000_000);
  const startedAt = clock.now();
  const ended: string[] = [];
  const large = bucket.take(50_000_000, never).then(() => ended.push('large'));
  await clock.sleep(1_000);
  const other = bucket.take(5_000_000, never).then(() => ended.push('other'));
  const asked = clock.now();
  await bucket.take(100_000, never);
  ended.push('small');
  expect(clock.now() - asked).toBeLessThan(600);
  await Promise.all([large, other]);
  expect(ended).toEqual(['small', 'other', 'large']);
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(54_900);
});

test('without a limit nothing waits and no time is asked for; while nobody waits there is no timer', async () => {
  const { clock, asleep } = countedClock();
  const bucket = new TokenBucket(clock, undefined);
  const startedAt = clock.now();
  for (let i = 0; i < 100; i++) await bucket.take(1e9, never);
  expect([clock.now() - startedAt, asleep()]).toEqual([0, 0]);
  bucket.setRate(1_000);
  await bucket.take(2_000, never);
  expect(asleep()).toBe(0);
});

test('another limit holds at once for those who wait, and none lets them go', async () => {
  const clock = virtualClock();
  const bucket = new TokenBucket(clock, 1_000);
  const startedAt = clock.now();
  const slow = bucket.take(1_000_000, never);
  await clock.sleep(1_000);
  bucket.setRate(1_000_000);
  await slow;
  expect(clock.now() - startedAt).toBeLessThan(2_200);
  bucket.setRate(10);
  const waiting = [bucket.take(1e9, never), bucket.take(1e9, never)];
  const before = clock.now();
  bucket.setRate(undefined);
  await Promise.all(waiting);
  expect(clock.now() - before).toBeLessThan(10);
});

test('who gives up is forgotten, and leaves no timer', async () => {
  const { clock, asleep } = countedClock();
  const bucket = new TokenBucket(clock, 1_000);
  const stop = new AbortController();
  const given = bucket.take(1_000_000, stop.signal);
  const next = bucket.take(30_000, never);
  stop.abort(new Error('given up'));
  await expect(given).rejects.toThrow('given up');
  const before = clock.now();
  await next;
  expect(clock.now() - before).toBeLessThan(31_000);
  expect(asleep()).toBe(0);
  const last = new AbortController();
  const alone = bucket.take(1_000_000, last.signal);
  last.abort(new Error('given up too'));
  await expect(alone).rejects.toThrow('given up too');
  await Promise.resolve();
  expect(asleep()).toBe(0);
  await expect(bucket.take(1, last.signal)).rejects.toThrow('given up too');
});

test('a clock that is set gives out nothing but a burst', async () => {
  let jump = 0;
  const inner = virtualClock();
  const clock: Clock = { now: () => inner.now() + jump, sleep: (ms, signal) => inner.sleep(ms, signal) };
  const bucket = new TokenBucket(clock, 1_000_000);
  await bucket.take(1_000_000, never);
  for (const by of [3_600_000, -7_200_000]) {
    jump += by;
    const before = inner.now();
    await bucket.take(1_000_000, never);
    expect(inner.now() - before).toBeGreaterThanOrEqual(890);
    expect(inner.now() - before).toBeLessThan(1_200);
  }
});
