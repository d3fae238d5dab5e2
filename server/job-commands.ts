// What people ask of jobs, written into their records.
import type { JobAsked, JobCommands } from '../app/job-view.ts';
import { readCurrent } from '../core/commit/current.ts';
import { cancelJob, readJob, requestJob, retryJob } from '../core/job/jobs.ts';
import { deadLetterTask } from '../core/lifecycle/retry-dead-letters.ts';
import { kindAt } from '../core/manifest/kind-at.ts';
import type { NodeReader } from '../core/manifest/tree.ts';
import type { Clock } from '../core/model/clock.ts';
import type { Actor } from '../core/model/commit.ts';
import { isScoped, type Job, type JobTask, projectOf } from '../core/model/job.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { DeadLetters } from '../core/tier/dead-letters.ts';

export interface JobCommandIo {
  readonly jobs: Pick<KeyValue, 'get' | 'put' | 'delete' | 'keys' | 'compareAndSet'>;
  readonly index: Pick<KeyValue, 'get'>;
  readonly nodes: NodeReader;
  readonly clock: Clock;
  /** one that does the very same, and neither is over nor was asked to stop */
  alike(task: JobTask, dryRun: boolean): Job | undefined;
}

/** What was read longer ago says too little of what would go now. */
const PLAN_HOLDS_MS = 3_600_000;

export function jobCommands({ jobs, index, nodes, clock, alike }: JobCommandIo): JobCommands {
  /** A form that is sent twice asks once. */
  async function ask(
    actor: Actor,
    task: JobTask,
    dryRun: boolean,
    seen?: Job['seen'],
  ): Promise<JobAsked | { readonly kind: 'no-project' }> {
    const project = projectOf(task);
    if (project !== undefined && !(await readCurrent(index, project))) return { kind: 'no-project' };
    const before = alike(task, dryRun);
    if (before) return { kind: 'job-asked-before', id: before.id };
    const { job } = await requestJob(jobs, { task, actor, dryRun, seen }, clock.now());
    return { kind: 'job-asked', id: job.id };
  }

  /** A job on nothing would say that all is done. A repair is let be: it may be the tree that it has to mend. */
  async function isOnNothing(task: JobTask): Promise<boolean> {
    if (!isScoped(task) || task.kind === 'repair') return false;
    const { project, prefix } = task;
    if (project === undefined || prefix === undefined) return false;
    const at = await readCurrent(index, project);
    return at !== undefined && (await kindAt(nodes, at.current.manifest_sha, prefix)) === 'nothing';
  }

  return {
    async start(actor, task, { dryRun, seen }) {
      if (await isOnNothing(task)) return { kind: 'job-on-nothing' };
      return ask(actor, task, dryRun, seen);
    },
    async cancel(actor, id) {
      const outcome = await cancelJob(jobs, id, actor, clock.now());
      if (outcome.kind === 'no-job') return outcome;
      if (outcome.kind === 'refused') return { kind: 'job-over' };
      return { kind: outcome.job.state === 'cancelled' ? 'job-cancelled' : 'job-stopping' };
    },
    async retry(actor, id) {
      const outcome = await retryJob(jobs, id, actor, clock.now());
      if (outcome.kind === 'no-job') return outcome;
      if (outcome.kind === 'refused') return { kind: 'job-not-failed' };
      return { kind: outcome.kind === 'exists' ? 'job-asked-before' : 'job-asked', id: outcome.job.id };
    },
    async retryDead(actor, which) {
      const task = await deadLetterTask({ dead: new DeadLetters(jobs, clock), index }, which);
      if (!task) return { kind: 'no-dead-letter' };
      return ask(actor, task, false);
    },
    async adopt(actor, id) {
      const at = await readJob(jobs, id);
      if (!at) return { kind: 'no-job' };
      const { dry_run: dryRun, state, task, plan, ended } = at.job;
      if (!dryRun || state !== 'done' || ended === undefined) return { kind: 'job-not-planned' };
      if (clock.now() - Date.parse(ended) > PLAN_HOLDS_MS) return { kind: 'plan-old' };
      const seen = { items: plan?.items ?? 0, bytes: plan?.bytes ?? 0 };
      return ask(actor, task, false, seen);
    },
  };
}
