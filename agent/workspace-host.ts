// What the agent gives to each of its workspaces: the stores, the clock and the disk, what they share, and how to tell that
// something changed. Tests give others of them.
import type { CommitIo } from '../core/commit/commit.ts';
import type { Clock } from '../core/model/clock.ts';
import type { DeleteThreshold } from '../core/model/delete-threshold.ts';
import type { NodeId, Tenant } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import type { Answer } from '../core/model/node-status.ts';
import type { PutHints } from '../core/store/put-hints.ts';
import type { Recall } from '../core/tier/recall.ts';
import type { Limits } from './assign/limits.ts';
import type { Disk } from './disk/disk.ts';
import type { BothWays } from './limits/transfers.ts';
import type { Feeds } from './subscribe/feeds.ts';
import type { WatchMode, WatchSettings } from './watch/choose-watcher.ts';
import type { OnHint, Watcher } from './watch/watcher.ts';

export interface WorkspaceHost {
  readonly node: NodeId;
  readonly tenant: Tenant;
  readonly stores: CommitIo;
  /** How what files have in them comes back from cold. Default: what is not in hot does not come. */
  readonly recall?: Recall;
  /** What nodes tell each other of large objects that they put. Default: nothing, and each waits for the commit. */
  readonly hints?: PutHints;
  readonly clock: Clock;
  readonly log: Log;
  readonly feeds: Feeds;
  /** where state files lie, outside of the workspaces */
  readonly stateDir: string;
  readonly watch: WatchMode;
  /** default: this machine's */
  readonly disk?: Disk;
  /** default: the one that `watch` names */
  readonly startWatcher?: (root: string, onHint: OnHint, settings: WatchSettings) => Watcher;
  /** A full look at the directory this often, for what the watcher missed. */
  readonly rescanEveryMs: number;
  /** I9: what may be deleted without being asked, where the workspace says nothing else. Default: DEFAULT_THRESHOLD */
  readonly deleteThreshold?: DeleteThreshold;
  /** What the node may use; changes while it runs. Default: no limits. */
  readonly limits?: Limits;
  /** What follows from them, for all workspaces together; default: as much as one workspace may use. */
  readonly transfers?: BothWays;
  /** A person's answer to a question that the node asked in its status. */
  readonly answerTo?: (questionId: string) => Answer | undefined;
  /** The status may have changed. */
  changed(): void;
}
