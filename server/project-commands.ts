// What people ask of projects, carried out and told in the log: who, when, what, and what came of it.
import type { ProjectCommands } from '../app/project-view.ts';
import type { CommitIo } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import { deleteProject, undeleteProject } from '../core/commit/delete-project.ts';
import { createProject } from '../core/commit/project.ts';
import { renameProject } from '../core/commit/rename-project.ts';
import { type JobRecords, requestJob } from '../core/job/jobs.ts';
import type { Actor } from '../core/model/commit.ts';
import { InvalidValueError, type ProjectName } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import { followRename } from '../core/node/follow-rename.ts';
import { type ResyncAsked, type ResyncOutcome, resync } from '../core/node/resync.ts';
import { followRenameOfShares } from '../core/share/shares.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { pin, unpin } from '../core/tier/pins.ts';

export interface ProjectCommandIo extends CommitIo {
  /** what nodes are asked to be */
  readonly nodeRecords: Pick<KeyValue, 'keys' | 'get' | 'compareAndSet'>;
  /** share links */
  readonly shares: Pick<KeyValue, 'keys' | 'get' | 'compareAndSet'>;
  /** where jobs are recorded */
  readonly jobs: JobRecords;
  /** something that a page shows of the project may be another now */
  changed(project: ProjectName): void;
}

export function projectCommands(io: ProjectCommandIo, log: Log): ProjectCommands {
  const actorOf = (user: string): Actor => ({ kind: 'user', id: user });

  function told<const K extends string>(what: string, user: string, project: ProjectName, kind: K, about: object = {}) {
    const fields = { audit: `${what} project`, actor: user, project, ...about, outcome: kind };
    log.info(fields, `${user} asked: ${what} ${project} (${kind})`);
    io.changed(project);
    return { kind };
  }

  return {
    async create(user, project) {
      const { kind } = await createProject(io, project, actorOf(user));
      return told('create', user, project, kind === 'created' ? 'project-created' : 'project-exists');
    },
    async rename(user, project, to) {
      const { kind } = await renameProject(io, project, to, actorOf(user));
      if (kind === 'exists') return told('rename', user, project, 'project-exists', { to });
      if (kind === 'no-project') return told('rename', user, project, 'no-project', { to });
      const nodes = await followRename(io.nodeRecords, project, to);
      await followRenameOfShares(io, project, to);
      return told('rename', user, project, 'project-renamed', { to, nodes });
    },
    async remove(user, project, seen) {
      const at = await readCurrent(io.index, project);
      if (!at) return { kind: 'no-project' };
      if (at.current.commit_sha !== seen) return { kind: 'project-moved' };
      const { kind } = await deleteProject(io, at);
      if (kind === 'no-project') return { kind };
      return told('delete', user, project, kind === 'deleted' ? 'project-deleted' : 'project-moved');
    },
    async undelete(user, project) {
      const { kind } = await undeleteProject(io, project);
      if (kind === 'restored') return told('undelete', user, project, 'project-restored');
      return told('undelete', user, project, kind === 'exists' ? 'project-name-taken' : 'project-not-kept');
    },
    async pin(user, project, paths) {
      if (!(await readCurrent(io.index, project))) return { kind: 'no-project' };
      const outcome = await pin(io, project, paths, actorOf(user));
      return told('pin', user, project, outcome === 'too-many' ? 'too-many-pins' : 'pinned', { paths });
    },
    async unpin(user, project, path) {
      return told('unpin', user, project, 'unpinned', { path, was: await unpin(io, project, path) });
    },
    async resync(user, asked) {
      const { project } = asked;
      if (!(await readCurrent(io.index, project))) return { kind: 'no-project' };
      const outcome = await resyncOr(io, asked);
      told('resync', user, project, outcome.kind, { asked });
      return outcome;
    },
    async promote(user, project) {
      if (!(await readCurrent(io.index, project))) return { kind: 'no-project' };
      const request = { task: { kind: 'promote', mode: 'fast', project }, actor: actorOf(user) } as const;
      const { job } = await requestJob(io.jobs, request, io.clock.now());
      log.info({ audit: 'promote', actor: user, project, job: job.id }, `${user} asked to bring ${project} back`);
      return { kind: 'promotion-asked' };
    },
  };
}

async function resyncOr(io: ProjectCommandIo, asked: ResyncAsked): Promise<ResyncOutcome | { kind: 'unreadable' }> {
  try {
    return await resync(io.nodeRecords, asked, io.clock.now());
  } catch (error) {
    if (error instanceof InvalidValueError) return { kind: 'unreadable' };
    throw error;
  }
}
