// Which plots there are, and what each shows of a history: lines with a value a step, and an axis of round numbers. Pure, so
// that the page and its tables say the same.
import { formatBytes, formatCount, formatDuration } from '../components/format.ts';
import type { PlotLine } from '../components/plot.tsx';
import { type MetricPoint, PROJECT_LAG, type SeriesName } from './metrics-view.ts';

type Unit = 'bytes' | 'bytes/s' | 'count' | 'rate' | 'ms';

export interface PlotKind {
  readonly id: string;
  readonly title: string;
  /** what the numbers are, in a few words */
  readonly about: string;
  readonly unit: Unit;
  readonly lines: readonly (readonly [series: SeriesName, label: string, tone: PlotLine['tone']])[];
  /** said where a line is empty though samples were taken */
  readonly quiet?: string;
}

export const plots: readonly PlotKind[] = [
  {
    id: 'storage',
    title: 'Storage',
    about: 'bytes that objects take',
    unit: 'bytes',
    lines: [
      ['hot_bytes', 'Hot', 'hot'],
      ['cold_bytes', 'Cold', 'cold'],
    ],
  },
  {
    id: 'objects',
    title: 'Objects',
    about: 'in hot with tree nodes and commits',
    unit: 'count',
    lines: [
      ['hot_objects', 'Hot', 'hot'],
      ['cold_objects', 'Proven in cold', 'cold'],
      ['to_archive', 'To archive', 'third'],
    ],
  },
  {
    id: 'events',
    title: 'Events',
    about: 'a second',
    unit: 'rate',
    lines: [['events_per_s', 'Events', 'first']],
  },
  {
    id: 'throughput',
    title: 'Throughput',
    about: 'bytes a second',
    unit: 'bytes/s',
    lines: [
      ['up_bytes_per_s', 'Nodes send', 'first'],
      ['down_bytes_per_s', 'Nodes fetch', 'second'],
      ['to_cold_bytes_per_s', 'To cold', 'cold'],
      ['from_cold_bytes_per_s', 'From cold', 'third'],
    ],
  },
  {
    id: 'lag',
    title: 'Sync lag',
    about: 'age of the oldest change that waits',
    unit: 'ms',
    lines: [['archive_lag_ms', 'For cold', 'cold']],
  },
  {
    id: 'rehydration',
    title: 'Rehydration',
    about: 'time to bring an object back from cold',
    unit: 'ms',
    lines: [
      ['rehydrate_p50_ms', 'Half within (p50)', 'first'],
      ['rehydrate_p99_ms', '99 % within (p99)', 'second'],
    ],
    quiet: 'Nothing was brought back from cold in this time',
  },
  {
    id: 'jobs',
    title: 'Jobs',
    about: 'failed: within a day before',
    unit: 'count',
    lines: [
      ['jobs_running', 'Running', 'first'],
      ['jobs_queued', 'Waiting', 'second'],
      ['jobs_failed', 'Failed', 'bad'],
    ],
  },
  {
    id: 'connections',
    title: 'Connections',
    about: 'nodes, and open pages of this server',
    unit: 'count',
    lines: [
      ['nodes_live', 'Nodes live', 'first'],
      ['nodes_offline', 'Nodes offline', 'bad'],
      ['streams', 'Open pages', 'second'],
    ],
  },
];

export interface Window {
  readonly from: number;
  /** exclusive */
  readonly to: number;
  readonly stepMs: number;
}

/** Projects that have a line of their own: those that were furthest behind. */
const PROJECTS_SHOWN = 3;
const PROJECT_TONES: readonly PlotLine['tone'][] = ['first', 'second', 'third'];

/** The lines of a plot, each with the same number of steps. Undefined: there is no value of that step. */
export function linesOf(plot: PlotKind, points: readonly MetricPoint[], window: Window): PlotLine[] {
  const steps = Math.round((window.to - window.from) / window.stepMs);
  const at = new Map(points.map((point) => [Math.round((point.at - window.from) / window.stepMs), point.values]));
  const line = (
    label: string,
    tone: PlotLine['tone'],
    value: (values: MetricPoint['values']) => number | undefined,
  ) => {
    const values = Array.from({ length: steps }, (_, i) => {
      const found = at.get(i);
      return found && value(found);
    });
    return { label, tone, values, texts: values.map((one) => (one === undefined ? '–' : textOf(one, plot.unit))) };
  };
  const fixed = plot.lines.map(([series, label, tone]) => line(label, tone, (values) => values[series]));
  if (plot.id !== 'lag') return fixed;
  const projects = furthestBehind(points);
  if (projects.length === 0) return [line('All projects', 'first', (values) => values.sync_lag_ms), ...fixed];
  const own = projects.map((project, i) =>
    // A sample of the fleet that does not name the project says that it was not behind.
    line(project, PROJECT_TONES[i] ?? 'third', (values) =>
      values.sync_lag_ms === undefined ? undefined : (values[PROJECT_LAG + project] ?? 0),
    ),
  );
  return [...own, ...fixed];
}

function furthestBehind(points: readonly MetricPoint[]): string[] {
  const most = new Map<string, number>();
  for (const { values } of points) {
    for (const [series, value] of Object.entries(values)) {
      if (!series.startsWith(PROJECT_LAG)) continue;
      const project = series.slice(PROJECT_LAG.length);
      most.set(project, Math.max(value, most.get(project) ?? 0));
    }
  }
  const worst = [...most].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return worst.slice(0, PROJECTS_SHOWN).map(([project]) => project);
}

export function textOf(value: number, unit: Unit): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(value);
    case 'bytes/s':
      return `${formatBytes(value)}/s`;
    case 'ms':
      return value === 0 ? '0' : formatDuration(value);
    case 'count':
      return short(value);
    case 'rate':
      return `${short(value)}/s`;
  }
}

const short = (value: number): string =>
  value < 10 ? String(Number(value.toFixed(1))) : formatCount(Math.round(value));

/** Round numbers from 0 up, so few that each has its label, the last at or above all values. */
export function axisOf(lines: readonly PlotLine[], unit: Unit): { readonly top: number; readonly ticks: string[] } {
  const most = Math.max(
    0,
    ...lines.flatMap(({ values }) => values.flatMap((value) => (value === undefined ? [] : [value]))),
  );
  const step = roundStep(most / MOST_STEPS, unit);
  const steps = Math.max(2, Math.ceil(most / step - 1e-9));
  return {
    top: steps * step,
    ticks: Array.from({ length: steps + 1 }, (_, i) => (i === 0 ? '0' : textOf(i * step, unit).replace('.0 ', ' '))),
  };
}

const MOST_STEPS = 4;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TIME_STEPS = [
  ...[1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500],
  ...[1, 2, 5, 10, 15, 30].map((s) => s * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((min) => min * MINUTE),
  ...[1, 2, 6, 12].map((h) => h * HOUR),
];
const LEAST_STEP: Readonly<Record<Unit, number>> = { bytes: 1, 'bytes/s': 1, count: 1, rate: 0.5, ms: 1 };

/** The smallest round number that is not less. */
function roundStep(least: number, unit: Unit): number {
  const wanted = Math.max(least, LEAST_STEP[unit]);
  if (unit === 'ms') return TIME_STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / DAY) * DAY;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const factors = unit === 'count' && power < 10 ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10];
  return (factors.find((factor) => factor * power >= wanted * (1 - 1e-9)) ?? 10) * power;
}
