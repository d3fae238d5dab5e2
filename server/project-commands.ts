// What people ask of projects, carried out and told in the log: who, when, what, and what came of it.
import type { ProjectCommands } from '../app/context.ts';
import type { CommitIo } from '../core/commit/commit.ts';
import { createProject } from '../core/commit/project.ts';
import type { Log } from '../core/model/log.ts';

export function projectCommands(io: CommitIo, log: Log): ProjectCommands {
  return {
    async create(user, project) {
      const { kind } = await createProject(io, project, { kind: 'user', id: user });
      const outcome = kind === 'created' ? 'project-created' : 'project-exists';
      log.info({ audit: 'create project', actor: user, project, outcome }, `${user} created ${project} (${outcome})`);
      return { kind: outcome };
    },
  };
}
