// Archives what its scope has and cold does not: by hand, for dead letters that are to be tried again, and before a project
// is taken off hot storage. Ends with the projects' restore points.
import { listProjects } from '../commit/project.ts';
import type { JobHandler } from '../job/job-context.ts';
import { mimeOf } from '../model/mime.ts';
import type { ObjectArchiver } from '../tier/archive-object.ts';
import { atOnce } from '../tier/at-once.ts';
import type { DeadLetters } from '../tier/dead-letters.ts';
import { filesIn } from '../tier/files-in.ts';
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

const AT_ONCE = 8;

export function archiveJob(io: ArchiveJobIo): JobHandler<'archive'> {
  return async ({ task, dryRun, signal, report }) => {
    const projects = task.project === undefined ? await listProjects(io.tiers.index) : [task.project];
    let archived = 0;
    let before = 0;
    for (const project of projects) {
      report.stage(`archiving ${project}`);
      await atOnce(filesIn(io.tiers, { ...task, project }), AT_ONCE, signal, async ({ path, sha, size }) => {
        report.expect(1, size);
        if (dryRun) {
          const record = await readRecord(io.tiers.index, sha);
          if (!record?.cold) report.plan({ item: path, bytes: size, reason: 'it is not archived yet' });
        } else {
          const object = { sha, sizeBytes: size, mime: mimeOf(path), project };
          // Who names objects does not believe their records.
          const anew = task.shas !== undefined;
          const result = await listingLostBytes(report, { name: path, sha }, () =>
            io.archiver.archive(object, signal, { anew }),
          );
          if (result !== undefined) await io.dead.remove(sha);
          if (result === 'archived') archived += 1;
          if (result === 'before') before += 1;
        }
        report.did(1, size);
      });
      if (!dryRun && report.failed === 0) await io.points.advance(project, signal);
    }
    if (dryRun) return `Would archive ${report.planned.items} files.`;
    return `Archived ${archived} files; ${before} were archived before.`;
  };
}
