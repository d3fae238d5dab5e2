// Linux: one inotify watch a directory. The cheapest way there is: the walk that has to be done anyway sets the watches,
// and an event comes in under a millisecond. Names are read as bytes, because not all are UTF-8.
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { baseName, type RelPath } from '../../core/model/rel-path.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { childOf, decodeName, diskPath, isOwn } from '../disk/disk-path.ts';
import { type OnHint, type Watcher, WatchLimitError } from './watcher.ts';

interface Watched {
  readonly inode: bigint;
  readonly handle: FSWatcher;
}

/** What the kernel keeps while nobody reads, unless it is set otherwise. */
const QUEUE = 16_384;
const BURST_REST_MS = 500;

export function inotifyWatcher(root: string, onHint: OnHint): Watcher {
  const watched = new Map<string, Watched>();
  // The kernel drops events beyond its queue, and nobody says so: a burst of half of that is followed by a rescan.
  const mayOverflowAt = (readLimit('max_queued_events') ?? QUEUE) / 2;
  let burst = 0;
  let rest: NodeJS.Timeout | undefined;

  const countBurst = () => {
    burst++;
    if (rest) return void rest.refresh();
    rest = setTimeout(() => {
      rest = undefined;
      if (burst >= mayOverflowAt) onHint({ kind: 'tree', dir: '' });
      burst = 0;
    }, BURST_REST_MS);
  };

  const onEvent = (event: string, dir: RelPath | '', bytes: Buffer | null) => {
    countBurst();
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
      clearTimeout(rest);
      for (const dir of [...watched.keys()]) drop(dir);
    },
  };
}

/** @param atLeast  what to raise it to when that is more than twice what it is */
function limitMessage(name: string, atLeast: number): string {
  const limit = readLimit(name);
  const value = Math.max(atLeast, 2 * (limit ?? 0));
  return (
    `The limit fs.inotify.${name}${limit === undefined ? '' : ` (${limit})`} is reached: what is beyond it is polled, which is ` +
    `slower. Raise it with "sysctl fs.inotify.${name}=${value}"; inotify then takes over by itself.`
  );
}

function readLimit(name: string): number | undefined {
  try {
    const limit = Number.parseInt(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'), 10);
    return Number.isNaN(limit) ? undefined : limit;
  } catch (error) {
    // A container may hide it.
    if (isDiskError(error)) return undefined;
    throw error;
  }
}
