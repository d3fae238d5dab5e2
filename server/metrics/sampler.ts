// Takes a sample of the system every 15 seconds. What cannot be known now is left out of the sample, never written as nothing:
// while NATS is away the plots have a gap where its numbers would be.
import { stepOf } from '../../app/metrics-fold.ts';
import { PROJECT_LAG, type SeriesName } from '../../app/metrics-view.ts';
import { nodeLag } from '../../app/node-lag.ts';
import type { NodeSummary } from '../../app/node-view.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { ProjectName } from '../../core/model/ids.ts';
import type { Log } from '../../core/model/log.ts';
import type { Backlog } from '../../core/store/event-log.ts';
import type { StreamSizes } from '../../core/store/nats-stream-sizes.ts';

import { SAMPLE_MS, type Samples } from './samples.ts';
import type { Passed } from './traffic.ts';

export interface SamplerIo {
  sizes(): Promise<StreamSizes>;
  totals(): { readonly objects: number; readonly cold: number; readonly coldBytes: number };
  /** the records speak of another cold storage: what is in this one is not known */
  isColdStrange(): boolean;
  /** undefined: not heard of all yet, or not now */
  nodes(): readonly NodeSummary[] | undefined;
  /** undefined: not known now */
  jobs(): { readonly running: number; readonly queued: number; readonly failed: number } | undefined;
  /** as of its last look; undefined: none yet, or not known now */
  backlog(): Backlog | undefined;
  streams(): number;
  takeTraffic(): Passed;
  readonly samples: Pick<Samples, 'put'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

export type Sample = Readonly<Partial<Record<SeriesName, number>> & Record<string, number>>;

/** Projects whose lag is kept one by one: those that are furthest behind. */
const PROJECTS_KEPT = 20;

export class Sampler {
  readonly #io: SamplerIo;
  readonly #taken: (sample: Sample) => void;
  #latest: Sample | undefined;
  #last: { readonly at: number; readonly lastEventSeq: number | undefined } | undefined;

  /** @param taken  told of each */
  constructor(io: SamplerIo, taken: (sample: Sample) => void) {
    this.#io = io;
    this.#taken = taken;
  }

  /** The newest one; undefined: none was taken yet. */
  get latest(): Sample | undefined {
    return this.#latest;
  }

  /** Takes one at once and one with each step, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#io;
    while (!signal.aborted) {
      await this.sample();
      const now = clock.now();
      await clock.sleep(stepOf(now, SAMPLE_MS) + SAMPLE_MS - now, signal).catch(() => undefined);
    }
  }

  async sample(): Promise<void> {
    const { clock, samples, log } = this.#io;
    const at = clock.now();
    const sizes = await this.#io.sizes().catch(() => undefined);
    const passed = this.#io.takeTraffic();
    const values: Sample = {
      ...this.#stored(sizes),
      ...this.#rates(at, sizes, passed),
      ...latencies(passed.rehydrateMs),
      ...this.#fleet(at),
      ...this.#own(at),
    };
    this.#latest = values;
    this.#last = { at, lastEventSeq: sizes?.lastEventSeq };
    try {
      samples.put(at, values);
    } catch (error) {
      log.warn({ error }, 'a sample of the metrics could not be written: the plots have a gap there');
    }
    this.#taken(values);
  }

  #stored(sizes: StreamSizes | undefined): Sample {
    const { objects, cold, coldBytes } = this.#io.totals();
    return {
      ...(sizes && { hot_bytes: sizes.hotBytes, hot_objects: sizes.hotObjects }),
      ...(this.#io.isColdStrange()
        ? {}
        : { cold_bytes: coldBytes, cold_objects: cold, to_archive: Math.max(0, objects - cold) }),
    };
  }

  /** Of the time since the sample before; the first one of a server has none. */
  #rates(at: number, sizes: StreamSizes | undefined, passed: Passed): Sample {
    const seconds = this.#last ? (at - this.#last.at) / 1_000 : 0;
    if (!sizes || seconds <= 0) return {};
    const before = this.#last?.lastEventSeq;
    return {
      ...(before !== undefined && { events_per_s: Math.max(0, sizes.lastEventSeq - before) / seconds }),
      to_cold_bytes_per_s: passed.toColdBytes / seconds,
      from_cold_bytes_per_s: passed.fromColdBytes / seconds,
    };
  }

  #fleet(at: number): Sample {
    const nodes = this.#io.nodes();
    if (!nodes) return {};
    const live = nodes.filter(isLive);
    const lags = projectLags(nodes, at);
    const progress = live.flatMap(({ workspaces }) => workspaces.flatMap((one) => one.progress ?? []));
    const worst = [...lags].sort(([, a], [, b]) => b - a).slice(0, PROJECTS_KEPT);
    return {
      nodes_live: live.length,
      nodes_offline: nodes.filter(({ state }) => state === 'offline').length,
      up_bytes_per_s: progress.reduce((sum, { up }) => sum + up.bytesPerSecond, 0),
      down_bytes_per_s: progress.reduce((sum, { down }) => sum + down.bytesPerSecond, 0),
      sync_lag_ms: Math.max(0, ...lags.values()),
      ...Object.fromEntries(worst.map(([project, ms]) => [`${PROJECT_LAG}${project}`, ms])),
    };
  }

  #own(at: number): Sample {
    const jobs = this.#io.jobs();
    const backlog = this.#io.backlog();
    const oldest = backlog?.oldest && Date.parse(backlog.oldest.ts);
    return {
      ...(jobs && { jobs_running: jobs.running, jobs_queued: jobs.queued, jobs_failed: jobs.failed }),
      streams: this.#io.streams(),
      ...(backlog && { archive_lag_ms: oldest === undefined ? 0 : Math.max(0, at - oldest) }),
    };
  }
}

const isLive = ({ state }: NodeSummary): boolean => state === 'live' || state === 'skipping' || state === 'blocked';

/** Of projects that are behind, milliseconds. Only nodes that are heard of count: one that is not would count for ever, and is
 *  told as offline. */
export function projectLags(nodes: readonly NodeSummary[], at: number): Map<ProjectName, number> {
  const lags = new Map<ProjectName, number>();
  for (const workspace of nodes.filter(isLive).flatMap(({ workspaces }) => workspaces)) {
    const { since } = nodeLag([workspace]);
    if (since !== null && since < at)
      lags.set(workspace.project, Math.max(lags.get(workspace.project) ?? 0, at - since));
  }
  return lags;
}

function latencies(times: readonly number[]): Sample {
  if (times.length === 0) return {};
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { rehydrate_p50_ms: at(0.5), rehydrate_p99_ms: at(0.99) };
}
