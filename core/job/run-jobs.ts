// Runs jobs on this server, beside other servers that do the same. Each follows the records; what is queued is claimed by a
// compare-and-swap that one of them wins, and what a server has begun and was silent about for long enough is claimed
// again. Silence is what this server saw itself, so that clocks need not agree.
import { type Clock, isoTime } from '../model/clock.ts';
import { jobKey } from '../model/index-keys.ts';
import { decodeJob, encodeJob, isOver, type Job, type JobTask, projectOf } from '../model/job.ts';
import type { Log } from '../model/log.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { JobHandler, JobHandlers } from './job-context.ts';
import type { JobAt } from './jobs.ts';
import { RunningJob, SILENT_MS } from './running-job.ts';

export interface RunJobsIo {
  readonly records: Pick<KeyValue, 'get' | 'compareAndSet' | 'watch'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Publishes that the job began or what came of it; repeated until it comes through, with the same ids.
   *  @throws StoreUnavailableError */
  readonly tell: (job: Job) => Promise<void>;
  /** Asked before each attempt; what it throws ends the attempt as if the handler had thrown it. Default: always. */
  readonly mayWork?: () => Promise<void>;
}

export interface RunJobsOptions {
  /** this server, unique among all and new at each start */
  readonly instance: string;
  /** jobs at once on this server */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 1_000;
/** Whose servers were gone so often while it ran does not get another. */
const MAX_ATTEMPTS = 60;

/** Runs until the signal aborts; then gives back what it runs and returns. */
export async function runJobs(io: RunJobsIo, handlers: JobHandlers, options: RunJobsOptions): Promise<void> {
  const board = new Board(io, handlers, options);
  const looking = board.lookAgainAndAgain();
  try {
    for await (const change of io.records.watch(jobKey('*'), { signal: options.signal })) {
      if (change.kind === 'put') board.put(change.entry.key, change.entry.value, change.entry.revision);
      if (change.kind === 'delete') board.forget(change.key);
    }
  } finally {
    board.close();
    await looking;
    await board.ended();
  }
}

interface Seen extends JobAt {
  /** for how long its record has not changed, as this server saw it */
  silentMs: number;
}

class Board {
  readonly #io: RunJobsIo;
  readonly #handlers: JobHandlers;
  readonly #options: RunJobsOptions;
  readonly #closed = new AbortController();
  /** all that are not over and told; by key */
  readonly #seen = new Map<string, Seen>();
  readonly #running = new Map<string, { readonly job: RunningJob; readonly ended: Promise<void> }>();
  #looking: Promise<void> | undefined;

  constructor(io: RunJobsIo, handlers: JobHandlers, options: RunJobsOptions) {
    this.#io = io;
    this.#handlers = handlers;
    this.#options = options;
    options.signal.addEventListener('abort', () => this.close(), { once: true });
  }

  put(key: string, value: Uint8Array, revision: number): void {
    let job: Job;
    try {
      job = decodeJob(value);
    } catch (error) {
      this.#io.log.warn(
        { error, key },
        `${key} is a job that this version does not understand: it is left to newer servers`,
      );
      this.#seen.delete(key);
      return;
    }
    if (isOver(job) && job.told) this.#seen.delete(key);
    else this.#seen.set(key, { job, revision, silentMs: 0 });
    this.#running.get(key)?.job.noticed({ job, revision });
    this.#look();
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }

  close(): void {
    this.#closed.abort(new Error('the server ends'));
  }

  async ended(): Promise<void> {
    await this.#looking;
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  async lookAgainAndAgain(): Promise<void> {
    const { clock } = this.#io;
    while (!this.#closed.signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, this.#closed.signal).catch(() => undefined);
      for (const seen of this.#seen.values()) seen.silentMs += LOOK_EVERY_MS;
      this.#look();
    }
  }

  /** One look at a time; what changes meanwhile is looked at when the clock says so, or with the next change. */
  #look(): void {
    if (this.#looking || this.#closed.signal.aborted) return;
    this.#looking = this.#takeWhatWaits()
      .catch((error: unknown) => this.#io.log.warn({ error }, 'jobs could not be looked at; trying again'))
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async #takeWhatWaits(): Promise<void> {
    for (const key of [...this.#seen.keys()].sort()) {
      const seen = this.#seen.get(key);
      if (!seen || this.#running.has(key) || this.#closed.signal.aborted) continue;
      if (isOver(seen.job)) await this.#tellEnd(key, seen);
      else if (this.#isFree(seen) && this.#hasRoomFor(seen.job)) await this.#claim(key, seen);
    }
  }

  #isFree({ job, silentMs }: Seen): boolean {
    if (job.state === 'running') return silentMs >= SILENT_MS;
    return job.retry_at === undefined || Date.parse(job.retry_at) <= this.#io.clock.now();
  }

  /** Two jobs on one project, or two that go over everything, wait for each other. That is for the sake of their work, and
   *  not for safety: each proves what it does at the moment that it does it. */
  #hasRoomFor(job: Job): boolean {
    if (this.#running.size >= this.#options.concurrency) return false;
    const lane = laneOf(job.task);
    const others = [...this.#seen.values()].filter((other) => other.job.id !== job.id);
    return !others.some((other) => other.job.state === 'running' && laneOf(other.job.task) === lane);
  }

  async #claim(key: string, seen: Seen): Promise<void> {
    const { records, clock, log, tell } = this.#io;
    const { job } = seen;
    if (job.attempts >= MAX_ATTEMPTS) {
      const sentence = `It was begun ${job.attempts} times and never came to an end. Look into the servers' logs, then retry it.`;
      await records.compareAndSet(
        key,
        encodeJob({ ...job, state: 'failed', ended: isoTime(clock.now()), sentence }),
        seen.revision,
      );
      return;
    }
    const { retry_at: _, ...kept } = job;
    const claimed: Job = {
      ...kept,
      state: 'running',
      attempts: job.attempts + 1,
      runner: this.#options.instance,
      started: job.started ?? isoTime(clock.now()),
      sentence: 'Runs.',
    };
    const outcome = await records.compareAndSet(key, encodeJob(claimed), seen.revision);
    if (outcome.kind !== 'set') return;
    const at = { job: claimed, revision: outcome.revision };
    this.#seen.set(key, { ...at, silentMs: 0 });
    log.info({ job: job.id, task: job.task, attempt: claimed.attempts }, `job ${job.id} (${job.task.kind}) begins`);
    const running = new RunningJob(this.#io, at);
    const known = this.#handlers[job.task.kind] as JobHandler<typeof job.task.kind> | undefined;
    const handler: typeof known =
      known &&
      (async (context) => {
        await this.#io.mayWork?.();
        return known(context);
      });
    const ended = running
      .run(handler, this.#closed.signal)
      .catch((error: unknown) => log.error({ error, job: job.id }, `job ${job.id} ended badly`))
      .finally(() => {
        this.#running.delete(key);
        this.#look();
      });
    this.#running.set(key, { job: running, ended });
    await tell(claimed).catch((error: unknown) =>
      log.warn({ error, job: job.id }, 'that a job began could not be told'),
    );
  }

  /** Told first, marked second: a crash in between tells it again, with the same id. */
  async #tellEnd(key: string, { job, revision }: Seen): Promise<void> {
    await this.#io.tell(job);
    await this.#io.records.compareAndSet(key, encodeJob({ ...job, told: true }), revision);
  }
}

function laneOf(task: JobTask): string {
  const project = projectOf(task);
  return project === undefined ? `all:${task.kind}` : `project:${project}`;
}
