// A watcher of a disk in memory, as inotify is one: it watches directories by their inode, and hints at names in them. By
// a seed hints come late, in another order, twice or not at all, and a queue overflows in silence.
import type { Clock } from '../../core/model/clock.ts';
import { isOwn } from '../../core/model/own-folder.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Random } from '../../core/testing/seeded-random.ts';
import type { Hint, OnHint, Watcher } from '../watch/watcher.ts';
import { childOf, decodeName, diskPath } from './disk-path.ts';
import { bytesOfName, type DirectoryNode } from './memory-nodes.ts';
import type { MemoryTree, OnChange } from './memory-tree.ts';

export interface WatchFaults {
  readonly random: Random;
  /** Chances for one hint, 0 to 1, asked at each. */
  rates(): { readonly lose: number; readonly delay: number; readonly repeat: number };
  /** longest delay */
  readonly maxDelayMs: number;
}

export interface MemoryWatcherOptions extends Partial<WatchFaults> {
  readonly tree: MemoryTree;
  readonly clock: Clock;
  readonly root: string;
}

interface Watched {
  readonly node: DirectoryNode;
  readonly inode: bigint;
  /** the system tells no more of it */
  isOver: boolean;
}

export function memoryWatcher(options: MemoryWatcherOptions, onHint: OnHint): Watcher {
  const { tree, clock, root, random = () => 1, rates, maxDelayMs = 0 } = options;
  const watched = new Map<RelPath | '', Watched>();
  let isClosed = false;

  const deliver = (hint: Hint, also: () => void = () => {}) => {
    const { lose = 0, delay = 0, repeat = 0 } = rates?.() ?? {};
    if (random() < lose) return;
    const afterMs = random() < delay ? Math.ceil(random() * maxDelayMs) : 0;
    const times = random() < repeat ? 2 : 1;
    void clock.sleep(afterMs).then(() => {
      if (isClosed) return;
      also();
      for (let i = 0; i < times && !isClosed; i++) onHint(hint);
    });
  };

  const listener: OnChange = (dir, name, node, how) => {
    for (const [path, one] of [...watched]) {
      // Its own end or its move. The watch is gone at once, but nobody here knows until the event is read.
      if (how === 'name' && one.node === node && path !== '') {
        one.isOver = true;
        deliver({ kind: 'path', path }, () => {
          if (watched.get(path) === one) watched.delete(path);
        });
      }
      if (one.node !== dir || one.isOver) continue;
      const decoded = decodeName(path, bytesOfName(name));
      if (decoded.kind !== 'name') deliver({ kind: 'tree', dir: path });
      else if (!isOwn(childOf(path, decoded.name))) deliver({ kind: 'path', path: childOf(path, decoded.name) });
    }
  };
  tree.listeners.add(listener);

  return {
    kind: 'inotify',
    watch(dir, inode) {
      const known = watched.get(dir);
      if (known?.inode === inode) return 'known';
      watched.delete(dir);
      const node = tree.find(diskPath(root, dir), false);
      if (node?.kind === 'directory') watched.set(dir, { node, inode, isOver: false });
      return 'new';
    },
    forget(dir) {
      for (const path of [...watched.keys()]) if (path === dir || path.startsWith(`${dir}/`)) watched.delete(path);
    },
    async close() {
      tree.listeners.delete(listener);
      isClosed = true;
    },
  };
}
