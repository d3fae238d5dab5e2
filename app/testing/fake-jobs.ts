// Jobs that are made up, and what is asked of them.
import { type Job, type JobTask, NO_FAILURES, NO_PROGRESS, projectOf } from '../../core/model/job.ts';
import type { Queries } from '../context.ts';
import type { FakeFleet } from './fake-fleet.ts';
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

export function jobQueries(fleet: FakeFleet): Pick<Queries, 'jobs' | 'job' | 'archiveLag' | 'deadLetters'> {
  return {
    jobs: async ({ state, kind, project, before, limit }) => {
      fleet.failIfAsked();
      const found = [...fleet.madeJobs.values()]
        .filter(({ job }) => state === undefined || job.state === state)
        .filter(({ job }) => kind === undefined || job.task.kind === kind)
        .filter(({ job }) => project === undefined || projectOf(job.task) === project)
        .filter(({ job }) => before === undefined || job.id < before)
        .sort((a, b) => (a.job.id < b.job.id ? 1 : -1));
      const jobs = found.slice(0, limit);
      return { jobs, next: found.length > limit ? jobs.at(-1)?.job.id : undefined };
    },
    job: async (id) => {
      fleet.failIfAsked();
      return fleet.madeJobs.get(id);
    },
    archiveLag: () => fleet.lag,
    deadLetters: async (limit) => ({ letters: fleet.letters.slice(0, limit), count: fleet.letters.length }),
  };
}
