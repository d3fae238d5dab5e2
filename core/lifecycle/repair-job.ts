// Repairs a project, a directory or single files: every object is read in hot and proven in cold, and what is wrong in one
// tier is made from the other, or from a node. What could not be healed is listed. Nodes and commits are looked at as well.

import { walkChain } from '../commit/chain.ts';
import { readCurrent } from '../commit/current.ts';
import { countOf } from '../job/count-of.ts';
import type { JobContext, JobHandler } from '../job/job-context.ts';
import { walkNodes } from '../manifest/walk.ts';
import type { Sha } from '../model/ids.ts';
import { partsOf, type TaskOf } from '../model/job.ts';
import { atOnce } from '../tier/at-once.ts';
import { stateOf } from '../tier/copy-state.ts';
import type { DeadLetters } from '../tier/dead-letters.ts';
import { filesIn, NoProjectError } from '../tier/files-in.ts';
import { type HealedObject, type HealIo, heal } from '../tier/heal.ts';
import { healMetadata, metadataOf } from '../tier/heal-metadata.ts';
import { readableRestorePoint } from '../tier/read-restore-point.ts';
import type { RestorePoints } from '../tier/restore-points.ts';
import { listingLostBytes } from './lost-bytes.ts';

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
    const seen = new Set<Sha>();
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
    if (partsOf(task) === undefined) await repairMetadata(io, context);
    report.stage(`looking at the files of ${project}`);
    await atOnce(filesIn(io.tiers, task), AT_ONCE, signal, ({ path, sha, size }) =>
      look(path, { sha, sizeBytes: size, project }),
    );
    if (dryRun) return `Would heal ${report.planned.items} of ${countOf(seen.size, 'object')}.`;
    await io.points.advance(project, signal);
    return `Looked at ${countOf(seen.size, 'object')} and healed ${healed}.`;
  };
}

/** Nodes and commits are small and in both tiers: a damaged one in hot comes back from cold, before it is walked over; then
 *  what the restore point names and cold has lost is put again. */
async function repairMetadata(io: RepairJobIo, { task, dryRun, signal, report }: JobContext<'repair'>): Promise<void> {
  const { tiers } = io;
  const { project }: TaskOf<'repair'> = task;
  const at = await readCurrent(tiers.index, project);
  if (!at) throw new NoProjectError(project);
  report.stage(`looking at the manifest of ${project}`);
  const mend = async (sha: Sha): Promise<void> => {
    const state = await stateOf(() => tiers.hot.get(sha, { signal }));
    if (state === 'good') return;
    report.plan({ item: sha, bytes: 0, reason: `a ${state} part of the manifest or history, from cold` });
    if (dryRun) return;
    if (state === 'damaged') await io.rehydrator.replace(sha, project, signal);
    else await io.rehydrator.rehydrate(sha, project, signal);
  };
  for (const sha of [at.current.commit_sha, at.current.manifest_sha]) await mend(sha);
  for await (const sha of walkNodes(tiers.nodes, at.current.manifest_sha)) await mend(sha);
  for await (const { sha } of walkChain(tiers.hot, at.current.commit_sha)) await mend(sha);
  const point = await readableRestorePoint(tiers.cold, project);
  await atOnce(point ? metadataOf(tiers, point) : [], PARTS_AT_ONCE, signal, async (sha) => {
    const result = await healMetadata(io, sha, project, { dryRun, signal });
    if (result.kind === 'lost') report.fail({ item: sha, sha, reason: result.reason });
    if (result.kind === 'healed') report.plan({ item: sha, bytes: 0, reason: result.what });
  });
}
