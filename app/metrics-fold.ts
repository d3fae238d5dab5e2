// Many points of metrics made into one of a longer step: of each series the mean of those that have it, or the worst.
import type { MetricPoint } from './metrics-view.ts';

type Values = MetricPoint['values'];

export const stepOf = (at: number, stepMs: number): number => Math.floor(at / stepMs) * stepMs;

/** A longer step hides no outage: of what a person would want to know the worst stays. */
const foldsToWorst = (series: string): boolean =>
  /^(sync_lag_ms|archive_lag_ms|rehydrate_p99_ms|jobs_|streams|nodes_offline)/.test(series);

export function fold(parts: readonly Values[]): Values {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const all = new Map<string, number[]>();
  for (const part of parts) {
    for (const [series, value] of Object.entries(part)) {
      const values = all.get(series);
      if (values) values.push(value);
      else all.set(series, [value]);
    }
  }
  return Object.fromEntries(
    [...all].map(([series, values]) => [
      series,
      foldsToWorst(series) ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0) / values.length,
    ]),
  );
}

/** Oldest first, as they came; of a step without a point there is none. */
export function foldPoints(points: readonly MetricPoint[], stepMs: number): MetricPoint[] {
  const steps = new Map<number, Values[]>();
  for (const { at, values } of points) {
    const step = stepOf(at, stepMs);
    const parts = steps.get(step);
    if (parts) parts.push(values);
    else steps.set(step, [values]);
  }
  return [...steps].map(([at, parts]) => ({ at, values: fold(parts) }));
}
