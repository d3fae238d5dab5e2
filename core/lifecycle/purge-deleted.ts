// Ends the grace time of deleted projects: their restore points leave cold, then their records the index, so that a crash in
// between leaves a record that is due. Their objects are then the sweep's.
import { isInChain } from '../commit/chain.ts';
import { type ListedDeletion, listDeleted } from '../commit/delete-project.ts';
import type { ProjectName } from '../model/ids.ts';
import { deletedKey } from '../model/index-keys.ts';
import { restorePointKey } from '../model/restore-point.ts';
import { readRestorePoint } from '../tier/restore-points.ts';
import type { TierIo } from '../tier/tier-io.ts';

export type PurgeIo = Pick<TierIo, 'index' | 'clock' | 'cold' | 'hot'>;

/** @returns the names of those that were due
 *  @throws StoreUnavailableError  cold does not answer: they stay, and can be brought back */
export async function purgeDeleted(io: PurgeIo): Promise<ProjectName[]> {
  const purged: ProjectName[] = [];
  for (const listed of await listDeleted(io.index)) {
    const { name, deleted, revision } = listed;
    if (Date.parse(deleted.purge_after) > io.clock.now()) continue;
    await removeRestorePoint(io, listed);
    if (await io.index.delete(deletedKey(name, deleted.current.commit_sha), revision)) purged.push(name);
  }
  return purged;
}

/** Another project may have the name by now, and a restore point of its own under it. */
async function removeRestorePoint({ hot, cold }: PurgeIo, { name, deleted }: ListedDeletion): Promise<void> {
  const point = await readRestorePoint(cold, name);
  if (point && (await isInChain(hot, deleted.current.commit_sha, point.current.commit_sha))) {
    await cold.deleteDocument(restorePointKey(name));
  }
}
