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
  /** `polling`: hints come when the directory is looked at, so that they say nothing about when a file was written */
  readonly kind: 'inotify' | 'portable' | 'polling';
  /** Watches what happens directly in a directory. Call it before the directory is read, so that nothing falls between.
   *  @param inode  of the directory; another one under the same path is another directory
   *  @returns 'new' when what is in it has to be looked at: nothing watched it until now */
  watch(dir: RelPath | '', inode: bigint): 'new' | 'known';
  /** The directory is gone or ignored, with all that was below it. */
  forget(dir: RelPath): void;
  /** Other paths are ignored than before. Absent: who scans says `watch` and `forget`, which is enough. */
  rulesChanged?(): void;
  /** The whole directory was looked at, which took so long. */
  looked?(tookMs: number): void;
  close(): Promise<void>;
}

/** The system gives no more watches; the message says how to raise the limit. */
export class WatchLimitError extends Error {
  override name = 'WatchLimitError';
}
