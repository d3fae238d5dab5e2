import { expect, test } from 'vitest';
import { ByteBudget } from './byte-budget.ts';

/** Resolves when all that can go on has gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('what does not fit waits, in the order of the calls, and nobody is overtaken by a smaller one', async () => {
  const budget = new ByteBudget(10);
  const order: string[] = [];
  const take = (name: string, bytes: number) => budget.take(bytes).then(() => order.push(name));
  void take('a', 8);
  void take('b', 5);
  void take('c', 1);
  await settled();
  expect(order).toEqual(['a']);
  budget.give(8);
  await settled();
  expect(order).toEqual(['a', 'b', 'c']);
});

test('more than the whole budget counts as the whole', async () => {
  const budget = new ByteBudget(10);
  await budget.take(100);
  let second = false;
  const waiting = budget.take(1).then(() => {
    second = true;
  });
  await settled();
  expect(second).toBe(false);
  budget.give(100);
  await waiting;
});
