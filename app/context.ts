// How pages see the server: queries, commands and topics. The composition root in `server/` implements it; pages import
// nothing from there.
import type { FsEvent } from '../core/model/event.ts';
import type { NodeId, ProjectName, Sha, Tenant } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import type { DesiredWorkspace, NodeLimits, WorkspaceMode } from '../core/model/node-desired.ts';
import type { Answer, Problem, Question } from '../core/model/node-status.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { Standing } from '../core/model/verdict.ts';
import type { AnswerAsked, AnswerOutcome } from '../core/node/answer-question.ts';
import type { AskRescanOutcome, RescanAsked } from '../core/node/ask-rescan.ts';
import type { AssignOutcome, Place, UnassignOutcome } from '../core/node/assign-workspace.ts';
import type { ChangeLimitsOutcome, LimitChange } from '../core/node/change-limits.ts';
import type { ForgetOutcome } from '../core/node/forget-node.ts';
import type { ByteRange, ObjectReader } from '../core/store/object-store.ts';
import type { Assets } from './assets.ts';
import type { JobCommands, JobQueries } from './job-view.ts';

/** One node's view of a project, as shown on Projects and Nodes. */
export interface NodeOfProject {
  readonly node: NodeId;
  readonly prefix?: RelPath;
  /** as the node says it */
  readonly root: string;
  readonly state: Standing | 'offline';
  /** paths that are not in sync while the rest is (`skipping`) */
  readonly skipped: number;
  /** one sentence: why it is not in sync, or that it is */
  readonly sentence: string;
  readonly lastSeenAt: number;
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
  /** `commits`, `since`: null when the server has not seen it happen */
  | { readonly kind: 'behind'; readonly commits: number | null; readonly since: number | null }
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
  /** the server's assignment behind it; absent: there is none, or none any more */
  readonly assigned?: DesiredWorkspace;
  /** when somebody last asked that its project be looked at anew, ISO 8601; null: never */
  readonly rescanAskedAt: string | null;
}

/** One node with all that it holds. */
export interface NodeSummary {
  readonly node: NodeId;
  /** `blocked`: it lives, but something on it waits for a person. `skipping`: all is in sync but single paths. `left`: it was stopped. `never`: it was asked for
   *  something, and no agent ever ran as it */
  readonly state: 'live' | 'skipping' | 'blocked' | 'offline' | 'left' | 'never';
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

export interface ProjectSummary {
  readonly name: ProjectName;
  readonly commitSha: Sha | null;
  readonly files: number;
  readonly bytes: number;
  /** when `current` last moved; null before the first commit */
  readonly changedAt: number | null;
  readonly state: 'in-sync' | 'skipping' | 'syncing' | 'blocked' | 'no-nodes' | 'cold';
  /** when it was taken off hot storage; null: it was not, or is back */
  readonly coldSince: number | null;
  /** paths on all its nodes that are not in sync while the rest is */
  readonly skipped: number;
  /** the worst node's sentence, or "In sync on 2 nodes" */
  readonly sentence: string;
  readonly nodes: readonly NodeOfProject[];
  /** objects of the project that are not proven in cold yet */
  readonly toArchive: number;
  /** its own bytes of what is compressed in cold, and what they take there; absent: nothing is, or it was not asked for */
  readonly compressed?: { readonly plainBytes: number; readonly storedBytes: number };
}

/** Where the bytes of a file are. */
export interface Tiers {
  readonly hot: boolean;
  readonly cold: {
    readonly verifiedAt: number;
    readonly key: string;
    readonly bucket: string;
    /** what it takes there when it is compressed */
    readonly storedBytes?: number;
  } | null;
}

export type FileRow =
  | {
      readonly kind: 'dir';
      readonly path: RelPath;
      readonly name: string;
      readonly files: number;
      readonly bytes: number;
    }
  | {
      readonly kind: 'file';
      readonly path: RelPath;
      readonly name: string;
      readonly sha: Sha;
      readonly sizeBytes: number;
      readonly modifiedAt: number;
      readonly mode: number;
      readonly tiers: Tiers;
    };

export interface FilePage {
  readonly project: ProjectName;
  readonly prefix: RelPath | '';
  readonly commitSha: Sha | null;
  readonly rows: readonly FileRow[];
  readonly next: string | undefined;
  /** totals of the directory shown */
  readonly files: number;
  readonly bytes: number;
}

/** A path that never leaves hot; '' is the whole project. */
export interface PinView {
  readonly path: RelPath | '';
  readonly by: string;
  readonly at: number;
}

/** A project that was deleted, and can still be brought back. */
export interface DeletedProjectView {
  readonly name: ProjectName;
  readonly files: number;
  readonly bytes: number;
  readonly deletedAt: number;
  readonly keptUntil: number;
}

export interface FileDetail {
  readonly project: ProjectName;
  readonly file: Extract<FileRow, { kind: 'file' }>;
  readonly mime: string;
  readonly commitSha: Sha;
  /** nodes that hold the project, with their state */
  readonly nodes: readonly NodeOfProject[];
  /** what keeps it in hot: itself, a directory above it, or the project; undefined: nothing */
  readonly pinnedBy: RelPath | '' | undefined;
}

/** An event with its stream seq, newest first in pages. */
export interface EventRow {
  readonly seq: number;
  readonly event: FsEvent;
}

export interface EventQuery {
  /** events older than this seq; absent: the newest */
  readonly before?: number;
  /** events newer than this seq */
  readonly after?: number;
  readonly project?: ProjectName;
  readonly types?: readonly string[];
  readonly path?: string;
  /** what came of one request or job */
  readonly correlation?: string;
  readonly limit: number;
}

export interface EventWindow {
  readonly rows: readonly EventRow[];
  /** newest seq that the server knows, whatever the filter */
  readonly head: number;
  readonly hasOlder: boolean;
}

/** What a live page waits for; each kind wakes when something of it may have changed. */
export type Topic =
  | { readonly kind: 'projects' }
  | { readonly kind: 'project'; readonly project: ProjectName }
  | { readonly kind: 'events' }
  | { readonly kind: 'nodes' }
  | { readonly kind: 'jobs' }
  | { readonly kind: 'health' };

export interface Queries extends JobQueries {
  projects(): Promise<readonly ProjectSummary[]>;
  project(name: ProjectName): Promise<ProjectSummary | undefined>;
  pins(name: ProjectName): Promise<readonly PinView[]>;
  deletedProjects(): Promise<readonly DeletedProjectView[]>;
  /** @returns undefined when there is no such project */
  files(
    name: ProjectName,
    options: { prefix: RelPath | ''; cursor?: string; limit: number },
  ): Promise<FilePage | undefined>;
  file(name: ProjectName, path: RelPath): Promise<FileDetail | undefined>;
  /** Bytes from any tier, verified.
   *  @param project  whose file it is; the first read of one that was taken off brings it back */
  read(sha: Sha, project: ProjectName, range?: ByteRange): Promise<ObjectReader>;
  /** Where a browser gets the file's bytes by itself, for some minutes; undefined: from `read`. */
  link(detail: FileDetail): Promise<string | undefined>;
  events(query: EventQuery): Promise<EventWindow>;
  /** Worst first. Undefined: the server has just started, and has not heard of all nodes yet. */
  nodes(): Promise<readonly NodeSummary[] | undefined>;
  node(id: NodeId): Promise<NodeSummary | undefined>;
  /** Undefined: all well. Else one sentence on what the server cannot reach now, since when, and what it does about it. */
  trouble(): { readonly sentence: string; readonly since: number } | undefined;
}

/** Why nothing could be changed on a node. */
export type NodeRefusal =
  | { readonly kind: 'no-node' }
  /** what it is asked to be is no record that this version understands */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** What people ask of nodes. Each may be sent twice and is done once; who asked is in the server's log.
 *  All throw StoreUnavailableError: whether it was done is unknown, and it may be sent again. */
export interface NodeCommands {
  answer(user: string, node: NodeId, asked: AnswerAsked): Promise<AnswerOutcome | NodeRefusal>;
  changeLimits(user: string, node: NodeId, changes: readonly LimitChange[]): Promise<ChangeLimitsOutcome | NodeRefusal>;
  rescan(user: string, node: NodeId, asked: RescanAsked): Promise<AskRescanOutcome | NodeRefusal>;
  assign(user: string, node: NodeId, asked: DesiredWorkspace): Promise<AssignOutcome | NodeRefusal>;
  unassign(user: string, node: NodeId, place: Place): Promise<UnassignOutcome | NodeRefusal>;
  forget(user: string, node: NodeId): Promise<ForgetOutcome | NodeRefusal>;
}

/** What people ask of projects. Each may be sent twice; who asked is in the server's log.
 *  All throw StoreUnavailableError: whether it was done is unknown, and it may be sent again. */
export interface ProjectCommands {
  create(
    user: string,
    project: ProjectName,
  ): Promise<{ readonly kind: 'project-created' } | { readonly kind: 'project-exists' }>;
  /** Asks for the job that brings all of it back to hot. */
  promote(
    user: string,
    project: ProjectName,
  ): Promise<{ readonly kind: 'promotion-asked' } | { readonly kind: 'no-project' }>;
  /** Its history and its assignments go on under the new name. */
  rename(
    user: string,
    project: ProjectName,
    to: ProjectName,
  ): Promise<{ readonly kind: 'project-renamed' | 'project-exists' | 'no-project' }>;
  /** @param seen  the commit that the person saw: what came since was not decided on */
  remove(
    user: string,
    project: ProjectName,
    seen: string,
  ): Promise<{ readonly kind: 'project-deleted' | 'project-moved' | 'no-project' }>;
  undelete(
    user: string,
    project: ProjectName,
  ): Promise<{ readonly kind: 'project-restored' | 'project-name-taken' | 'project-not-kept' }>;
  pin(
    user: string,
    project: ProjectName,
    path: RelPath | '',
  ): Promise<{ readonly kind: 'pinned' | 'too-many-pins' | 'no-project' }>;
  unpin(user: string, project: ProjectName, path: RelPath | ''): Promise<{ readonly kind: 'unpinned' }>;
}

/** A wake-up line: `wait` resolves when the topic may have changed since the last call. Coalescing, never a queue. */
export interface Subscription {
  wait(): Promise<void>;
  close(): void;
}

export interface Session {
  readonly user: string;
}

export interface Auth {
  /** @returns the cookie value of a new session, or undefined for a wrong token */
  signIn(token: string): Promise<string | undefined>;
  /** @returns undefined for none, an expired or a forged one */
  session(cookie: string | undefined): Session | undefined;
  readonly sessionSeconds: number;
}

export interface AppServices {
  readonly tenant: Tenant;
  readonly queries: Queries;
  readonly nodeCommands: NodeCommands;
  readonly projectCommands: ProjectCommands;
  readonly jobCommands: JobCommands;
  readonly auth: Auth;
  /** where pages report what they could not do; absent: nowhere */
  readonly log?: Log;
  subscribe(topics: readonly Topic[]): Subscription;
}

/** Hono's environment for pages. */
export interface AppEnv {
  Variables: { services: AppServices; session: Session; assets: Assets };
}
