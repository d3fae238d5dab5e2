import { expect, test } from 'vitest';
import { ECHO_MS, EndWish } from './end-wish.ts';

test('one Ctrl-C that comes twice is one wish; a later one is another', () => {
  let now = 1_000;
  const wish = new EndWish(() => now);
  expect(wish.heard()).toBe('first');
  expect(wish.heard()).toBe('echo');
  now += ECHO_MS - 1;
  expect(wish.heard()).toBe('echo');
  now += 1;
  expect(wish.heard()).toBe('again');
});
