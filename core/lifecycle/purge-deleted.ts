// Ends the grace time of deleted projects: their restore points leave cold, then their records the index, so that a crash in
// between leaves a record that is due. Their objects are then the sweep's. The point of a renamed project stays while it is
// the only one that its history has.
import { isInChain } from '../commit/chain.ts';
import { readCurrent } from '../commit/current.ts';
import { deletionsOf, type ListedDeletion, listDeleted } from '../commit/delete-project.ts';
import type { ProjectName } from '../model/ids.ts';
import { deletedKey } from '../model/index-keys.ts';
import {
  formerPointKey,
  projectOfFormerPoint,
  RESTORE_POINTS,
  type RestorePoint,
  restorePointKey,
} from '../model/restore-point.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../store/store-errors.ts';
import { RestorePointDamagedError, readPointAt, readRestorePoint } from '../tier/read-restore-point.ts';
import { isTakenOver } from '../tier/taken-over.ts';
import type { TierIo } from '../tier/tier-io.ts';

export type PurgeIo = Pick<TierIo, 'index' | 'clock' | 'cold' | 'hot' | 'log'>;

/** What cannot be judged, because a commit of it is lost, stays and keeps nobody waiting.
 *  @param ending  ends what only the record of the deletion tells from what gets the name next; before that record goes
 *  @returns the names of those that were due
 *  @throws StoreUnavailableError  a store does not answer: they stay, and can be brought back */
export async function purgeDeleted(
  io: PurgeIo,
  ending: (deletion: ListedDeletion) => Promise<void>,
): Promise<ProjectName[]> {
  const purged: ProjectName[] = [];
  for (const listed of await listDeleted(io.index)) {
    if (Date.parse(listed.deleted.purge_after) > io.clock.now()) continue;
    try {
      if (await purge(io, listed, ending)) purged.push(listed.name);
    } catch (error) {
      if (!(error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) throw error;
      io.log.warn({ error, project: listed.name }, `the grace of ${listed.name} cannot be ended: ${error.message}`);
    }
  }
  await purgeFormer(io);
  return purged;
}

/** Of those that nobody has brought back, there is no record but the point itself. */
async function purgeFormer({ cold, clock, log }: PurgeIo): Promise<void> {
  for await (const key of cold.listDocuments(RESTORE_POINTS)) {
    const project = projectOfFormerPoint(key);
    if (!project) continue;
    try {
      const until = (await readPointAt(cold, key, project))?.deleted?.purge_after;
      if (until !== undefined && Date.parse(until) <= clock.now()) await cold.deleteDocument(key);
    } catch (error) {
      if (!(error instanceof RestorePointDamagedError)) throw error;
      log.warn({ error, key }, `the former restore point ${key} cannot be read; delete it when nobody needs it`);
    }
  }
}

async function purge(
  io: PurgeIo,
  listed: ListedDeletion,
  ending: (deletion: ListedDeletion) => Promise<void>,
): Promise<boolean> {
  const { name, deleted, revision } = listed;
  const { cold, hot, index } = io;
  const { commit_sha: head } = deleted.current;
  const point = await pointOf(io, name);
  // One that says that it is deleted was written when there was one under the new name.
  const mayBeOnlyOne = point !== undefined && point !== 'damaged' && !point.deleted;
  if (mayBeOnlyOne && !(await isTakenOver(io, deleted))) return false;
  // Another project may have the name by now, and a restore point of its own under it: a damaged one it writes anew.
  const isShared = (await readCurrent(index, name)) !== undefined || (await deletionsOf(index, name)).length > 1;
  const isOurs = point === 'damaged' ? !isShared : point && (await isInChain(hot, head, point.current.commit_sha));
  if (isOurs) await cold.deleteDocument(restorePointKey(name));
  await cold.deleteDocument(formerPointKey(name, head));
  await ending(listed);
  return index.delete(deletedKey(name, head), revision);
}

async function pointOf({ cold }: PurgeIo, project: ProjectName): Promise<RestorePoint | 'damaged' | undefined> {
  try {
    return await readRestorePoint(cold, project);
  } catch (error) {
    if (error instanceof RestorePointDamagedError) return 'damaged';
    throw error;
  }
}
