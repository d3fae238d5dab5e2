// For network file systems, which tell nobody what other machines write, and when inotify's limit is reached: the whole
// directory is looked at again and again. That is the rescan that there is anyway, one `lstat` a file by the hash cache: for
// 100,000 files it takes a fraction of the time and memory of a poll by a timer for each file. It rests so much longer than
// a look takes that it never needs more than a tenth of a core.
import type { Clock } from '../../core/model/clock.ts';
import { KnownDirectories } from './known-directories.ts';
import type { OnHint, Watcher } from './watcher.ts';

export interface PollingOptions {
  readonly clock: Clock;
  /** The shortest rest between two looks. Default 1,000. */
  readonly intervalMs?: number;
}

/** How many times as long as a look took. */
const REST_FACTOR = 9;

export function pollingWatcher(onHint: OnHint, { clock, intervalMs = 1_000 }: PollingOptions): Watcher {
  const known = new KnownDirectories();
  const stop = new AbortController();
  let resting = false;

  const rest = async (ms: number) => {
    resting = true;
    try {
      await clock.sleep(ms, stop.signal);
    } catch {
      return;
    } finally {
      resting = false;
    }
    onHint({ kind: 'tree', dir: '' });
  };

  // It may take over long after the last look at everything.
  void rest(intervalMs);
  return {
    kind: 'polling',
    watch: (dir, inode) => known.note(dir, inode),
    forget: (dir) => known.forget(dir),
    looked(tookMs) {
      if (!resting && !stop.signal.aborted) void rest(Math.max(intervalMs, REST_FACTOR * tookMs));
    },
    async close() {
      stop.abort(new Error('the watcher is closed'));
    },
  };
}
