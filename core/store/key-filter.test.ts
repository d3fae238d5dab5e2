import { expect, test } from 'vitest';
import { filterMatcher } from './key-filter.ts';

test.each([
  ['a.b', 'a.b', true],
  ['a.b', 'a.b.c', false],
  ['a.b', 'a', false],
  ['a.*', 'a.b', true],
  ['a.*', 'a.b.c', false],
  ['a.*', 'a', false],
  ['*.b', 'a.b', true],
  ['*.*.c', 'a.b.c', true],
  ['a.>', 'a.b', true],
  ['a.>', 'a.b.c', true],
  ['a.>', 'a', false],
  ['>', 'a', true],
  ['*', 'a', true],
  ['*', 'a.b', false],
])('%s matches as NATS does: %s → %s', (filter, key, expected) => {
  expect(filterMatcher(filter)(key)).toBe(expected);
});
