import { expect, test } from 'vitest';
import type { Clock } from '../../core/model/clock.ts';
import { Lane } from './lane.ts';

/** A clock that a test moves by hand. */
function handClock() {
  let now = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
  };
  const pass = async (ms: number) => {
    now += ms;
    for (const sleeper of sleepers) if (sleeper.at <= now) sleeper.wake();
    await turns();
  };
  return { clock, pass, asleep: () => sleepers.size };
}

const turns = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

test('many wakes during a step are one more step, and steps never overlap', async () => {
  const { clock } = handClock();
  const stop = new AbortController();
  let steps = 0;
  let running = 0;
  let release = () => {};
  const lane = new Lane({
    clock,
    signal: stop.signal,
    step: async () => {
      expect(++running).toBe(1);
      steps++;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      running--;
      return undefined;
    },
    onFailure: () => {},
  });
  const run = lane.run();
  for (let i = 0; i < 5; i++) lane.wake();
  release();
  await turns();
  expect(steps).toBe(2);
  release();
  await turns();
  expect(steps).toBe(2);
  stop.abort();
  await run;
});

test('a failed step is told and tried again, later each time; a wake does not cut that short, retryNow does', async () => {
  const { clock, pass } = handClock();
  const stop = new AbortController();
  const delays: number[] = [];
  let steps = 0;
  const lane = new Lane({
    clock,
    signal: stop.signal,
    step: async () => {
      steps++;
      throw new Error('away');
    },
    onFailure: (_, retryInMs) => delays.push(retryInMs),
  });
  const run = lane.run();
  await turns();
  lane.wake();
  await turns();
  expect(steps).toBe(1);
  await pass(100);
  await pass(200);
  expect(delays).toEqual([100, 200, 400]);
  lane.retryNow();
  await turns();
  expect(delays).toEqual([100, 200, 400, 800]);
  stop.abort();
  await run;
});

test('the first step that works again is told once', async () => {
  const { clock, pass } = handClock();
  const stop = new AbortController();
  const told: string[] = [];
  let steps = 0;
  const lane = new Lane({
    clock,
    signal: stop.signal,
    step: async () => {
      if (++steps <= 2) throw new Error('away');
      return steps < 5 ? 10 : undefined;
    },
    onFailure: () => told.push('failed'),
    onRecovered: () => told.push('recovered'),
  });
  const run = lane.run();
  await turns();
  for (const ms of [100, 200, 10, 10]) await pass(ms);
  expect(steps).toBe(5);
  expect(told).toEqual(['failed', 'failed', 'recovered']);
  stop.abort();
  await run;
});

test('a step says when it wants to be called again', async () => {
  const { clock, pass, asleep } = handClock();
  const stop = new AbortController();
  let steps = 0;
  const lane = new Lane({
    clock,
    signal: stop.signal,
    step: async () => (++steps < 3 ? 50 : undefined),
    onFailure: () => {},
  });
  const run = lane.run();
  await turns();
  await pass(49);
  expect(steps).toBe(1);
  await pass(1);
  await pass(50);
  expect(steps).toBe(3);
  expect(asleep()).toBe(0);
  stop.abort();
  await run;
});

test('what onFailure does not take ends the lane: a bug is not retried for ever', async () => {
  const { clock } = handClock();
  const lane = new Lane({
    clock,
    signal: new AbortController().signal,
    step: () => Promise.reject(new TypeError('a bug')),
    onFailure: (error) => {
      throw error;
    },
  });
  await expect(lane.run()).rejects.toThrow('a bug');
});
