// Which watcher a workspace gets: inotify on Linux, else the portable one. When inotify's limit is reached the portable
// one takes over by polling, and a person is told what to raise.
import type { Log } from '../../core/model/log.ts';
import { portableWatcher } from './chokidar-watcher.ts';
import { inotifyWatcher } from './inotify-watcher.ts';
import { type OnHint, type Watcher, WatchLimitError } from './watcher.ts';

export type WatchMode = 'auto' | 'inotify' | 'portable' | 'polling';

export interface WatchSettings {
  /** 'auto': inotify on Linux, else portable */
  readonly mode: WatchMode;
  readonly log: Log;
}

export function startWatcher(root: string, settings: WatchSettings, onHint: OnHint): Watcher {
  const { mode, log } = settings;
  const onError = (error: unknown) => log.warn({ root, error }, 'the file watcher reports an error; a rescan follows');
  if (mode === 'polling') return portableWatcher(root, onHint, { polling: true, onError });
  if (mode === 'portable' || (mode === 'auto' && process.platform !== 'linux')) {
    return portableWatcher(root, onHint, { polling: false, onError });
  }
  return withFallback(inotifyWatcher(root, onHint), log, root, () =>
    portableWatcher(root, onHint, { polling: true, onError }),
  );
}

/** @returns a watcher that becomes the other one when the first meets its limit */
export function withFallback(first: Watcher, log: Log, root: string, fallback: () => Watcher): Watcher {
  let active = first;
  return {
    get kind() {
      return active.kind;
    },
    watch(dir, inode) {
      try {
        return active.watch(dir, inode);
      } catch (error) {
        if (!(error instanceof WatchLimitError)) throw error;
        log.warn({ root }, `Watching ${root} by polling, which is slower and dearer: ${error.message}`);
        void active.close();
        active = fallback();
        return active.watch(dir, inode);
      }
    },
    forget: (dir) => active.forget(dir),
    close: () => active.close(),
  };
}
