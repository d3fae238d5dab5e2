// What a job's handler gets: the task, a signal to stop at, and where it says how far it is and what failed. A handler is run
// again from its start after a crash of its server, so that what it does must be repeatable; it throws what time may mend
// (a store that does not answer) and lists what only a person can.
import type { Actor } from '../model/commit.ts';
import type { Sha } from '../model/ids.ts';
import {
  cutReason,
  type Job,
  type JobFailure,
  type JobKind,
  type JobPlan,
  type JobProgress,
  MAX_LISTED_FAILURES,
  MAX_LISTED_PLAN,
  NO_FAILURES,
  NO_PROGRESS,
  type PlannedItem,
  type TaskOf,
} from '../model/job.ts';
import { countOf } from './count-of.ts';

export interface JobContext<K extends JobKind = JobKind> {
  readonly id: string;
  readonly task: TaskOf<K>;
  /** when its first attempt began, ISO 8601 */
  readonly started: string;
  /** plans only */
  readonly dryRun: boolean;
  readonly actor: Actor;
  /** cancelled, taken over by another server, or the server ends */
  readonly signal: AbortSignal;
  readonly report: JobReport;
}

/** @returns one sentence for people: what came of it */
export type JobHandler<K extends JobKind> = (context: JobContext<K>) => Promise<string>;
export type JobHandlers = { readonly [K in JobKind]?: JobHandler<K> };

/** What a job would take away has grown since a person read it. */
export class PlanGrewError extends Error {
  override name = 'PlanGrewError';
  constructor(now: PlanTotals, seen: PlanTotals) {
    super(
      `Nothing was done: ${countOf(now.items, 'object')} (${now.bytes} bytes) would go by now, where the plan that was read had ${seen.items} (${seen.bytes} bytes). Plan it again, and read that.`,
    );
  }
}

export type PlanTotals = NonNullable<Job['seen']>;

/** Collects what a job says of itself until the next heartbeat writes it. */
export class JobReport {
  readonly #seen: PlanTotals | undefined;
  #progress: JobProgress = NO_PROGRESS;
  #failures: Job['failures'] = NO_FAILURES;
  #plan: JobPlan | undefined;
  #commit: Sha | undefined;
  /** goes up whenever there is something to write */
  changes = 0;

  /** @param seen  how much of a plan the person who asked has read; absent: none was read */
  constructor(seen?: PlanTotals) {
    this.#seen = seen;
  }

  /** Begins a part of the work; totals that are not known yet are 0. */
  stage(stage: string, total: { readonly items?: number; readonly bytes?: number } = {}): void {
    this.#progress = {
      stage,
      items: { done: 0, total: total.items ?? 0 },
      bytes: { done: 0, total: total.bytes ?? 0 },
    };
    this.changes += 1;
  }

  /** More was found to do. */
  expect(items: number, bytes = 0): void {
    const { stage, items: i, bytes: b } = this.#progress;
    this.#progress = { stage, items: { ...i, total: i.total + items }, bytes: { ...b, total: b.total + bytes } };
    this.changes += 1;
  }

  did(items: number, bytes = 0): void {
    const { stage, items: i, bytes: b } = this.#progress;
    this.#progress = { stage, items: { ...i, done: i.done + items }, bytes: { ...b, done: b.done + bytes } };
    this.changes += 1;
  }

  fail(failure: JobFailure): void {
    const { count, listed } = this.#failures;
    const cut = { ...failure, reason: cutReason(failure.reason) };
    this.#failures = { count: count + 1, listed: listed.length < MAX_LISTED_FAILURES ? [...listed, cut] : listed };
    this.changes += 1;
  }

  /** Something that the job would do, or does next. */
  plan(item: PlannedItem): void {
    const { items, bytes, listed } = this.#plan ?? { items: 0, bytes: 0, listed: [] };
    const cut = { ...item, reason: cutReason(item.reason) };
    this.#plan = {
      items: items + 1,
      bytes: bytes + item.bytes,
      listed: listed.length < MAX_LISTED_PLAN ? [...listed, cut] : listed,
    };
    this.changes += 1;
  }

  /** It committed this. */
  committed(commit: Sha): void {
    this.#commit = commit;
    this.changes += 1;
  }

  /** To be called when the plan is complete and nothing of it is done yet (I4).
   *  @throws PlanGrewError  it takes away more than was read */
  requireSeen(): void {
    const { items, bytes } = this.planned;
    if (this.#seen && (items > this.#seen.items || bytes > this.#seen.bytes)) {
      throw new PlanGrewError(this.planned, this.#seen);
    }
  }

  get failed(): number {
    return this.#failures.count;
  }

  get planned(): PlanTotals {
    return { items: this.#plan?.items ?? 0, bytes: this.#plan?.bytes ?? 0 };
  }

  /** What the record says of it. */
  get fields(): Pick<Job, 'progress' | 'failures' | 'plan' | 'commit_sha'> {
    return {
      progress: this.#progress,
      failures: this.#failures,
      ...(this.#plan === undefined ? {} : { plan: this.#plan }),
      ...(this.#commit === undefined ? {} : { commit_sha: this.#commit }),
    };
  }
}
