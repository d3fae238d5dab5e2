// Paths at rest: when the next one is over, and that no time is told that is over already.
import { expect, test } from 'vitest';
import { fakePath } from '../../core/model/rel-path.ts';
import { Holds, LONGEST_REST_MS } from './holds.ts';

const [a, b] = [fakePath('a'), fakePath('dir/b')];

test('a rest that is over is no time to look again, even if nobody tries its path any more', () => {
  const holds = new Holds();
  holds.hold(a, 100, a);
  holds.hold(b, 500, b);
  expect([holds.nextAt(100), holds.size]).toEqual([100, 2]);
  expect([holds.nextAt(101), holds.size]).toEqual([500, 1]);
  expect([holds.nextAt(501), holds.size]).toEqual([undefined, 0]);
});

test('a path rests until its time, or until what it waits for is settled, at that path or around it', () => {
  const holds = new Holds();
  holds.hold(a, 100, b);
  expect([holds.mayTry(a, 99), holds.release(fakePath('other')), holds.size]).toEqual([false, false, 1]);
  expect([holds.release(fakePath('dir')), holds.mayTry(a, 99)]).toEqual([true, true]);
  holds.hold(a, 100, a);
  expect([holds.mayTry(a, 100), holds.size]).toEqual([true, 0]);
});

test('what is tried ever less often is tried each minute in the end, and soon again after something was told of it', () => {
  const holds = new Holds();
  let now = 0;
  const rests: number[] = [];
  for (let tries = 0; tries < 6; tries++) {
    holds.holdLonger(a, now);
    const next = holds.nextAt(now);
    if (next === undefined) throw new Error('it is held');
    rests.push(next - now);
    now = next;
    expect(holds.mayTry(a, now)).toBe(true);
  }
  expect(rests).toEqual([5_000, 10_000, 20_000, 40_000, LONGEST_REST_MS, LONGEST_REST_MS]);
  holds.drop(a);
  holds.holdLonger(a, now);
  expect(holds.nextAt(now)).toBe(now + 5_000);
});
