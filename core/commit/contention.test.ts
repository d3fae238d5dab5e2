import { expect, test } from 'vitest';
import { Contention } from './contention.ts';

const most = () => 0.999;

test('a lone committer never waits', () => {
  const contention = new Contention();
  for (let i = 0; i < 100; i++) contention.won();
  expect(contention.pauseMs(most)).toBe(0);
});

test('losing spreads the tries, up to a bound; winning narrows them until there is no wait again', () => {
  const contention = new Contention();
  const pauses = Array.from({ length: 50 }, () => {
    contention.lost(0);
    return contention.pauseMs(most);
  });
  expect(pauses[0]).toBeGreaterThan(0);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(pauses.at(-1)).toBeLessThan(64);
  let wins = 0;
  for (; contention.pauseMs(most) > 0; wins++) contention.won();
  expect(wins).toBeGreaterThan(1);
  expect(wins).toBeLessThan(100);
});

test('where tries take longer they are spread wider, but one that hung keeps nobody waiting for minutes', () => {
  const spreadOf = (tookMs: number): number => {
    const contention = new Contention();
    for (let i = 0; i < 50; i++) contention.lost(tookMs);
    return contention.pauseMs(() => 1);
  };
  expect(spreadOf(30)).toBe(30 * 16);
  expect(spreadOf(600_000)).toBe(2_000);
});
