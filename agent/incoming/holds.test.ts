// Paths at rest: when the next one is over, and that no time is told that is over already.
import { expect, test } from 'vitest';
import { fakePath } from '../../core/model/rel-path.ts';
import { Holds } from './holds.ts';

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
