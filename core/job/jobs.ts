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

/** Does again what failed, as a job of its own: only the items that failed where all of them are listed, else all, which
 *  costs a look at each that was done. */
export async function retryJob(records: JobRecords, id: string, actor: Actor, now: number): Promise<ChangeOutcome> {
  const at = await readJob(records, id);
  if (!at) return { kind: 'no-job' };
  const { job } = at;
  if (job.state !== 'failed' && job.state !== 'cancelled') return { kind: 'refused', state: job.state };
  const { count, listed } = job.failures;
  const shas = listed.flatMap(({ sha }): Sha[] => (sha === undefined ? [] : [sha]));
  const narrowed = isScoped(job.task) && count > 0 && shas.length === count;
  const task = narrowed ? { ...job.task, shas } : job.task;
  const { job: retry } = await requestJob(records, { task, actor, dryRun: job.dry_run, retryOf: id }, now);
  return { kind: 'changed', job: retry };
}
