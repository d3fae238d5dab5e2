// Jobs that are made up.
import { type Job, type JobTask, NO_FAILURES, NO_PROGRESS } from '../../core/model/job.ts';
import { FAKE_NOW } from './fake-time.ts';

/** @param task  what it does */
export function fakeJob(id: string, task: JobTask, change: Partial<Job> = {}): Job {
  return {
    v: 1,
    id,
    task,
    dry_run: false,
    actor: { kind: 'user', id: 'ada' },
    created: new Date(FAKE_NOW - 60_000).toISOString(),
    state: 'queued',
    attempts: 0,
    progress: NO_PROGRESS,
    failures: NO_FAILURES,
    sentence: 'Waits for a server to take it.',
    told: false,
    ...change,
  };
}
