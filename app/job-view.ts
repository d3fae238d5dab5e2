// What pages see of jobs, and what they ask for: part of the interfaces between pages and server.
import type { Actor } from '../core/model/commit.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { Job, JobKind, JobState, JobTask } from '../core/model/job.ts';
import type { RelPath } from '../core/model/rel-path.ts';

export interface JobView {
  /** in lists without the items of its plan and of its failures: only their counts */
  readonly job: Job;
  /** mean of its present stage, as this server saw it; 0: nothing moves, or nobody knows */
  readonly bytesPerSecond: number;
}

export interface JobQuery {
  readonly state?: JobState | undefined;
  readonly kind?: JobKind | undefined;
  readonly project?: ProjectName | undefined;
  /** older than this one */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface JobsPage {
  /** newest first */
  readonly jobs: readonly JobView[];
  /** give it as `before` to read on; undefined: these were the oldest */
  readonly next: string | undefined;
}

/** How far cold is behind. */
export interface ArchiveLag {
  /** objects and commits that are still to be archived */
  readonly waiting: number;
  /** when the oldest of them came; milliseconds since 1970 */
  readonly oldestAt: number;
}

/** An object that the archiver gave up on, because hot has no good copy of it. */
export interface DeadLetterView {
  readonly sha: Sha;
  readonly project: ProjectName | undefined;
  /** where a file of the project has it, or had it; undefined: not known */
  readonly path: RelPath | undefined;
  readonly reason: string;
  readonly attempts: number;
  /** milliseconds since 1970 */
  readonly since: number;
}

export interface JobQueries {
  /** Undefined: nothing has waited for long. */
  archiveLag(): ArchiveLag | undefined;
  /** The newest of them, and how many there are. */
  deadLetters(limit: number): Promise<{ readonly letters: readonly DeadLetterView[]; readonly count: number }>;
  jobs(query: JobQuery): Promise<JobsPage>;
  /** With all that its record lists. */
  job(id: string): Promise<JobView | undefined>;
}

export type JobAsked =
  | { readonly kind: 'job-asked'; readonly id: string }
  /** one that does the same waits or runs already */
  | { readonly kind: 'job-asked-before'; readonly id: string };

type NoJob = { readonly kind: 'no-job' };

/** What people ask of jobs. Each may be sent twice; who asked is in the job's record and in the audit log.
 *  All throw StoreUnavailableError: whether it was done is unknown, and it may be sent again. */
export interface JobCommands {
  start(
    actor: Actor,
    task: JobTask,
    /** `seen`: how much the person was told that it may take away at the most; more is not done */
    options: { readonly dryRun: boolean; readonly seen?: Job['seen'] },
  ): Promise<JobAsked | { readonly kind: 'no-project' | 'job-on-nothing' }>;
  /** One that nobody has begun is over at once; one that runs stops at its next step. */
  cancel(actor: Actor, id: string): Promise<{ readonly kind: 'job-cancelled' | 'job-stopping' | 'job-over' } | NoJob>;
  /** Only what failed, where all of that is listed. */
  retry(actor: Actor, id: string): Promise<JobAsked | { readonly kind: 'job-not-failed' } | NoJob>;
  /** Has dead letters tried again, by a job that archives their objects. */
  retryDead(actor: Actor, which: Sha | 'all'): Promise<JobAsked | { readonly kind: 'no-dead-letter' | 'no-project' }>;
  /** What a dry run planned is done: planned anew, and each step looked at again (I4). A plan holds for an hour, and where the
   *  new one takes away more than it, nothing is done. */
  adopt(
    actor: Actor,
    id: string,
  ): Promise<JobAsked | { readonly kind: 'job-not-planned' | 'plan-old' | 'no-project' } | NoJob>;
}
