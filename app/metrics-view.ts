// What pages see of metrics: points in time with a value a series. Part of the interfaces between pages and server.

/** A point without one of them: nothing of it was known, or there was nothing to measure. */
export const seriesNames = [
  /** bytes, objects */
  'hot_bytes',
  'cold_bytes',
  'hot_objects',
  'cold_objects',
  'to_archive',
  /** a second */
  'events_per_s',
  'up_bytes_per_s',
  'down_bytes_per_s',
  'to_cold_bytes_per_s',
  'from_cold_bytes_per_s',
  /** of objects that this server brought back from cold, milliseconds */
  'rehydrate_p50_ms',
  'rehydrate_p99_ms',
  /** age of the oldest that waits, milliseconds: on a node, of all projects; for cold */
  'sync_lag_ms',
  'archive_lag_ms',
  'jobs_running',
  'jobs_queued',
  /** within the last day */
  'jobs_failed',
  /** live streams of pages that are open on this server */
  'streams',
  'nodes_live',
  'nodes_offline',
] as const;

export type SeriesName = (typeof seriesNames)[number];

/** Of one project, where it is more than nothing. */
export const PROJECT_LAG = 'sync_lag_ms:';

export interface MetricPoint {
  /** when its step began; milliseconds since 1970 */
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface MetricsQuery {
  readonly from: number;
  /** exclusive */
  readonly to: number;
  readonly stepMs: number;
}

export interface MetricsHistory {
  /** oldest first; of a step without a sample there is none */
  readonly points: readonly MetricPoint[];
  /** of the newest sample of all; undefined: there never was one */
  readonly newestAt: number | undefined;
}
