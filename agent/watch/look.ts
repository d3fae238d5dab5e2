// What lies on disk at a path, seen without following any link.
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Disk, DiskName, DiskStat } from '../disk/disk.ts';
import { isDiskError, type PathFault, readFault } from '../disk/disk-error.ts';
import { checkParents, decodeName, diskPath, lstatIfThere } from '../disk/disk-path.ts';

export type Look =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly stat: DiskStat }
  | { readonly kind: 'directory'; readonly inode: bigint; readonly mode: number }
  /** a symlink, a socket, a device: not carried */
  | { readonly kind: 'other'; readonly stat: DiskStat }
  /** a symlink lies above the path: what is behind it is not the workspace's */
  | { readonly kind: 'behind-link'; readonly link: RelPath }
  /** unknown, which is never absent */
  | { readonly kind: 'unknown'; readonly fault: PathFault };

/** @param realParents  directories seen to be real within the same turn of the event loop; grows */
export function look(disk: Disk, root: string, path: RelPath, realParents?: Set<RelPath>): Look {
  try {
    const parents = checkParents(disk, root, path, realParents);
    if (parents.kind === 'obstacle' && parents.what === 'symlink') return { kind: 'behind-link', link: parents.at };
    const stat = parents.kind === 'real' ? lstatIfThere(disk, diskPath(root, path)) : undefined;
    if (!stat) return { kind: 'absent' };
    if (stat.isDirectory()) return { kind: 'directory', inode: stat.ino, mode: Number(stat.mode & 0o777n) };
    return stat.isFile() ? { kind: 'file', stat } : { kind: 'other', stat };
  } catch (error) {
    const fault = readFault(error);
    if (!fault) throw error;
    return { kind: 'unknown', fault };
  }
}

/** @returns true when the directory holds nothing that is carried; 'gone' when it went meanwhile */
export function isEmptyDirectory(disk: Disk, root: string, path: RelPath): boolean | 'gone' {
  let names: readonly DiskName[];
  try {
    names = disk.readDirectory(diskPath(root, path));
  } catch (error) {
    if (isDiskError(error, 'ENOENT', 'ENOTDIR')) return 'gone';
    throw error;
  }
  return !names.some((one) => (one.isFile() || one.isDirectory()) && decodeName(path, one.name).kind === 'name');
}
