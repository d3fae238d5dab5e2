// The portable watcher, for other systems, network file systems (polling) and when inotify's limit is reached. Dearer
// than inotify in memory and time, so that it is never the first choice on Linux.
import { watch as chokidar } from 'chokidar';
import { pathFault, type RelPath } from '../../core/model/rel-path.ts';
import { OWN_FOLDER } from '../disk/disk-path.ts';
import type { OnHint, Watcher } from './watcher.ts';

export interface PortableOptions {
  /** Look at each file every `intervalMs` instead of asking the system: the only way on a network file system. */
  readonly polling: boolean;
  /** default 1,000 */
  readonly intervalMs?: number;
  /** told once about an error of the watcher; rescans go on */
  readonly onError: (error: unknown) => void;
}

export function portableWatcher(root: string, onHint: OnHint, options: PortableOptions): Watcher {
  const own = `${root}/${OWN_FOLDER}`;
  const known = new Set<string>();
  const watcher = chokidar(root, {
    ignored: (path) => path === own || path.startsWith(`${own}/`),
    followSymlinks: false,
    ignoreInitial: true,
    atomic: false,
    usePolling: options.polling,
    interval: options.intervalMs ?? 1_000,
    binaryInterval: options.intervalMs ?? 1_000,
  });
  watcher.on('all', (_, path) => {
    const relative = path.slice(root.length + 1);
    if (relative === '') return;
    if (pathFault(relative) === undefined) onHint({ kind: 'path', path: relative as RelPath });
    else onHint({ kind: 'tree', dir: '' });
  });
  // What changed before the watcher was ready went unseen.
  watcher.on('ready', () => onHint({ kind: 'tree', dir: '' }));
  watcher.on('error', (error) => {
    options.onError(error);
    onHint({ kind: 'tree', dir: '' });
  });

  return {
    kind: 'portable',
    // It watches the whole tree by itself; only what it has not been asked about yet is new to the caller.
    watch(dir, inode) {
      const id = `${inode}:${dir}`;
      if (known.has(id)) return 'known';
      known.add(id);
      return 'new';
    },
    forget(dir) {
      for (const id of known) {
        const path = id.slice(id.indexOf(':') + 1);
        if (path === dir || path.startsWith(`${dir}/`)) known.delete(id);
      }
    },
    close: () => watcher.close(),
  };
}
