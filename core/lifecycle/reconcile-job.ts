// Compares the index with what cold really has, because the log of events alone is never the truth: a file whose record has
// no proof is archived, a record whose copy is gone or other is archived anew, a node or commit that a restore point names and
// cold has lost is put again, and dead letters of what nobody needs any more go. Cold is asked by its list, which costs one question for a thousand objects.

import { listProjects } from '../commit/project.ts';
import { countOf } from '../job/count-of.ts';
import type { JobHandler } from '../job/job-context.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { mimeOf } from '../model/mime.ts';
import type { RestorePoint } from '../model/restore-point.ts';
import { ShaSet } from '../model/sha-set.ts';
import { transferAtOnce } from '../tier/at-once.ts';
import { eitherTier } from '../tier/either-tier.ts';
import { evictObject, isUntold, type Protected } from '../tier/evict.ts';
import { filesIn } from '../tier/files-in.ts';
import { metadataOf, putMetadata } from '../tier/heal-metadata.ts';
import { readRecord } from '../tier/object-records.ts';
import { readableRestorePoint } from '../tier/read-restore-point.ts';
import type { ArchiveJobIo } from './archive-job.ts';
import { ListedObjects } from './listed-objects.ts';
import { advanceListing, LostParts, listingLostBytes } from './lost-bytes.ts';

/** Nothing that is there was touched before 1970: only what a crash left of an eviction is ended. */
const NONE: Protected = { pinned: new Set(), metadata: new Set() };

export function reconcileJob(io: ArchiveJobIo): JobHandler<'reconcile'> {
  return async ({ dryRun, signal, report }) => {
    const { tiers, archiver, points, dead } = io;
    // Read before the list: all that they name is to be in it.
    const pointed = new Map<ProjectName, RestorePoint>();
    for (const project of await listProjects(tiers.index)) {
      const point = await readableRestorePoint(tiers.cold, project);
      if (point) pointed.set(project, point);
    }
    report.stage('listing cold');
    const inCold = new ListedObjects();
    for await (const { sha, sizeBytes, modifiedAt } of tiers.cold.list()) {
      inCold.add({ sha, sizeBytes, touchedAt: modifiedAt });
      report.did(1, sizeBytes);
    }
    const needed = new ShaSet();
    const fromCold = new Set<Sha>();
    const either = eitherTier(tiers, (sha) => fromCold.add(sha));
    const lost = new LostParts(report);
    let found = 0;
    let failed = 0;
    let parts = 0;
    for (const project of await listProjects(tiers.index)) {
      report.stage(`comparing ${project}`);
      const scope = { project, onUnreadable: lost.onUnreadable };
      const files = filesIn({ index: tiers.index, nodes: either.nodes }, scope);
      await transferAtOnce(files, signal, async ({ path, sha, size }) => {
        report.expect(1, size);
        report.did(1, size);
        needed.add(sha);
        const record = await readRecord(tiers.index, sha);
        if (isUntold(record) && !dryRun)
          await evictObject(tiers, { sha, sizeBytes: size, touchedAt: 0, project }, NONE);
        if (record?.cold && inCold.sizeOf(sha) === (record.cold.stored?.size ?? size)) return;
        found += 1;
        const reason = record?.cold ? 'its record says that cold has it, and cold does not' : 'it is not archived';
        report.plan({ item: path, bytes: size, reason });
        if (dryRun) return;
        const object = { sha, sizeBytes: size, mime: mimeOf(path), project };
        const result = await listingLostBytes(report, { name: path, sha }, () =>
          archiver.archive(object, signal, 'head'),
        );
        if (!result) failed += 1;
      });
      const point = pointed.get(project);
      for await (const sha of point ? metadataOf(either, point, lost.onUnreadable) : []) {
        if (inCold.sizeOf(sha) !== undefined) continue;
        parts += 1;
        report.plan({ item: sha, bytes: 0, reason: 'a part of the manifest or history that cold has lost' });
        if (!dryRun) await putMetadata(tiers, sha, signal).catch((error) => lost.onUnreadable(sha, error));
      }
      for (const sha of fromCold) {
        const part = `this part of the manifest or history of ${project}`;
        report.fail({ item: sha, sha, reason: `hot has no good copy of ${part}, and cold has: repair the project` });
      }
      fromCold.clear();
      if (!dryRun) await advanceListing(report, points, project, signal);
    }
    const again = parts === 0 ? '' : `, and ${countOf(parts, 'part')} of manifests and histories`;
    if (dryRun) return `Would archive ${found} of ${countOf(needed.size, 'object')}${again}.`;
    let outdated = 0;
    for await (const { sha } of dead.list()) {
      const isArchived = (await readRecord(tiers.index, sha))?.cold !== undefined;
      if (needed.has(sha) && !isArchived) continue;
      await dead.remove(sha);
      outdated += 1;
    }
    return `Archived ${found - failed} of ${countOf(needed.size, 'object')}${again}; ${outdated} dead letters were outdated.`;
  };
}
