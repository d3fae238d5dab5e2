// What people ask of projects, carried out.
import type { ProjectCommands } from '../app/project-view.ts';
import type { CommitIo } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import { deleteProject, undeleteProject } from '../core/commit/delete-project.ts';
import { createProject } from '../core/commit/project.ts';
import { renameProject } from '../core/commit/rename-project.ts';
import { type JobRecords, requestJob } from '../core/job/jobs.ts';
import { InvalidValueError, type ProjectName } from '../core/model/ids.ts';
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

export function projectCommands(io: ProjectCommandIo): ProjectCommands {
  function done<const K extends string>(project: ProjectName, kind: K) {
    io.changed(project);
    return { kind };
  }

  return {
    async create(actor, project) {
      const { kind } = await createProject(io, project, actor);
      return done(project, kind === 'created' ? 'project-created' : 'project-exists');
    },
    async rename(actor, project, to) {
      const { kind } = await renameProject(io, project, to, actor);
      if (kind === 'exists') return done(project, 'project-exists');
      if (kind === 'no-project') return done(project, 'no-project');
      await followRename(io.nodeRecords, project, to);
      await followRenameOfShares(io, project, to);
      return done(project, 'project-renamed');
    },
    async remove(_, project, seen) {
      const at = await readCurrent(io.index, project);
      if (!at) return { kind: 'no-project' };
      if (at.current.commit_sha !== seen) return { kind: 'project-moved' };
      const { kind } = await deleteProject(io, at);
      if (kind === 'no-project') return { kind };
      return done(project, kind === 'deleted' ? 'project-deleted' : 'project-moved');
    },
    async undelete(_, project) {
      const { kind } = await undeleteProject(io, project);
      if (kind === 'restored') return done(project, 'project-restored');
      return done(project, kind === 'exists' ? 'project-name-taken' : 'project-not-kept');
    },
    async pin(actor, project, paths) {
      if (!(await readCurrent(io.index, project))) return { kind: 'no-project' };
      const outcome = await pin(io, project, paths, actor);
      return done(project, outcome === 'too-many' ? 'too-many-pins' : 'pinned');
    },
    async unpin(_, project, paths) {
      if (!(await readCurrent(io.index, project))) return { kind: 'no-project' };
      await unpin(io, project, paths);
      return done(project, 'unpinned');
    },
    async resync(_, asked) {
      const { project } = asked;
      if (!(await readCurrent(io.index, project))) return { kind: 'no-project' };
      const outcome = await resyncOr(io, asked);
      io.changed(project);
      return outcome;
    },
    async promote(actor, project) {
      if (!(await readCurrent(io.index, project))) return { kind: 'no-project' };
      const request = { task: { kind: 'promote', mode: 'fast', project }, actor } as const;
      await requestJob(io.jobs, request, io.clock.now());
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
