// Removes a directory that has nothing in it, and leaves every other.
import type { Disk } from './disk.ts';
import { isDiskError } from './disk-error.ts';

export function removeIfEmpty(disk: Pick<Disk, 'removeDirectory'>, dir: string): void {
  try {
    disk.removeDirectory(dir);
  } catch (error) {
    // Someone put a file there, or it is a place that others depend on: it stays.
    if (!isDiskError(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES', 'EPERM', 'ENOENT')) throw error;
  }
}
