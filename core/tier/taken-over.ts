// Whether a project's own restore point may go when the project is deleted. Renamed, its history goes on under another name,
// and until that has a restore point this one is all that a disaster would leave.
import { walkChain } from '../commit/chain.ts';
import { readCurrent } from '../commit/current.ts';
import { deletionsOf } from '../commit/delete-project.ts';
import type { DeletedProject } from '../model/deleted-project.ts';
import { readableRestorePoint } from './read-restore-point.ts';
import type { TierIo } from './tier-io.ts';

type Io = Pick<TierIo, 'index' | 'hot' | 'cold'>;

/** @returns true also where it was not renamed, and where nobody has the new name any more
 *  @throws ObjectAbsentError, ObjectCorruptError  a commit is lost */
export async function isTakenOver(io: Io, { renamed_to: to, current }: DeletedProject): Promise<boolean> {
  if (to === undefined) return true;
  const point = await readableRestorePoint(io.cold, to);
  if (point) {
    for await (const { sha } of walkChain(io.hot, point.current.commit_sha))
      if (sha === current.commit_sha) return true;
  }
  return !(await readCurrent(io.index, to)) && (await deletionsOf(io.index, to)).length === 0;
}
