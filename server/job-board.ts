// All jobs as their records say it, followed and kept in memory without what they list, so that a page of them, filtered or
// not, asks nobody. How fast one goes is seen here: the record has no time of each step.
import type { JobQuery, JobsPage, JobView } from '../app/job-view.ts';
import { canonicalJson } from '../core/model/canonical-json.ts';
import type { Clock } from '../core/model/clock.ts';
import { jobKey } from '../core/model/index-keys.ts';
import { decodeJob, isOver, type Job, type JobTask, projectOf } from '../core/model/job.ts';
import type { Log } from '../core/model/log.ts';
import type { KeyValue } from '../core/store/key-value.ts';

export interface JobBoardIo {
  readonly jobs: Pick<KeyValue, 'watch'>;
  readonly clock: Clock;
  readonly log: Log;
}

const DAY_MS = 24 * 3_600_000;

interface Stage {
  readonly name: string;
  readonly since: number;
  readonly bytes: number;
}

interface Seen {
  readonly job: Job;
  readonly seenAt: number;
  readonly stage: Stage;
}

export class JobBoard {
  readonly #io: JobBoardIo;
  readonly #changed: () => void;
  readonly #seen = new Map<string, Seen>();
  /** oldest first; undefined: to be sorted anew */
  #ids: readonly string[] | undefined;

  /** @param changed  a job is another now */
  constructor(io: JobBoardIo, changed: () => void) {
    this.#io = io;
    this.#changed = changed;
  }

  /** Runs until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const change of this.#io.jobs.watch(jobKey('*'), { signal })) {
      if (change.kind === 'put') this.#put(change.entry.key, change.entry.value);
      if (change.kind === 'delete') this.#forget(change.key.slice(jobKey('').length));
    }
  }

  page({ before, limit, ...filter }: JobQuery): JobsPage {
    this.#ids ??= [...this.#seen.keys()].sort();
    const jobs: JobView[] = [];
    for (let i = this.#ids.length - 1; i >= 0; i--) {
      const id = this.#ids[i] ?? '';
      if (before !== undefined && id >= before) continue;
      const seen = this.#seen.get(id);
      if (!seen || !matches(seen.job, filter)) continue;
      if (jobs.length === limit) return { jobs, next: jobs.at(-1)?.job.id };
      jobs.push(viewOf(seen));
    }
    return { jobs, next: undefined };
  }

  /** How many run and wait, and how many failed within the last day. */
  counts(): { readonly running: number; readonly queued: number; readonly failed: number } {
    const since = this.#io.clock.now() - DAY_MS;
    const jobs = [...this.#seen.values()].map(({ job }) => job);
    const isLate = ({ ended }: Job) => ended !== undefined && Date.parse(ended) >= since;
    return {
      running: jobs.filter(({ state }) => state === 'running').length,
      queued: jobs.filter(({ state }) => state === 'queued').length,
      failed: jobs.filter((job) => job.state === 'failed' && isLate(job)).length,
    };
  }

  rateOf(id: string): number {
    const seen = this.#seen.get(id);
    return seen ? rateOf(seen) : 0;
  }

  /** One that does the very same, and neither is over nor was asked to stop. */
  alike(task: JobTask, dryRun: boolean): Job | undefined {
    const text = canonicalJson(task);
    for (const { job } of this.#seen.values()) {
      if (!isOver(job) && !job.cancel && job.dry_run === dryRun && canonicalJson(job.task) === text) return job;
    }
    return undefined;
  }

  #put(key: string, value: Uint8Array): void {
    let job: Job;
    try {
      job = decodeJob(value);
    } catch (error) {
      this.#io.log.warn({ error, key }, `${key} is a job that this version does not understand: it is not shown`);
      return;
    }
    const before = this.#seen.get(job.id);
    const { stage, bytes } = job.progress;
    const now = this.#io.clock.now();
    const isSameStage = before?.stage.name === stage && before.job.attempts === job.attempts;
    const began = isSameStage ? before.stage : { name: stage, since: now, bytes: bytes.done };
    this.#seen.set(job.id, { job: withoutLists(job), seenAt: now, stage: began });
    if (!before) this.#ids = undefined;
    this.#changed();
  }

  #forget(id: string): void {
    if (!this.#seen.delete(id)) return;
    this.#ids = undefined;
    this.#changed();
  }
}

const matches = (job: Job, { state, kind, project }: Pick<JobQuery, 'state' | 'kind' | 'project'>): boolean =>
  (state === undefined || job.state === state) &&
  (kind === undefined || job.task.kind === kind) &&
  (project === undefined || projectOf(job.task) === project);

const viewOf = (seen: Seen): JobView => ({ job: seen.job, bytesPerSecond: rateOf(seen) });

function rateOf({ job, seenAt, stage }: Seen): number {
  const ms = seenAt - stage.since;
  return job.state === 'running' && ms > 0 ? ((job.progress.bytes.done - stage.bytes) / ms) * 1_000 : 0;
}

const withoutLists = (job: Job): Job => ({
  ...job,
  failures: { ...job.failures, listed: [] },
  ...(job.plan && { plan: { ...job.plan, listed: [] } }),
});
