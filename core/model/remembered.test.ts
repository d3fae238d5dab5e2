import { expect, test } from 'vitest';
import { Remembered } from './remembered.ts';

test('a value is made once while it is kept, and the one unused for longest goes first', () => {
  const made: string[] = [];
  const kept = new Remembered<string>(2);
  const of = (key: string) =>
    kept.of(key, () => {
      made.push(key);
      return key.toUpperCase();
    });
  expect([of('a'), of('b'), of('a')]).toEqual(['A', 'B', 'A']);
  of('c');
  expect(made).toEqual(['a', 'b', 'c']);
  expect(kept.get('b')).toBeUndefined();
  of('a');
  expect(made).toEqual(['a', 'b', 'c']);
});
