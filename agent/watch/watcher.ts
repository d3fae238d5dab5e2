// The port of file watching. What a watcher says is a hint (I2): it may come twice, late, or not at all, and never
// carries a fact. Rescans find what it missed.
import type { RelPath } from '../../core/model/rel-path.ts';

export type Hint =
  /** something happened at this path: made, changed, removed, or replaced */
  | { readonly kind: 'path'; readonly path: RelPath }
  /** something happened somewhere at or below this directory */
  | { readonly kind: 'tree'; readonly dir: RelPath | '' };

export type OnHint = (hint: Hint) => void;

export interface Watcher {
  readonly kind: 'inotify' | 'portable';
  /** Watches what happens directly in a directory. Call it before the directory is read, so that nothing falls between.
   *  @param inode  of the directory; another one under the same path is another directory
   *  @returns 'new' when what is in it has to be looked at: nothing watched it until now
   *  @throws WatchLimitError when the system gives no more watches */
  watch(dir: RelPath | '', inode: bigint): 'new' | 'known';
  /** The directory is ignored from now on, with all that is below it; `watch` takes it back. Absent: `forget` does it. */
  leave?(dir: RelPath): void;
  /** The directory is gone, with all that was below it. */
  forget(dir: RelPath): void;
  close(): Promise<void>;
}

/** The system gives no more watches; the message says how to raise the limit. */
export class WatchLimitError extends Error {
  override name = 'WatchLimitError';
}
