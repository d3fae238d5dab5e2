// The portable watcher, for systems other than Linux. Dearer than inotify in memory and time.
import { watch as chokidar, type FSWatcher } from 'chokidar';
import { OWN_FOLDER } from '../../core/model/own-folder.ts';
import { pathFault, type RelPath } from '../../core/model/rel-path.ts';
import { KnownDirectories } from './known-directories.ts';
import type { OnHint, Watcher } from './watcher.ts';

export interface PortableOptions {
  isIgnored(path: RelPath, isDirectory: boolean): boolean;
  /** told about an error of the watcher; rescans go on */
  readonly onError: (error: unknown) => void;
}

export function portableWatcher(root: string, onHint: OnHint, { isIgnored, onError }: PortableOptions): Watcher {
  const own = `${root}/${OWN_FOLDER}`;
  const known = new KnownDirectories();

  const start = (): FSWatcher => {
    const watcher = chokidar(root, {
      ignored: (path, stats) => {
        if (path === own || path.startsWith(`${own}/`)) return true;
        const relative = path.slice(root.length + 1);
        // It asks again when it knows what lies there.
        return stats !== undefined && isPath(relative) && isIgnored(relative, stats.isDirectory());
      },
      followSymlinks: false,
      ignoreInitial: true,
      atomic: false,
    });
    watcher.on('all', (_, path) => {
      const relative = path.slice(root.length + 1);
      if (isPath(relative)) onHint({ kind: 'path', path: relative });
      else if (relative !== '') onHint({ kind: 'tree', dir: '' });
    });
    // What changed before the watcher was ready went unseen.
    watcher.on('ready', () => onHint({ kind: 'tree', dir: '' }));
    watcher.on('error', (error) => {
      onError(error);
      onHint({ kind: 'tree', dir: '' });
    });
    return watcher;
  };

  let watcher = start();
  return {
    kind: 'portable',
    // It watches the whole tree by itself; only what it has not been asked about yet is new to the caller.
    watch: (dir, inode) => known.note(dir, inode),
    forget: (dir) => known.forget(dir),
    // It never looks again at what it left out once.
    rulesChanged() {
      void watcher.close();
      watcher = start();
    },
    close: () => watcher.close(),
  };
}

const isPath = (relative: string): relative is RelPath => pathFault(relative) === undefined;
