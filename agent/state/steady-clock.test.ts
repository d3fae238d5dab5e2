import { expect, test } from 'vitest';
import { steadyClock } from './steady-clock.ts';

test('time goes on from where it was when the clock is set back, and follows it forward', () => {
  let wall = 1_000;
  const clock = steadyClock({ now: () => wall, sleep: async () => {} });
  expect(clock.now()).toBe(1_000);
  wall = 400;
  expect(clock.now()).toBe(1_000);
  wall = 450;
  expect(clock.now()).toBe(1_050);
  wall = 10_450;
  expect(clock.now()).toBe(11_050);
  wall = 10_000;
  expect(clock.now()).toBe(11_050);
});
