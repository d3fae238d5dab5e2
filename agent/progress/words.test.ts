import { expect, test } from 'vitest';
import { countText, filesText, sizeText, timeText, transferText } from './words.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_234, '1.2 kB'],
  [31_000_000, '31 MB'],
  [999_600, '1.0 MB'],
  [9_950_000_000, '10 GB'],
])('%i bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test.each([
  [1, '1 s'],
  [23_000, '23 s'],
  [121_000, '3 min'],
  [8_000_000, '3 h'],
])('%i ms are %s', (ms, text) => {
  expect(timeText(ms)).toBe(text);
});

test('counts have groups of three, and one file is one file', () => {
  expect([0, 999, 4_267, 1_234_567].map(countText)).toEqual(['0', '999', '4,267', '1,234,567']);
  expect([1, 2].map(filesText)).toEqual(['1 file', '2 files']);
});

test('a transfer says what it knows, and leaves out what it does not', () => {
  const known = { done: 120, total: 4_267, bytes_done: 31e6, bytes_total: 310e6, bytes_per_s: 12e6, eta_ms: 23_000 };
  expect(transferText(known, 'to disk')).toBe('120 of 4,267 files to disk, 31 MB of 310 MB, 12 MB/s, 23 s left');
  const unsized = { ...known, bytes_total: 31e6, eta_ms: null };
  expect(transferText(unsized, 'to disk')).toBe('120 of 4,267 files to disk, 31 MB, 12 MB/s');
  const bare = { done: 0, total: 1, bytes_done: 0, bytes_total: 0, bytes_per_s: 0, eta_ms: null };
  expect(transferText(bare, 'to the project')).toBe('0 of 1 file to the project');
});
