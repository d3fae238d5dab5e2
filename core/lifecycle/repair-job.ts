// Repairs a project, a directory or single files: every object is read in hot and proven in cold, and what is wrong in one
// tier is made from the other, or from a node. What could not be healed is listed. Nodes and commits are looked at as well.

import { readCurrent } from '../commit/current.ts';
import { countOf } from '../job/count-of.ts';
import type { JobContext, JobHandler } from '../job/job-context.ts';
import type { Sha } from '../model/ids.ts';
import { partsOf, type TaskOf } from '../model/job.ts';
import { ShaSet } from '../model/sha-set.ts';
import { atOnce } from '../tier/at-once.ts';
import { stateOf } from '../tier/copy-state.ts';
import type { DeadLetters } from '../tier/dead-letters.ts';
import { eitherTier } from '../tier/either-tier.ts';
import { filesIn, NoProjectError } from '../tier/files-in.ts';
import { type HealedObject, type HealIo, heal } from '../tier/heal.ts';
import { healMetadata, metadataOf } from '../tier/heal-metadata.ts';
import { readableRestorePoint } from '../tier/read-restore-point.ts';
import type { RestorePoints } from '../tier/restore-points.ts';
import { advanceListing, LostParts, listingLostBytes } from './lost-bytes.ts';

export interface RepairJobIo extends HealIo {
  readonly points: RestorePoints;
  readonly dead: Pick<DeadLetters, 'remove'>;
}

const AT_ONCE = 4;
const PARTS_AT_ONCE = 16;

export function repairJob(io: RepairJobIo): JobHandler<'repair'> {
  return async (context) => {
    const { task, dryRun, signal, report } = context;
    const { project } = task;
    const seen = new ShaSet();
    const lost = new LostParts(report);
    const nodes = eitherTier(io.tiers).nodes;
    let healed = 0;
    const look = async (name: string, object: HealedObject) => {
      if (seen.has(object.sha)) return;
      seen.add(object.sha);
      report.expect(1, object.sizeBytes);
      const how = { thorough: task.shas !== undefined, dryRun, signal };
      const result = await listingLostBytes(report, { name, sha: object.sha }, () => heal(io, object, how));
      if (result?.kind === 'lost') report.fail({ item: name, sha: object.sha, reason: result.reason });
      if (result && result.kind !== 'lost' && !dryRun) await io.dead.remove(object.sha);
      if (result?.kind === 'healed') {
        healed += 1;
        report.plan({ item: name, bytes: object.sizeBytes, reason: result.what });
      }
      report.did(1, object.sizeBytes);
    };
    // Nodes first: a damaged one hides the files below it.
    if (partsOf(task) === undefined) await repairMetadata(io, context, lost);
    report.stage(`looking at the files of ${project}`);
    const files = filesIn({ index: io.tiers.index, nodes }, { ...task, onUnreadable: lost.onUnreadable });
    await atOnce(files, AT_ONCE, signal, ({ path, sha, size }) => look(path, { sha, sizeBytes: size, project }));
    if (dryRun) return `Would heal ${report.planned.items} of ${countOf(seen.size, 'object')}.`;
    await advanceListing(report, io.points, project, signal);
    return `Looked at ${countOf(seen.size, 'object')} and healed ${healed}.`;
  };
}

/** Nodes and commits are small and in both tiers: a damaged one in hot comes back from cold, before what it lists is looked
 *  at; then what the restore point names and cold has lost is put again. */
async function repairMetadata(
  io: RepairJobIo,
  { task, dryRun, signal, report }: JobContext<'repair'>,
  lost: LostParts,
): Promise<void> {
  const { tiers } = io;
  const { project }: TaskOf<'repair'> = task;
  const at = await readCurrent(tiers.index, project);
  if (!at) throw new NoProjectError(project);
  report.stage(`looking at the manifest of ${project}`);
  const mended = new Set<Sha>();
  const mend = async (sha: Sha): Promise<void> => {
    if (mended.has(sha)) return;
    mended.add(sha);
    const result = await healMetadata(io, sha, project, { dryRun, signal });
    if (result.kind === 'lost') lost.add(sha);
    if (result.kind === 'healed') report.plan({ item: sha, bytes: 0, reason: result.what });
  };
  const either = eitherTier(tiers);
  for await (const sha of metadataOf(either, at, lost.onUnreadable)) {
    if ((await stateOf(() => tiers.hot.get(sha, { signal }))) !== 'good') await mend(sha);
  }
  const point = await readableRestorePoint(tiers.cold, project);
  await atOnce(point ? metadataOf(either, point, lost.onUnreadable) : [], PARTS_AT_ONCE, signal, mend);
}
