// inotify as far as its limit goes. Directories beyond it are polled, which a person is told with what to raise; each look
// at everything tries again, so that inotify takes over by itself when the limit was raised.
import { KnownDirectories } from './known-directories.ts';
import { type Watcher, WatchLimitError } from './watcher.ts';

export interface LimitedOptions {
  /** what looks after the directories that inotify does not take */
  polling(): Watcher;
  /** The limit is reached: what to say about it; undefined: not any more. */
  onLimit(message: string | undefined): void;
}

export function limitedWatcher(inotify: Watcher, { polling, onLimit }: LimitedOptions): Watcher {
  const beyond = new KnownDirectories();
  let refused = 0;
  let poll: Watcher | undefined;

  return {
    get kind() {
      return poll ? 'polling' : 'inotify';
    },
    watch(dir, inode) {
      try {
        const answer = inotify.watch(dir, inode);
        if (poll && dir !== '') beyond.forget(dir);
        return answer;
      } catch (error) {
        if (!(error instanceof WatchLimitError)) throw error;
        refused++;
        if (!poll) onLimit(error.message);
        poll ??= polling();
        return beyond.note(dir, inode);
      }
    },
    forget(dir) {
      inotify.forget(dir);
      beyond.forget(dir);
    },
    looked(tookMs) {
      if (poll && refused === 0) {
        void poll.close();
        poll = undefined;
        onLimit(undefined);
      }
      refused = 0;
      poll?.looked?.(tookMs);
    },
    async close() {
      await poll?.close();
      await inotify.close();
    },
  };
}
