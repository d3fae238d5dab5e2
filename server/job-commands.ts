// What people ask of jobs, written into their records and told in the log: who, when, what, and what came of it.
import type { JobAsked, JobCommands } from '../app/job-view.ts';
import { readCurrent } from '../core/commit/current.ts';
import { cancelJob, readJob, requestJob, retryJob } from '../core/job/jobs.ts';
import { deadLetterTask } from '../core/lifecycle/retry-dead-letters.ts';
import type { Clock } from '../core/model/clock.ts';
import type { Actor } from '../core/model/commit.ts';
import { type Job, type JobTask, projectOf } from '../core/model/job.ts';
import type { Log } from '../core/model/log.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { DeadLetters } from '../core/tier/dead-letters.ts';

export interface JobCommandIo {
  readonly jobs: Pick<KeyValue, 'get' | 'put' | 'delete' | 'keys' | 'compareAndSet'>;
  readonly index: Pick<KeyValue, 'get'>;
  readonly clock: Clock;
  readonly log: Log;
  /** one that does the very same, and neither is over nor was asked to stop */
  alike(task: JobTask, dryRun: boolean): Job | undefined;
}

/** What was read longer ago says too little of what would go now. */
const PLAN_HOLDS_MS = 3_600_000;

const person = (user: string): Actor => ({ kind: 'user', id: user });

export function jobCommands({ jobs, index, clock, log, alike }: JobCommandIo): JobCommands {
  function told<const T extends { readonly kind: string }>(what: string, user: string, about: object, outcome: T): T {
    log.info({ audit: what, actor: user, ...about, outcome }, `${user} asked: ${what} (${outcome.kind})`);
    return outcome;
  }

  /** A form that is sent twice asks once. */
  async function ask(
    user: string,
    task: JobTask,
    dryRun: boolean,
    seen?: Job['seen'],
  ): Promise<JobAsked | { readonly kind: 'no-project' }> {
    const project = projectOf(task);
    if (project !== undefined && !(await readCurrent(index, project))) return { kind: 'no-project' };
    const before = alike(task, dryRun);
    if (before) return { kind: 'job-asked-before', id: before.id };
    const { job } = await requestJob(jobs, { task, actor: person(user), dryRun, seen }, clock.now());
    return { kind: 'job-asked', id: job.id };
  }

  return {
    async start(user, task, { dryRun, seen }) {
      return told('start job', user, { task, dryRun, seen }, await ask(user, task, dryRun, seen));
    },
    async cancel(user, id) {
      const outcome = await cancelJob(jobs, id, person(user), clock.now());
      if (outcome.kind === 'no-job') return outcome;
      if (outcome.kind === 'refused') return { kind: 'job-over' };
      const kind = outcome.job.state === 'cancelled' ? 'job-cancelled' : 'job-stopping';
      return told('cancel job', user, { job: id }, { kind });
    },
    async retry(user, id) {
      const outcome = await retryJob(jobs, id, person(user), clock.now());
      if (outcome.kind === 'no-job') return outcome;
      if (outcome.kind === 'refused') return { kind: 'job-not-failed' };
      const kind = outcome.kind === 'exists' ? 'job-asked-before' : 'job-asked';
      return told('retry job', user, { job: id }, { kind, id: outcome.job.id });
    },
    async retryDead(user, which) {
      const task = await deadLetterTask({ dead: new DeadLetters(jobs, clock), index }, which);
      if (!task) return { kind: 'no-dead-letter' };
      return told('retry dead letters', user, { which }, await ask(user, task, false));
    },
    async adopt(user, id) {
      const at = await readJob(jobs, id);
      if (!at) return { kind: 'no-job' };
      const { dry_run: dryRun, state, task, plan, ended } = at.job;
      if (!dryRun || state !== 'done' || ended === undefined) return { kind: 'job-not-planned' };
      if (clock.now() - Date.parse(ended) > PLAN_HOLDS_MS) return { kind: 'plan-old' };
      const seen = { items: plan?.items ?? 0, bytes: plan?.bytes ?? 0 };
      return told('adopt plan', user, { job: id, seen }, await ask(user, task, false, seen));
    },
  };
}
