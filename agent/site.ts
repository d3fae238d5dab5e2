// What all parts of one workspace share: where it lies, what it remembers, the stores behind it, and what is wrong with it.
import type { CommitIo } from '../core/commit/commit.ts';
import type { Lineage } from '../core/commit/lineage.ts';
import type { Clock } from '../core/model/clock.ts';
import type { DeleteThreshold } from '../core/model/delete-threshold.ts';
import type { Entry } from '../core/model/entry.ts';
import type { NodeId, ProjectName } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import type { WorkspaceMode } from '../core/model/node-desired.ts';
import type { Answer } from '../core/model/node-status.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import type { PutHints } from '../core/store/put-hints.ts';
import type { Recall } from '../core/tier/recall.ts';
import type { Disk } from './disk/disk.ts';
import type { FileClock } from './disk/fingerprint.ts';
import type { IgnoreRules } from './ignore/ignore-rules.ts';
import type { DisplacedEdits } from './incoming/displaced-edits.ts';
import type { Naming } from './incoming/name-clash.ts';
import type { BothWays } from './limits/transfers.ts';
import type { Heard } from './state/heard.ts';
import type { Problems } from './state/problems.ts';
import type { WorkspaceState } from './state/state.ts';
import type { Troubles } from './state/troubles.ts';
import type { Announcer } from './subscribe/announcer.ts';

export interface Site {
  readonly node: NodeId;
  readonly project: ProjectName;
  /** the part of the project that the workspace holds; undefined: all of it */
  readonly prefix: RelPath | undefined;
  /** absolute, without a `/` at its end */
  readonly root: string;
  readonly disk: Disk;
  readonly stores: CommitIo;
  /** what files have in them: also what is only in cold comes from here */
  readonly contents: Pick<ObjectStore, 'get'>;
  /** who brings back what is only in cold; undefined: nobody */
  readonly recall: Recall | undefined;
  /** what nodes tell each other of large objects that they put; undefined: nothing */
  readonly hints: PutHints | undefined;
  /** the same, for commits */
  readonly commits: CommitIo;
  readonly state: WorkspaceState;
  readonly problems: Problems;
  /** edits that the disk did not let back to their places */
  readonly displaced: DisplacedEdits;
  readonly troubles: Troubles;
  /** steady: for how long something waits, whatever becomes of the clock on the wall */
  readonly clock: Clock;
  readonly fileClock: FileClock;
  /** what the disk makes of names */
  readonly naming: Naming;
  /** what all workspaces of the agent share when they move bytes */
  readonly transfers: BothWays;
  readonly log: Log;
  readonly heard: Heard;
  /** what was found out about which commits are before the current one */
  readonly lineage: Lineage;
  /** tells the programs of this node what happens here */
  readonly announcer: Announcer;
  /** the paths that this workspace leaves alone */
  readonly ignores: IgnoreRules;
  readonly signal: AbortSignal;
  readonly mode: WorkspaceMode;
  /** I9: what may be deleted without being asked */
  readonly deleteThreshold: DeleteThreshold;
  /** A person's answer to a question of this workspace. */
  answerTo(questionId: string): Answer | undefined;
  /** I9: whether the directory is still this workspace. False is recorded as a trouble; nothing may be concluded then. */
  isThere(): boolean;
  /** The rules of this directory, or of one above the workspace (''), say something else: all that is below is looked at again. */
  rulesChanged(dir: RelPath | ''): void;
  /** Whether that `.fsignore` is there, and what it says, could not be told: it is looked at again. */
  rulesUnread(path: RelPath): void;
  /** The status may have changed. */
  changed(): void;
}

type Mapped = Pick<Site, 'prefix'>;

export const toProjectPath = ({ prefix }: Mapped, path: RelPath): RelPath =>
  prefix === undefined ? path : (`${prefix}/${path}` as RelPath);

/** @returns undefined for a path that the workspace does not hold */
export function toLocalPath({ prefix }: Mapped, path: RelPath): RelPath | undefined {
  if (prefix === undefined) return path;
  return path.startsWith(`${prefix}/`) ? (path.slice(prefix.length + 1) as RelPath) : undefined;
}

export const toProjectEntry = (site: Mapped, entry: Entry): Entry => ({
  ...entry,
  path: toProjectPath(site, entry.path),
});

/** @returns undefined for an entry that the workspace does not hold */
export function toLocalEntry(site: Mapped, entry: Entry): Entry | undefined {
  const path = toLocalPath(site, entry.path);
  return path === undefined ? undefined : { ...entry, path };
}
