// What the steps on the way from disk to project share: a settled path is looked at (`looks.ts`), read and uploaded
// (`uploads.ts`), waits as ready (`ready-changes.ts`), and is committed with others (`batches.ts`).
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Site } from '../site.ts';
import type { Watcher } from '../watch/watcher.ts';
import type { LocalOnly } from './local-only.ts';
import type { Moves } from './moves.ts';
import type { ReadyChanges } from './ready-changes.ts';

export interface OutgoingPeers {
  readonly watcher: Pick<Watcher, 'kind' | 'watch' | 'forget'>;
  /** A directory came whose content nobody has looked at. */
  scan(dir: RelPath): void;
  /** Whether what was put lately may be gone from the store (I12). */
  isMending(): boolean;
  /** Whether directories are being looked through: what is gone here may be found there. */
  isScanning(): boolean;
  /** The base of these paths moved, or the disk holds it as it should: what waited for that may go on. */
  released(paths: readonly RelPath[]): void;
  /** A step failed: says so as a trouble. Throws on what is no failure of the world. */
  failed(error: unknown, retryInMs: number): void;
  /** what had failed works again */
  recovered(): void;
  /** something reached the store */
  sent(): void;
  /** a batch went through whole */
  committed(): void;
  /** files that were deleted here are to come back, or others to go that the project has no more */
  restored(): void;
  /** What others changed below this node's last commit is noted, so that the rows are those of one commit when the next
   *  one is recorded in them. */
  noteOwn(): Promise<void>;
  /** Runs while nobody else reads or moves the base commit. */
  withBase<T>(work: () => Promise<T>): Promise<T>;
}

export interface Way {
  readonly site: Site;
  readonly peers: OutgoingPeers;
  readonly ready: ReadyChanges;
  /** renames whose halves wait for each other */
  readonly moves: Moves;
  /** what a workspace that only receives keeps to itself */
  readonly local: LocalOnly;
  wakeLooks(): void;
  wakeCommits(): void;
}
