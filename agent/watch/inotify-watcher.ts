// Linux: one inotify watch a directory. The cheapest way there is: the walk that has to be done anyway sets the watches,
// and an event comes in under a millisecond. Names are read as bytes, because not all are UTF-8.
import { type FSWatcher, watch } from 'node:fs';
import { isOwn } from '../../core/model/own-folder.ts';
import { baseName, type RelPath } from '../../core/model/rel-path.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { childOf, decodeName, diskPath } from '../disk/disk-path.ts';
import { eventQueue } from './event-queue.ts';
import { readInotifyLimit } from './inotify-limit.ts';
import { type OnHint, type Watcher, WatchLimitError } from './watcher.ts';

interface Watched {
  readonly inode: bigint;
  readonly handle: FSWatcher;
}

export function inotifyWatcher(root: string, onHint: OnHint): Watcher {
  const watched = new Map<string, Watched>();
  const leaveQueue = eventQueue.join(() => onHint({ kind: 'tree', dir: '' }));

  const onEvent = (event: string, dir: RelPath | '', bytes: Buffer | null) => {
    eventQueue.count();
    if (bytes === null) return onHint({ kind: 'tree', dir });
    const decoded = decodeName(dir, bytes);
    if (decoded.kind !== 'name') return onHint({ kind: 'tree', dir });
    const path = childOf(dir, decoded.name);
    if (!isOwn(path)) onHint({ kind: 'path', path });
    // A directory's own end, or its move, is told under its own name. The kernel has taken the watch away then, and a new
    // directory may come under the same name with the very same inode. A child of that name costs one look too many.
    if (event === 'rename' && dir !== '' && decoded.name === baseName(dir)) {
      drop(dir);
      onHint({ kind: 'path', path: dir });
    }
  };

  const drop = (dir: string) => {
    watched.get(dir)?.handle.close();
    watched.delete(dir);
  };

  return {
    kind: 'inotify',

    watch(dir, inode) {
      const known = watched.get(dir);
      if (known?.inode === inode) return 'known';
      drop(dir);
      let handle: FSWatcher;
      try {
        handle = watch(diskPath(root, dir), { encoding: 'buffer', persistent: false }, (event, name) =>
          onEvent(event, dir, name),
        );
      } catch (error) {
        if (isDiskError(error, 'ENOSPC')) throw new WatchLimitError(limitMessage('max_user_watches', 524_288));
        if (isDiskError(error, 'EMFILE')) throw new WatchLimitError(limitMessage('max_user_instances', 512));
        // It went or cannot be read: whoever reads it next meets the same fact and says so.
        if (isDiskError(error)) return 'new';
        throw error;
      }
      handle.on('error', () => drop(dir));
      watched.set(dir, { inode, handle });
      return 'new';
    },

    forget(dir) {
      if (!watched.has(dir)) return;
      drop(dir);
      for (const below of [...watched.keys()]) if (below.startsWith(`${dir}/`)) drop(below);
    },

    async close() {
      leaveQueue();
      for (const dir of [...watched.keys()]) drop(dir);
    },
  };
}

/** @param atLeast  what to raise it to when that is more than twice what it is */
function limitMessage(name: 'max_user_watches' | 'max_user_instances', atLeast: number): string {
  const limit = readInotifyLimit(name);
  const value = Math.max(atLeast, 2 * (limit ?? 0));
  return (
    `The limit fs.inotify.${name}${limit === undefined ? '' : ` (${limit})`} is reached: what is beyond it is polled, which is ` +
    `slower. Raise it with "sysctl fs.inotify.${name}=${value}"; inotify then takes over by itself.`
  );
}
