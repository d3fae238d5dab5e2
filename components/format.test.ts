import { describe, expect, test } from 'vitest';
import { fileIcon } from './file-icon.ts';
import { formatBytes, formatCount, formatDuration, formatMode, formatOctal, plural } from './format.ts';

describe('numbers', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1536, '1.5 kB'],
    [99_949, '99.9 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [318_000_000, '318 MB'],
    [9_340_000_000_000, '9.3 TB'],
    [2e18, '2000 PB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test('counts are grouped, and one is one', () => {
    expect(formatCount(1234567)).toBe('1,234,567');
    expect(plural(1, 'entry', 'entries')).toBe('1 entry');
    expect(plural(0, 'file')).toBe('0 files');
  });

  test.each([
    [5, '5 ms'],
    [1000, '1 s'],
    [59_900, '59.9 s'],
    [90_000, '1.5 min'],
    [5_400_000, '1.5 h'],
    [172_800_000, '2 d'],
  ])('%d ms are %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  test('modes read as in ls and in chmod', () => {
    expect([formatMode(0o644), formatOctal(0o644)]).toEqual(['rw-r--r--', '0644']);
    expect([formatMode(0o751), formatOctal(0o751)]).toEqual(['rwxr-x--x', '0751']);
    expect(formatMode(0)).toBe('---------');
  });

  test('a name without an ending, or one that is only an ending, is a plain file', () => {
    expect(fileIcon('photo.JPG')).toBe('file-image');
    expect(fileIcon('Makefile')).toBe('file');
    expect(fileIcon('.png')).toBe('file');
    expect(fileIcon('a.constructor')).toBe('file');
  });
});
