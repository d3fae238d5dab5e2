// A moment in words: by its age, or by how soon it comes, within a week; by its date beyond.
import { expect, test } from 'vitest';
import { momentText } from './times.ts';

const NOW = new Date(2026, 5, 15, 12).getTime();
const S = 1000;
const DAY = 86_400 * S;
const past = (ms: number) => momentText(NOW - ms, NOW, false);
const due = (ms: number) => momentText(NOW + ms, NOW, true);

test('what was is told by its age in one unit, and by its date after a week', () => {
  expect([0, 2 * S, 59 * S, 61 * S, 3 * 3600 * S, 6.9 * DAY].map(past)).toEqual([
    'just now',
    '2 s ago',
    '59 s ago',
    '1 min ago',
    '3 h ago',
    '6 d ago',
  ]);
  expect(past(7 * DAY)).toBe('8 Jun');
  expect(past(365 * DAY)).toBe('15 Jun 2025');
});

test('what is to come is rounded, not cut: a link for seven days ends in seven a moment later, too', () => {
  const moment = 300;
  expect([7 * DAY, DAY, 3600 * S, 60 * S, 90 * S, 6.6 * DAY, 7.4 * DAY].map((ms) => due(ms - moment))).toEqual([
    'in 7 d',
    'in 1 d',
    'in 1 h',
    'in 1 min',
    'in 2 min',
    'in 7 d',
    'in 7 d',
  ]);
  expect([23.4 * 3600 * S, 59.4 * 60 * S, 59.4 * S, 7.6 * DAY].map(due)).toEqual([
    'in 23 h',
    'in 59 min',
    'in 59 s',
    '23 Jun',
  ]);
  expect(past(6.9 * DAY)).toBe('6 d ago');
});

test('what is to come is told by how soon; a clock that is a little ahead makes nothing of the past come', () => {
  expect([0, 20 * S, 3 * DAY, 30 * DAY].map(due)).toEqual(['now', 'in 20 s', 'in 3 d', '15 Jul']);
  expect(past(-20 * S)).toBe('just now');
  expect(past(-3600 * S)).toBe('in 1 h');
  expect(momentText(NOW - 60 * S, NOW, true)).toBe('1 min ago');
});
