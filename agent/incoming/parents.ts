// The directories above a path: made before something lands in them, and removed when they are empty. They are checked for
// symlinks in each turn of the event loop (I11), once for all that lands within it.
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Disk } from '../disk/disk.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { checkParents, diskPath } from '../disk/disk-path.ts';
import type { Placed, PlaceIo } from './apply.ts';

type ParentsIo = Pick<PlaceIo, 'disk' | 'root'>;

/** @returns false when it is not empty, no directory, or may not be removed */
export function removeEmpty({ disk }: Pick<ParentsIo, 'disk'>, directory: string): boolean {
  seen?.directories.clear();
  try {
    disk.removeDirectory(directory);
    return true;
  } catch (error) {
    if (isDiskError(error, 'ENOENT')) return true;
    if (isDiskError(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY', 'EACCES', 'EPERM')) return false;
    throw error;
  }
}

/** I11: what was seen to be real directories within this turn of the event loop; the next one looks again. */
let seen: { readonly disk: Disk; readonly root: string; readonly directories: Set<RelPath> } | undefined;

function realDirectories({ disk, root }: ParentsIo): Set<RelPath> {
  if (seen?.disk === disk && seen.root === root) return seen.directories;
  if (!seen) queueMicrotask(forgetDirectories);
  seen = { disk, root, directories: new Set() };
  return seen.directories;
}

function forgetDirectories(): void {
  seen = undefined;
}

/** @returns what is in the way, or undefined when all directories above the path are there */
export function makeParents(io: ParentsIo, path: RelPath): Placed | undefined {
  const { disk, root } = io;
  for (;;) {
    const parents = checkParents(disk, root, path, realDirectories(io));
    switch (parents.kind) {
      case 'real':
        return undefined;
      case 'missing':
        disk.makeDirectory(diskPath(root, parents.at));
        break;
      case 'obstacle':
        return { kind: `${parents.what}-in-the-way`, at: parents.at };
    }
  }
}
