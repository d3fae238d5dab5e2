import { describe, expect, test } from 'vitest';
import { eventTypes } from '../core/model/event.ts';
import { categories, categoryLooks, isCategory, lookOf, lookOfEvent, typesOf } from './category.ts';
import { fakeEvent } from './testing/fake-events.ts';
import { FAKE_NOW } from './testing/fake-time.ts';

describe('event categories', () => {
  test('every event type has a category, a word and a severity', () => {
    for (const type of eventTypes) {
      const look = lookOf(type);
      expect(categories).toContain(look.category);
      expect(look.word).not.toBe('');
      expect(['info', 'warning', 'failure']).toContain(look.severity);
    }
  });

  test('every category has an icon and a word of its own', () => {
    const looks = categories.map((category) => categoryLooks[category]);
    expect(new Set(looks.map(({ icon }) => icon)).size).toBe(categories.length);
    expect(new Set(looks.map(({ word }) => word)).size).toBe(categories.length);
  });

  test('failures are a severity: what failed, or is corrupt, is never shown as information', () => {
    for (const type of eventTypes.filter((name) => /Failed|Corrupt/.test(name))) {
      expect(lookOf(type).severity).toBe('failure');
    }
  });

  test('a job that a person stopped did not fail', () => {
    const ended = { job: 'j', kind: 'archive', error: 'Cancelled before it began.' };
    expect(lookOfEvent(fakeEvent('JobFailed', ended, FAKE_NOW)).word).toBe('Job failed');
    expect(lookOfEvent(fakeEvent('JobFailed', { ...ended, cancelled: true }, FAKE_NOW))).toMatchObject({
      word: 'Job cancelled',
      severity: 'warning',
    });
  });

  test('the types of all categories together are all types, and no type is in two', () => {
    const found = categories.flatMap((category) => typesOf([category]) ?? []);
    expect(found.toSorted()).toEqual([...eventTypes].toSorted());
  });

  test('no category and every category are no filter; a stranger is no category', () => {
    expect(typesOf([])).toBeUndefined();
    expect(typesOf(categories)).toBeUndefined();
    expect(typesOf(['access'])).toEqual(['ShareCreated', 'ShareUsed', 'ShareRefused', 'ShareRevoked']);
    expect(isCategory('toString')).toBe(false);
  });
});
