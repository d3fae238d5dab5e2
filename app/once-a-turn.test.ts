import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { onceATurn } from './once-a-turn.ts';

test('who asks the same in one turn gets one answer, and another key another one', () => {
  let made = 0;
  const services = { changes: () => 0 };
  expect([onceATurn(services, 'a', () => ++made), onceATurn(services, 'a', () => ++made)]).toEqual([1, 1]);
  expect(onceATurn(services, 'b', () => ++made)).toBe(2);
  expect(onceATurn({ changes: () => 0 }, 'a', () => ++made)).toBe(3);
});

test('an answer is not older than a change that was told before it was asked for', () => {
  let changes = 0;
  const services = { changes: () => changes };
  expect(onceATurn(services, 'a', () => 'before')).toBe('before');
  changes++;
  expect(onceATurn(services, 'a', () => 'after')).toBe('after');
});

test('nothing is kept for the next turn', async () => {
  const services = { changes: () => 0 };
  onceATurn(services, 'a', () => 'first');
  await nextTurn();
  expect(onceATurn(services, 'a', () => 'second')).toBe('second');
});
