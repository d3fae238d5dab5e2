import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fold, stepOf } from '../../app/metrics-fold.ts';
import { COARSE_MS, SAMPLE_MS, SAMPLES_KEPT_MS, Samples } from './samples.ts';

let directory: string;
const opened: Samples[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fs-samples-'));
});
afterEach(() => {
  for (const samples of opened.splice(0)) samples.close();
  rmSync(directory, { recursive: true });
});

const file = () => join(directory, 'default.metrics.db');
function open(): Samples {
  const samples = new Samples(file());
  opened.push(samples);
  return samples;
}
const NOW = Date.UTC(2026, 5, 1, 12);
const HOUR_MS = 3_600_000;

test('samples are there again after a restart', () => {
  const first = open();
  first.put(NOW, { hot_bytes: 5 });
  first.close();
  opened.length = 0;
  expect(open().read({ from: NOW, to: NOW + SAMPLE_MS, stepMs: SAMPLE_MS })).toEqual({
    points: [{ at: NOW, values: { hot_bytes: 5 } }],
    newestAt: NOW,
  });
});

test('a longer step has the mean of its samples, and of lags the worst', () => {
  const samples = open();
  for (const [i, value] of [10, 20, 60].entries()) {
    samples.put(NOW + i * SAMPLE_MS, { events_per_s: value, sync_lag_ms: value, ...(i === 1 && { streams: 4 }) });
  }
  const { points } = samples.read({ from: NOW, to: NOW + HOUR_MS, stepMs: 60_000 });
  expect(points).toEqual([{ at: NOW, values: { events_per_s: 30, sync_lag_ms: 60, streams: 4 } }]);
  expect(samples.read({ from: NOW, to: NOW + HOUR_MS, stepMs: COARSE_MS }).points).toEqual(points);
});

test('of a step without a sample there is no point: a gap is not nothing', () => {
  const samples = open();
  samples.put(NOW, { streams: 1 });
  samples.put(NOW + 10 * SAMPLE_MS, { streams: 1 });
  const { points } = samples.read({ from: NOW, to: NOW + HOUR_MS, stepMs: SAMPLE_MS });
  expect(points.map(({ at }) => at)).toEqual([NOW, NOW + 10 * SAMPLE_MS]);
});

test('the coarse step that is not over has all of its samples, also those from before a restart', () => {
  const first = open();
  first.put(NOW, { events_per_s: 1 });
  first.close();
  opened.length = 0;
  const second = open();
  second.put(NOW + SAMPLE_MS, { events_per_s: 3 });
  expect(second.read({ from: NOW, to: NOW + COARSE_MS, stepMs: COARSE_MS }).points).toEqual([
    { at: NOW, values: { events_per_s: 2 } },
  ]);
});

test('two weeks of samples take the room of one', () => {
  const samples = open();
  for (let at = NOW; at < NOW + 2 * SAMPLES_KEPT_MS; at += COARSE_MS) samples.put(at, { streams: 1 });
  const all = samples.read({ from: 0, to: NOW + 3 * SAMPLES_KEPT_MS, stepMs: COARSE_MS });
  expect(all.points.length).toBeLessThanOrEqual(SAMPLES_KEPT_MS / COARSE_MS + 1);
  expect(all.points[0]?.at).toBeGreaterThanOrEqual(NOW + SAMPLES_KEPT_MS - 2 * COARSE_MS);
});

test('a file that is damaged, or of another shape, is made anew', () => {
  writeFileSync(file(), 'this is no database, and it is longer than the head of one would have to be');
  const samples = open();
  samples.put(NOW, { streams: 1 });
  samples.close();
  opened.length = 0;
  const later = new Database(file());
  later.pragma('user_version = 99');
  later.close();
  expect(open().read({ from: 0, to: NOW * 2, stepMs: SAMPLE_MS })).toEqual({ points: [], newestAt: undefined });
});

test('to fold in two steps is to fold at once, for what is the worst', () => {
  const values = fc.array(fc.record({ sync_lag_ms: fc.nat() }), { minLength: 1 });
  fc.assert(
    fc.property(values, values, (a, b) => {
      expect(fold([fold(a), fold(b)])).toEqual(fold([...a, ...b]));
    }),
  );
});

test('a step begins at a multiple of its length', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: COARSE_MS }), (at, stepMs) => {
      expect(stepOf(at, stepMs) % stepMs).toBe(0);
      expect(at - stepOf(at, stepMs)).toBeLessThan(stepMs);
    }),
  );
});
