import { expect, test } from 'vitest';
import { InvalidValueError } from '../model/ids.ts';
import { parseLasting } from './lasting.ts';

test('a time is a number and a unit, or never', () => {
  expect(['90m', '12h', '7d', '4w', 'never'].map(parseLasting)).toEqual([
    5_400_000,
    43_200_000,
    604_800_000,
    2_419_200_000,
    undefined,
  ]);
  for (const odd of ['', '7', 'd', '0d', '-1d', '1.5h', '7 d', '9999w', '7D'])
    expect(() => parseLasting(odd)).toThrow(InvalidValueError);
});
