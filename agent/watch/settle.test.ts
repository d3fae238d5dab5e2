import { expect, test } from 'vitest';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { Settle } from './settle.ts';

const path = fakePath('a');
const taken = (settle: Settle, now: number): RelPath[] => settle.take(now, 100).map((due) => due.path);

test('a quiet file is taken at once', () => {
  const settle = new Settle();
  settle.hint(path, 1000);
  expect(taken(settle, 1001)).toEqual([]);
  expect(settle.nextAt()).toBe(1002);
  expect(taken(settle, 1002)).toEqual([path]);
  expect(settle.size).toBe(0);
});

test('a file that is being written waits until it was quiet for a tenth of the writing', () => {
  const settle = new Settle();
  for (let now = 0; now <= 2_000; now += 10) {
    settle.hint(path, now);
    if (now > 100) expect(taken(settle, now)).toEqual([]);
  }
  expect(taken(settle, 2_199)).toEqual([]);
  expect(taken(settle, 2_200)).toEqual([path]);
});

test('no pause of more than a second is asked for', () => {
  const settle = new Settle();
  settle.postpone(path, 0, 1_000_000);
  settle.hint(path, 9_000);
  settle.hint(path, 9_500);
  expect(settle.nextAt()).toBeLessThanOrEqual(10_500);
});

test('a file that never rests is taken all the same, less often the longer it goes on', () => {
  const settle = new Settle();
  const times: number[] = [];
  for (let now = 0; now < 600_000; now += 1) {
    if (now % 3 !== 0) settle.hint(path, now);
    if (taken(settle, now).length > 0) times.push(now);
  }
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(20_000);
  const late = times.filter((time) => time > 300_000).length;
  expect(late).toBeGreaterThan(5);
  expect(late).toBeLessThanOrEqual(31);
});

test('a file that is saved now and then is never slowed down', () => {
  const settle = new Settle();
  for (let now = 0; now < 3_600_000; now += 2_500) {
    settle.hint(path, now);
    expect(taken(settle, now + 2)).toEqual([path]);
  }
});

test('what is postponed comes later, or when a hint says so', () => {
  const settle = new Settle();
  settle.hint(path, 0);
  const [due] = settle.take(2, 1);
  settle.postpone(path, 2, 5_000, due?.waitedMs);
  expect(settle.take(4_000, 1)).toEqual([]);
  settle.hint(path, 4_000);
  expect(settle.take(4_500, 1)).toEqual([{ path, waitedMs: 4_500 }]);
});

test('thousands come out in the order of their times, each once', () => {
  const settle = new Settle();
  const paths = Array.from({ length: 5_000 }, (_, i) => fakePath(`f${i}`));
  for (const [i, one] of paths.entries()) settle.postpone(one, 0, (i * 7919) % 5_000);
  const out: RelPath[] = [];
  for (let now = 0; now <= 5_000; now += 10) out.push(...settle.take(now, 37).map((due) => due.path));
  while (settle.size > 0) out.push(...settle.take(10_000, 37).map((due) => due.path));
  expect(new Set(out).size).toBe(5_000);
  expect(out.length).toBe(5_000);
  expect(settle.nextAt()).toBe(undefined);
});

test('the oldest is the one that was heard of first, however often it was postponed', () => {
  const settle = new Settle();
  settle.hint(fakePath('old'), 100);
  settle.hint(fakePath('new'), 200);
  settle.hint(fakePath('old'), 300);
  expect(settle.oldestAt).toBe(100);
});
