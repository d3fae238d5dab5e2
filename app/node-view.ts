// What pages see of nodes, and what they ask of them: part of the interfaces between pages and server.
import type { Actor } from '../core/model/commit.ts';
import type { DeleteThreshold } from '../core/model/delete-threshold.ts';
import type { NodeId, ProjectName, Sha } from '../core/model/ids.ts';
import type { DesiredWorkspace, NodeLimits, WorkspaceMode } from '../core/model/node-desired.ts';
import type { Answer, Problem, Question, ResyncStatus } from '../core/model/node-status.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { Standing } from '../core/model/verdict.ts';
import type { AnswerAsked, AnswerOutcome } from '../core/node/answer-question.ts';
import type { AskRescanOutcome, RescanAsked } from '../core/node/ask-rescan.ts';
import type { AssignOutcome, Place, UnassignOutcome } from '../core/node/assign-workspace.ts';
import type { ChangeLimitsOutcome, LimitChange } from '../core/node/change-limits.ts';
import type { ForgetOutcome } from '../core/node/forget-node.ts';

/** One node's view of a project, as shown on Projects and Nodes. */
export interface NodeOfProject {
  readonly node: NodeId;
  readonly prefix?: RelPath;
  /** as the node says it */
  readonly root: string;
  readonly state: Standing | 'offline' | 'unheard' | 'left';
  /** paths that are not in sync while the rest is (`skipping`), or how many wait (`waiting`) */
  readonly skipped: number;
  /** one sentence: why it is not in sync, or that it is */
  readonly sentence: string;
  readonly lastSeenAt: number;
  /** that its workspace holds */
  readonly files: number;
  readonly pendingUp: number;
  readonly pendingDown: number;
  readonly oldestPendingAt: number | null;
  readonly problems: readonly Problem[];
  readonly problemCount: number;
  /** what a person has to decide before it goes on; absent: nothing */
  readonly question?: Question;
}

/** How far the commit that a workspace last matched is behind the project's current. */
export type BaseLag =
  | { readonly kind: 'current' }
  /** no commit was matched yet */
  | { readonly kind: 'none' }
  /** `current`: the project's; `commits`, `since`: null when the server has not seen it happen */
  | {
      readonly kind: 'behind';
      readonly current: Sha;
      readonly commits: number | null;
      readonly since: number | null;
    }
  /** the project has no current that the server knows */
  | { readonly kind: 'unknown' };

/** One direction of a workspace since it began to have something to do. */
export interface TransferView {
  /** paths */
  readonly done: number;
  readonly total: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly bytesPerSecond: number;
  /** null: not known */
  readonly etaMs: number | null;
}

/** One workspace as Nodes shows it. */
export interface NodeWorkspace {
  readonly project: ProjectName;
  readonly prefix?: RelPath;
  /** as the node says it; of an assignment that it has not answered yet, as it was given */
  readonly root: string;
  readonly from: 'configuration' | 'server' | 'unknown';
  readonly mode: WorkspaceMode;
  /** `asked`: assigned, and the node has not said anything of it yet */
  readonly state: NodeOfProject['state'] | 'asked';
  readonly skipped: number;
  readonly sentence: string;
  readonly files: number;
  readonly bytes: number;
  readonly pendingUp: number;
  readonly pendingDown: number;
  readonly oldestPendingAt: number | null;
  /** absent: there is nothing to do, or nobody knows yet */
  readonly progress?: { readonly up: TransferView; readonly down: TransferView };
  readonly base: Sha | null;
  readonly lag: BaseLag;
  readonly question?: Question;
  /** what was answered to `question`, and the node has not acted on yet */
  readonly answer?: Answer;
  readonly problems: readonly Problem[];
  readonly problemCount: number;
  /** when what is not in sync was tried last and is tried next; absent: nothing waits for a time */
  readonly lastTryAt?: number;
  readonly nextTryAt?: number;
  /** when the whole directory was last compared with what is remembered of it */
  readonly lookedAt?: number;
  /** what came of the last time that somebody asked for that */
  readonly resync?: ResyncStatus;
  /** paths of the project that are ignored here */
  readonly leftOut?: number;
  /** what may be deleted in it without being asked; absent: the default */
  readonly deleteThreshold?: DeleteThreshold;
  /** the server's assignment behind it; absent: there is none, or none any more */
  readonly assigned?: DesiredWorkspace;
  /** when somebody last asked that its project be looked at anew, ISO 8601; null: never */
  readonly rescanAskedAt: string | null;
}

/** One node with all that it holds. */
export interface NodeSummary {
  readonly node: NodeId;
  /** `blocked`: it lives, but something on it waits for a person. `skipping`: all is in sync but single paths. `unheard`: NATS does
   *  not answer the server, so nothing is known of it. `left`: it was stopped. `never`: it was asked for
   *  something, and no agent ever ran as it */
  readonly state: 'live' | 'skipping' | 'blocked' | 'offline' | 'unheard' | 'left' | 'never';
  /** paths of all its workspaces that are not in sync while the rest of theirs is */
  readonly skipped: number;
  /** what is wrong with the node as a whole, or with the worst of its workspaces, or that all is well */
  readonly sentence: string;
  readonly version: string | null;
  readonly host: string | null;
  readonly startedAt: number | null;
  readonly lastSeenAt: number | null;
  /** how far the node's clock is ahead of the store's, negative: behind; absent: by nothing that matters */
  readonly clockSkewMs?: number;
  /** why what it is asked to be cannot be read, and so not be changed; absent: it can */
  readonly unreadable?: string;
  /** what it is asked to keep to, in place of its own configuration */
  readonly limits: NodeLimits;
  /** what its configuration says; absent: the node does not say */
  readonly configuredLimits?: NodeLimits;
  /** worst first */
  readonly workspaces: readonly NodeWorkspace[];
}

/** Why nothing could be changed on a node. */
export type NodeRefusal =
  | { readonly kind: 'no-node' }
  /** what it is asked to be is no record that this version understands */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** What people ask of nodes. Each may be sent twice and is done once; who asked is in the audit log.
 *  All throw StoreUnavailableError: whether it was done is unknown, and it may be sent again. */
export interface NodeCommands {
  answer(actor: Actor, node: NodeId, asked: AnswerAsked): Promise<AnswerOutcome | NodeRefusal>;
  changeLimits(actor: Actor, node: NodeId, changes: readonly LimitChange[]): Promise<ChangeLimitsOutcome | NodeRefusal>;
  rescan(actor: Actor, node: NodeId, asked: RescanAsked): Promise<AskRescanOutcome | NodeRefusal>;
  assign(actor: Actor, node: NodeId, asked: DesiredWorkspace): Promise<AssignOutcome | NodeRefusal>;
  unassign(actor: Actor, node: NodeId, place: Place): Promise<UnassignOutcome | NodeRefusal>;
  forget(actor: Actor, node: NodeId): Promise<ForgetOutcome | NodeRefusal>;
}
