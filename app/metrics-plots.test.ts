import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlotLine } from '../components/plot.tsx';
import { axisOf, linesOf, plots, textOf } from './metrics-plots.ts';
import type { MetricPoint } from './metrics-view.ts';

const kind = (id: string) => {
  const found = plots.find((plot) => plot.id === id);
  if (!found) throw new Error(`no plot ${id}`);
  return found;
};
const window = { from: 0, to: 40, stepMs: 10 };
const lineOf = (...values: (number | undefined)[]): PlotLine => ({ label: 'x', tone: 'first', values, texts: [] });
const units = ['bytes', 'bytes/s', 'count', 'rate', 'ms'] as const;

test('an axis begins at nothing, holds every value, and has few round marks', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), fc.constantFrom(...units), (most, unit) => {
      const { top, ticks } = axisOf([lineOf(most, undefined, 0)], unit);
      expect(top).toBeGreaterThanOrEqual(most * (1 - 1e-6));
      expect(ticks[0]).toBe('0');
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(new Set(ticks).size).toBe(ticks.length);
    }),
  );
});

test('marks are round in their unit, also where nothing goes on', () => {
  const ticks = (most: number, unit: (typeof units)[number]) => axisOf([lineOf(most)], unit).ticks;
  expect(ticks(0, 'count')).toEqual(['0', '1', '2']);
  expect(ticks(3, 'count')).toEqual(['0', '1', '2', '3']);
  expect(ticks(1.2e12, 'bytes')).toEqual(['0', '500 GB', '1 TB', '1.5 TB']);
  expect(ticks(90_000, 'ms')).toEqual(['0', '30 s', '1 min', '1.5 min']);
  expect(ticks(920, 'rate')).toEqual(['0', '250/s', '500/s', '750/s', '1,000/s']);
  expect(ticks(3 * 86_400_000, 'ms')).toEqual(['0', '1 d', '2 d', '3 d']);
});

test('each line has a value a step; a step without a sample, or without that series, has none', () => {
  const points: MetricPoint[] = [
    { at: 0, values: { hot_bytes: 5 } },
    { at: 20, values: { hot_bytes: 7, cold_bytes: 9 } },
  ];
  const [hot, cold] = linesOf(kind('storage'), points, window);
  expect(hot).toMatchObject({ label: 'Hot', values: [5, undefined, 7, undefined], texts: ['5 B', '–', '7 B', '–'] });
  expect(cold?.values).toEqual([undefined, undefined, 9, undefined]);
});

test('projects that were behind have a line each, the furthest first, and are at nothing where they were not named', () => {
  const points: MetricPoint[] = [
    { at: 0, values: { sync_lag_ms: 3, 'sync_lag_ms:b': 3, archive_lag_ms: 1 } },
    { at: 10, values: { sync_lag_ms: 9, 'sync_lag_ms:a': 9 } },
    { at: 20, values: { archive_lag_ms: 2 } },
  ];
  const lines = linesOf(kind('lag'), points, window);
  expect(lines.map(({ label }) => label)).toEqual(['a', 'b', 'For cold']);
  expect(lines[0]?.values).toEqual([0, 9, undefined, undefined]);
  expect(lines[1]?.values).toEqual([3, 0, undefined, undefined]);
  expect(new Set(lines.map(({ tone }) => tone)).size).toBe(3);
});

test('where no project was behind, all of them are at nothing', () => {
  const lines = linesOf(kind('lag'), [{ at: 0, values: { sync_lag_ms: 0 } }], window);
  expect(lines.map(({ label }) => label)).toEqual(['All projects', 'For cold']);
  expect(lines[0]?.values[0]).toBe(0);
});

test('no two lines of a plot look alike', () => {
  for (const { lines } of plots) expect(new Set(lines.map(([, , tone]) => tone)).size).toBe(lines.length);
});

test('values are read in their unit', () => {
  expect([textOf(1536, 'bytes/s'), textOf(2.25, 'rate'), textOf(1500, 'ms'), textOf(0, 'ms')]).toEqual([
    '1.5 kB/s',
    '2.3/s',
    '1.5 s',
    '0',
  ]);
});
