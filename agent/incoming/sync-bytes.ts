// Makes the bytes of a file that lies here durable before it gets another name by the project. Who wrote it need not have
// synced it: a power loss would tear it under the new name, where it would look like an edit of what others have.
import type { RelPath } from '../../core/model/rel-path.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { checkParents, diskPath } from '../disk/disk-path.ts';
import type { GroupSync } from '../disk/group-sync.ts';
import type { Site } from '../site.ts';

/** @throws the disk's errors. What is gone, or may not be read, is left to whoever moves it: it looks again. */
export async function syncBytes({ disk, root }: Site, syncs: GroupSync, path: RelPath): Promise<void> {
  try {
    if (checkParents(disk, root, path).kind !== 'real') return;
    const file = disk.open(diskPath(root, path), 'read');
    try {
      await syncs.sync(file);
    } finally {
      file.close();
    }
  } catch (error) {
    if (!isDiskError(error, 'ENOENT', 'ELOOP', 'EACCES', 'EPERM')) throw error;
  }
}
