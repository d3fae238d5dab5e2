// What people ask of projects, carried out and told in the log: who, when, what, and what came of it.
import type { ProjectCommands } from '../app/context.ts';
import type { CommitIo } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import { createProject } from '../core/commit/project.ts';
import { type JobRecords, requestJob } from '../core/job/jobs.ts';
import type { Log } from '../core/model/log.ts';

export function projectCommands(io: CommitIo, jobs: JobRecords, log: Log): ProjectCommands {
  return {
    async create(user, project) {
      const { kind } = await createProject(io, project, { kind: 'user', id: user });
      const outcome = kind === 'created' ? 'project-created' : 'project-exists';
      log.info({ audit: 'create project', actor: user, project, outcome }, `${user} created ${project} (${outcome})`);
      return { kind: outcome };
    },
    async promote(user, project) {
      if (!(await readCurrent(io.index, project))) return { kind: 'no-project' };
      const request = { task: { kind: 'promote', mode: 'fast', project }, actor: { kind: 'user', id: user } } as const;
      const { job } = await requestJob(jobs, request, io.clock.now());
      log.info({ audit: 'promote', actor: user, project, job: job.id }, `${user} asked to bring ${project} back`);
      return { kind: 'promotion-asked' };
    },
  };
}
