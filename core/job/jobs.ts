// Asks for jobs, reads them, and changes what is asked of them, each by compare-and-swap on its record.
import { isoTime } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import type { Sha } from '../model/ids.ts';
import { jobKey } from '../model/index-keys.ts';
import {
  decodeJob,
  encodeJob,
  isOver,
  isScoped,
  type Job,
  type JobState,
  type JobTask,
  jobIdSchema,
  NO_FAILURES,
  NO_PROGRESS,
} from '../model/job.ts';
import type { KeyValue } from '../store/key-value.ts';
import { newJobId } from './job-id.ts';

export type JobRecords = Pick<KeyValue, 'get' | 'compareAndSet'>;

export interface JobAt {
  readonly job: Job;
  readonly revision: number;
}

export interface JobRequest {
  readonly task: JobTask;
  readonly actor: Actor;
  readonly dryRun?: boolean;
  /** what the person who asks has read of its plan; absent: there was none to read */
  readonly seen?: Job['seen'];
  readonly retryOf?: string;
  /** fixed for a scheduled one; of those who ask for the same id one is first */
  readonly id?: string;
}

/** @returns `exists` only when the request names its id */
export async function requestJob(
  records: JobRecords,
  request: JobRequest,
  now: number,
): Promise<{ readonly kind: 'requested' | 'exists'; readonly job: Job }> {
  const job: Job = {
    v: 1,
    id: request.id ?? newJobId(now),
    task: request.task,
    dry_run: request.dryRun ?? false,
    actor: request.actor,
    created: isoTime(now),
    state: 'queued',
    attempts: 0,
    progress: NO_PROGRESS,
    failures: NO_FAILURES,
    sentence: 'Waits for a server to take it.',
    ...(request.seen && { seen: request.seen }),
    ...(request.retryOf === undefined ? {} : { retry_of: request.retryOf }),
    told: false,
  };
  const outcome = await records.compareAndSet(jobKey(job.id), encodeJob(job), 0);
  if (outcome.kind === 'set') return { kind: 'requested', job };
  return { kind: 'exists', job: outcome.entry ? decodeJob(outcome.entry.value) : job };
}

/** @param id  as somebody typed it: what is no id names no job, and never another key
 *  @returns undefined when there is none of that id */
export async function readJob(records: Pick<KeyValue, 'get'>, id: string): Promise<JobAt | undefined> {
  if (!jobIdSchema.safeParse(id).success) return undefined;
  const entry = await records.get(jobKey(id));
  return entry && { job: decodeJob(entry.value), revision: entry.revision };
}

export interface JobPage {
  readonly jobs: readonly Job[];
  /** give it as `before` to read on; undefined: these were the oldest */
  readonly next: string | undefined;
}

/** Newest first.
 *  @param before  the id that the page before ended with */
export async function listJobs(
  records: Pick<KeyValue, 'get' | 'keys'>,
  { before, limit }: { readonly before?: string | undefined; readonly limit: number },
  matches: (job: Job) => boolean = () => true,
): Promise<JobPage> {
  const ids: string[] = [];
  for await (const key of records.keys(jobKey('*'))) {
    const id = key.slice(jobKey('').length);
    if (before === undefined || id < before) ids.push(id);
  }
  const jobs: Job[] = [];
  for (const id of ids.sort().reverse()) {
    if (jobs.length === limit) return { jobs, next: jobs.at(-1)?.id };
    const at = await readJob(records, id);
    if (at && matches(at.job)) jobs.push(at.job);
  }
  return { jobs, next: undefined };
}

export type ChangeOutcome =
  | { readonly kind: 'changed'; readonly job: Job }
  | { readonly kind: 'no-job' }
  /** it is not in a state in which that can be asked */
  | { readonly kind: 'refused'; readonly state: JobState };

/** Asks a job to stop. One that nobody has begun is over at once; one that runs stops at its next step. */
export async function cancelJob(records: JobRecords, id: string, actor: Actor, now: number): Promise<ChangeOutcome> {
  for (;;) {
    const at = await readJob(records, id);
    if (!at) return { kind: 'no-job' };
    if (isOver(at.job)) return { kind: 'refused', state: at.job.state };
    if (at.job.cancel) return { kind: 'changed', job: at.job };
    const cancel = { actor, ts: isoTime(now) };
    const next: Job =
      at.job.state === 'queued'
        ? { ...at.job, cancel, state: 'cancelled', ended: isoTime(now), sentence: 'Cancelled before it began.' }
        : { ...at.job, cancel };
    const outcome = await records.compareAndSet(jobKey(id), encodeJob(next), at.revision);
    if (outcome.kind === 'set') return { kind: 'changed', job: next };
  }
}

/** The objects that a retry does alone.
 *  @returns undefined: it does all again, because what failed is not all listed, or is no object, or its task is not of such */
export function retriedObjects({ task, failures: { count, listed } }: Job): readonly Sha[] | undefined {
  const shas = listed.flatMap(({ sha }): Sha[] => (sha === undefined ? [] : [sha]));
  return isScoped(task) && count > 0 && shas.length === count ? shas : undefined;
}

export type RetryOutcome =
  | ChangeOutcome
  /** somebody has asked before, and that one is not over */
  | { readonly kind: 'exists'; readonly job: Job };

/** Does again what failed, as a job of its own: only the objects that failed where these are known, else all, which costs a
 *  look at each that was done. The record names its retry before there is one, so that of many who ask one gets it. */
export async function retryJob(records: JobRecords, id: string, actor: Actor, now: number): Promise<RetryOutcome> {
  for (;;) {
    const at = await readJob(records, id);
    if (!at) return { kind: 'no-job' };
    const { job } = at;
    if (job.state !== 'failed' && job.state !== 'cancelled') return { kind: 'refused', state: job.state };
    const before = job.retried === undefined ? undefined : await readJob(records, job.retried);
    if (before && !isOver(before.job)) return { kind: 'exists', job: before.job };
    // A name without a job: who gave it has not asked yet, or was cut off.
    const retried = before || job.retried === undefined ? newJobId(now) : job.retried;
    if (retried !== job.retried) {
      const named = await records.compareAndSet(jobKey(id), encodeJob({ ...job, retried }), at.revision);
      if (named.kind !== 'set') continue;
    }
    const asked = await requestJob(records, { ...retryOf(job), id: retried, actor }, now);
    return { kind: asked.kind === 'requested' ? 'changed' : 'exists', job: asked.job };
  }
}

function retryOf(job: Job): Omit<JobRequest, 'actor'> {
  const shas = retriedObjects(job);
  const task = isScoped(job.task) && shas ? { ...job.task, shas: [...shas] } : job.task;
  return { task, dryRun: job.dry_run, seen: job.seen, retryOf: job.id };
}
