// A file that was taken out of its place, to be replaced or removed, and lies in staging. It is looked at once more: only
// then it is known whether somebody wrote it in the moment before, and such an edit goes back (I8).
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Disk, DiskStat } from '../disk/disk.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { diskPath, lstatIfThere } from '../disk/disk-path.ts';
import type { PlaceIo } from './apply.ts';
import { makeParents } from './parents.ts';

/** How a file system says that it gives no second name. */
export const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'] as const;

export interface TakenOut {
  readonly path: RelPath;
  /** where it lies now */
  readonly file: string;
  /** the bytes that came in its place; undefined: none */
  readonly replacedBy: Sha | undefined;
  /** Whether it is still what was looked at before it was taken. */
  isUnedited(stat: DiskStat): boolean;
}

/** `edited`: it is back, or something newer has its place by now: then it stays in staging, from where it is kept */
export type Settled = 'unedited' | 'edited';

/** @param mayReplace  whether what lies in its place now is no edit itself
 *  @returns `displaced` when the disk does not allow it: it is told, and tried again */
export function settle(io: PlaceIo, out: TakenOut, mayReplace: (there: DiskStat) => boolean): Settled | 'displaced' {
  try {
    return trySettle(io, out, mayReplace);
  } catch (error) {
    if (!isDiskError(error)) throw error;
    io.displaced?.add(out, error);
    return 'displaced';
  }
}

/** @throws DiskError  nothing is lost, and it may be said again */
export function trySettle(io: PlaceIo, out: TakenOut, mayReplace: (there: DiskStat) => boolean): Settled {
  const { disk } = io;
  const stat = lstatIfThere(disk, out.file);
  if (!stat || out.isUnedited(stat)) {
    discard(disk, out.file);
    return 'unedited';
  }
  if (makeParents(io, out.path)) return 'edited';
  const target = diskPath(io.root, out.path);
  const there = lstatIfThere(disk, target);
  if (!there) giveName(io, out.file, target);
  else if (there.isFile() && mayReplace(there)) disk.rename(out.file, target);
  return 'edited';
}

/** A link replaces nothing that came meanwhile. */
function giveName(io: PlaceIo, file: string, target: string): void {
  try {
    if (tryLink(io, file, target)) discard(io.disk, file);
    else if (!lstatIfThere(io.disk, target)) io.disk.rename(file, target);
  } catch (error) {
    if (!isDiskError(error, 'EEXIST')) throw error;
  }
}

/** @returns false when the file gets no second name */
export function tryLink({ disk }: Pick<PlaceIo, 'disk'>, from: string, to: string): boolean {
  try {
    disk.link(from, to);
    return true;
  } catch (error) {
    if (isDiskError(error, ...NO_LINKS)) return false;
    throw error;
  }
}

export function discard(disk: Pick<Disk, 'unlink'>, staged: string): void {
  try {
    disk.unlink(staged);
  } catch {
    // It may not have been made, or be in place by now; what is left is cleared, or kept, at the next start.
  }
}
