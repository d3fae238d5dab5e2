// Where a path lies when links are followed; what does not exist yet lies where its nearest existing parent does.
import { dirname, join } from 'node:path';
import type { Disk } from './disk.ts';
import { isDiskError } from './disk-error.ts';

export function realPathOf(disk: Pick<Disk, 'realPath'>, path: string): string {
  try {
    return disk.realPath(path);
  } catch (error) {
    const parent = dirname(path);
    if (!isDiskError(error, 'ENOENT', 'ENOTDIR') || parent === path) return path;
    return join(realPathOf(disk, parent), path.slice(parent.length).replace(/^\//, ''));
  }
}
