// Which watcher a workspace gets: inotify on Linux, polling where no watcher hears what other machines write, and the
// portable one on other systems.
import { readFileSync } from 'node:fs';
import type { Clock } from '../../core/model/clock.ts';
import type { Log } from '../../core/model/log.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { portableWatcher } from './chokidar-watcher.ts';
import { inotifyWatcher } from './inotify-watcher.ts';
import { limitedWatcher } from './limited-watcher.ts';
import { fileSystemAt, isNetworkFileSystem } from './mounted-as.ts';
import { pollingWatcher } from './polling-watcher.ts';
import type { OnHint, Watcher } from './watcher.ts';

export type WatchMode = 'auto' | 'inotify' | 'portable' | 'polling';

export interface WatchSettings {
  /** 'auto': inotify on Linux, polling on network file systems, else portable */
  readonly mode: WatchMode;
  readonly log: Log;
  readonly clock: Clock;
  isIgnored(path: RelPath, isDirectory: boolean): boolean;
  /** inotify's limit is reached, and what to do about it; undefined: not any more */
  onLimit(message: string | undefined): void;
}

/** @param mounts  gives the kernel's list of mounts */
export function startWatcher(root: string, settings: WatchSettings, onHint: OnHint, mounts = readMounts): Watcher {
  const { log, clock, isIgnored, onLimit } = settings;
  const mode = settings.mode === 'auto' ? modeFor(root, log, mounts) : settings.mode;
  const polling = () => pollingWatcher(onHint, { clock });
  switch (mode) {
    case 'polling':
      return polling();
    case 'portable':
      return portableWatcher(root, onHint, {
        isIgnored,
        onError: (error) => log.warn({ root, error }, 'the file watcher reports an error; a rescan follows'),
      });
    case 'inotify':
      return limitedWatcher(inotifyWatcher(root, onHint), {
        polling,
        onLimit(message) {
          if (message === undefined) log.info({ root }, `${root} is watched by inotify again`);
          else log.warn({ root }, `${root}: ${message}`);
          onLimit(message);
        },
      });
  }
}

function modeFor(root: string, log: Log, mounts: () => string): 'inotify' | 'portable' | 'polling' {
  if (process.platform !== 'linux') return 'portable';
  const type = fileSystemAt(mounts(), root);
  if (type === undefined || !isNetworkFileSystem(type)) return 'inotify';
  log.info({ root, type }, `${root} is on a network file system (${type}): it is polled`);
  return 'polling';
}

function readMounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch (error) {
    // A container may hide it; then inotify is the better guess.
    if (isDiskError(error)) return '';
    throw error;
  }
}
