import { expect, test } from 'vitest';
import { byteAmount } from './byte-amount.ts';

test.each([
  ['1', 1],
  ['500000', 500_000],
  ['500kB', 500_000],
  ['10MB', 10_000_000],
  ['10 MiB', 10_485_760],
  ['1.5gb', 1_500_000_000],
  ['2GiB', 2_147_483_648],
  ['64KiB', 65_536],
  ['12b', 12],
])('%s are %i bytes', (text, bytes) => {
  expect(byteAmount.parse(text)).toBe(bytes);
});

test.each(['', '0', '0.4', '-5', 'ten', '10 PB', '1e6', '10MBps', '999999999GiB'])(
  '%j is no amount, and it is said what is one',
  (text) => {
    expect(byteAmount.safeParse(text).error?.issues[0]?.message).toMatch(/give an amount of bytes.*10MiB/);
  },
);
