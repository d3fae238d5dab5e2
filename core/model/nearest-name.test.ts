import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

test('the name that was meant is the nearest one, where one is near', () => {
  const names = ['prefix', 'cursor', 'limit', 'q'];
  expect(nearestName('prefx', names)).toBe('prefix');
  expect(nearestName('Limit', names)).toBe('limit');
  expect(nearestName('pre', names)).toBe('prefix');
  expect(nearestName('path', names)).toBeUndefined();
  expect(nearestName('limits', [])).toBeUndefined();
  expect(nearestName('curso', ['cursors', 'cursor'])).toBe('cursors');
});
