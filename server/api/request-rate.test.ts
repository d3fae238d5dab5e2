import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RequestRate } from './request-rate.ts';

function rate(options: { perSecond: number; burst: number; maxKeys?: number }) {
  let now = 1_000_000;
  const limit = new RequestRate({ name: 'token', now: () => now, ...options });
  return { limit, pass: (ms: number) => (now += ms) };
}

test('as many as are allowed at once are taken, and then one as often as the rate says', () => {
  const { limit, pass } = rate({ perSecond: 10, burst: 3 });
  expect([3, 2, 1].map(() => limit.take('a').left)).toEqual([2, 1, 0]);
  expect(limit.take('a')).toEqual({ isTaken: false, left: 0, nextMs: 100 });
  pass(99);
  expect(limit.take('a').isTaken).toBe(false);
  pass(1);
  expect(limit.take('a')).toEqual({ isTaken: true, left: 0, nextMs: 100 });
  expect(limit.take('a').isTaken).toBe(false);
});

test('each has a bucket of its own, and a long rest gives no more than a full one', () => {
  const { limit, pass } = rate({ perSecond: 10, burst: 2 });
  limit.take('a');
  limit.take('a');
  expect([limit.take('a').isTaken, limit.take('b').isTaken]).toEqual([false, true]);
  pass(3_600_000);
  expect(limit.take('a').left).toBe(1);
});

test('a clock that is set back neither fills nor empties', () => {
  const { limit, pass } = rate({ perSecond: 10, burst: 2 });
  limit.take('a');
  pass(-60_000);
  expect(limit.take('a')).toMatchObject({ isTaken: true, left: 0 });
  expect(limit.take('a').isTaken).toBe(false);
});

test('the table is bounded: who was away for longest is forgotten, and who comes all the time is not', () => {
  const { limit } = rate({ perSecond: 0.001, burst: 1, maxKeys: 10 });
  limit.take('early');
  limit.take('busy');
  for (let i = 0; i < 100; i++) {
    limit.take(`address ${i}`);
    expect(limit.take('busy').isTaken).toBe(false);
  }
  expect(limit.take('early').isTaken).toBe(true);
});

test('whatever somebody does, no more are taken than a full bucket and what the time brought, and who waits as told gets one', () => {
  fc.assert(
    fc.property(
      fc.record({
        perSecond: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
        burst: fc.integer({ min: 1, max: 50 }),
      }),
      fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }),
      (options, waits) => {
        const { limit, pass } = rate(options);
        let taken = 0;
        let elapsed = 0;
        let nextMs = 0;
        for (const wait of waits) {
          pass(wait);
          elapsed += wait;
          const answer = limit.take('a');
          if (answer.isTaken) taken++;
          nextMs = answer.nextMs;
        }
        expect(taken).toBeLessThanOrEqual(options.burst + (elapsed / 1_000) * options.perSecond + 1e-6);
        pass(nextMs + 0.001);
        expect(limit.take('a').isTaken).toBe(true);
      },
    ),
  );
});
