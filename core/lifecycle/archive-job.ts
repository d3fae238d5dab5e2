// Archives what its scope has and cold does not: by hand, for dead letters that are to be tried again, and before a project
// is taken off hot storage. Ends with the projects' restore points.
import { listProjects } from '../commit/project.ts';
import { countOf } from '../job/count-of.ts';
import type { JobContext, JobHandler } from '../job/job-context.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { mimeOf } from '../model/mime.ts';
import type { ObjectArchiver } from '../tier/archive-object.ts';
import { transferAtOnce } from '../tier/at-once.ts';
import type { DeadLetters } from '../tier/dead-letters.ts';
import { filesIn, type Scope } from '../tier/files-in.ts';
import { readRecord } from '../tier/object-records.ts';
import type { RestorePoints } from '../tier/restore-points.ts';
import type { TierIo } from '../tier/tier-io.ts';
import { listingLostBytes } from './lost-bytes.ts';

export interface ArchiveJobIo {
  readonly tiers: TierIo;
  readonly archiver: ObjectArchiver;
  readonly points: RestorePoints;
  readonly dead: DeadLetters;
}

export function archiveJob(io: ArchiveJobIo): JobHandler<'archive'> {
  return async (context) => {
    const { task, dryRun, report } = context;
    const projects = task.project === undefined ? await listProjects(io.tiers.index) : [task.project];
    const total = { archived: 0, before: 0, plainBytes: 0, storedBytes: 0 };
    for (const project of projects) {
      const done = await archiveFiles(io, project, { ...context, ...task });
      total.archived += done.archived;
      total.before += done.before;
      total.plainBytes += done.plainBytes;
      total.storedBytes += done.storedBytes;
    }
    if (dryRun) return `Would archive ${countOf(report.planned.items, 'file')}.`;
    // What was named and no file has any more is nobody's loss.
    if (report.failed === 0) for (const sha of task.shas ?? []) await io.dead.remove(sha);
    const { archived, before, plainBytes, storedBytes } = total;
    const squeezed = storedBytes < plainBytes ? `, ${plainBytes} bytes compressed to ${storedBytes}` : '';
    return `Archived ${countOf(archived, 'file')}${squeezed}; ${before} were archived before.`;
  };
}

export interface ArchiveFilesOptions extends Pick<JobContext, 'dryRun' | 'signal' | 'report'>, Omit<Scope, 'project'> {}

export interface ArchivedFiles {
  readonly archived: number;
  /** their proof was on record */
  readonly before: number;
  /** of what was archived now: its own bytes, and what it takes in cold */
  readonly plainBytes: number;
  readonly storedBytes: number;
}

/** What of a project's files is not in cold yet; then its restore point. */
export async function archiveFiles(
  io: ArchiveJobIo,
  project: ProjectName,
  { prefix, paths, shas, dryRun, signal, report }: ArchiveFilesOptions,
): Promise<ArchivedFiles> {
  let archived = 0;
  let before = 0;
  let plainBytes = 0;
  let storedBytes = 0;
  report.stage(`archiving ${project}`);
  // Asked once for all: there are few.
  const dead = new Set<Sha>();
  for await (const { sha } of io.dead.list()) dead.add(sha);
  await transferAtOnce(filesIn(io.tiers, { project, prefix, paths, shas }), signal, async ({ path, sha, size }) => {
    report.expect(1, size);
    if (dryRun) {
      const record = await readRecord(io.tiers.index, sha);
      if (!record?.cold) report.plan({ item: path, bytes: size, reason: 'it is not archived yet' });
    } else {
      const object = { sha, sizeBytes: size, mime: mimeOf(path), project };
      // Who names objects does not believe their records.
      const believed = shas === undefined ? 'record' : 'head';
      const result = await listingLostBytes(report, { name: path, sha }, () =>
        io.archiver.archive(object, signal, believed),
      );
      if (result !== undefined && dead.has(sha)) await io.dead.remove(sha);
      if (result?.kind === 'before') before += 1;
      if (result?.kind === 'archived') {
        archived += 1;
        plainBytes += size;
        storedBytes += result.storedBytes;
      }
    }
    report.did(1, size);
  });
  if (!dryRun) await io.points.advance(project, signal);
  return { archived, before, plainBytes, storedBytes };
}
