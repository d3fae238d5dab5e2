// How pages see the server: queries, commands and topics. The composition root in `server/` implements it; pages import
// nothing from there.
import type { FsEvent } from '../core/model/event.ts';
import type { NodeId, ProjectName, Sha, Tenant } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import type { Problem } from '../core/model/node-status.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { ByteRange, ObjectReader } from '../core/store/object-store.ts';
import type { Assets } from './assets.ts';

/** One node's view of a project, as shown on Projects and Nodes. */
export interface NodeOfProject {
  readonly node: NodeId;
  readonly state: 'in-sync' | 'syncing' | 'blocked' | 'offline' | 'starting' | 'removing' | 'removed';
  /** one sentence: why it is not in sync, or that it is */
  readonly sentence: string;
  readonly lastSeenAt: number;
  readonly pendingUp: number;
  readonly pendingDown: number;
  readonly oldestPendingAt: number | null;
  readonly problems: readonly Problem[];
  readonly problemCount: number;
}

export interface ProjectSummary {
  readonly name: ProjectName;
  readonly commitSha: Sha | null;
  readonly files: number;
  readonly bytes: number;
  /** when `current` last moved; null before the first commit */
  readonly changedAt: number | null;
  readonly state: 'in-sync' | 'syncing' | 'blocked' | 'no-nodes';
  /** the worst node's sentence, or "In sync on 2 nodes" */
  readonly sentence: string;
  readonly nodes: readonly NodeOfProject[];
  /** objects of the project that are not proven in cold yet */
  readonly toArchive: number;
}

/** Where the bytes of a file are. */
export interface Tiers {
  readonly hot: boolean;
  readonly cold: { readonly verifiedAt: number; readonly key: string; readonly bucket: string } | null;
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

export interface FileDetail {
  readonly project: ProjectName;
  readonly file: Extract<FileRow, { kind: 'file' }>;
  readonly mime: string;
  readonly commitSha: Sha;
  /** nodes that hold the project, with their state */
  readonly nodes: readonly NodeOfProject[];
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
  | { readonly kind: 'health' };

export interface Queries {
  projects(): Promise<readonly ProjectSummary[]>;
  project(name: ProjectName): Promise<ProjectSummary | undefined>;
  /** @returns undefined when there is no such project */
  files(
    name: ProjectName,
    options: { prefix: RelPath | ''; cursor?: string; limit: number },
  ): Promise<FilePage | undefined>;
  file(name: ProjectName, path: RelPath): Promise<FileDetail | undefined>;
  /** Bytes from any tier, verified. */
  read(sha: Sha, range?: ByteRange): Promise<ObjectReader>;
  events(query: EventQuery): Promise<EventWindow>;
  /** Undefined: all well. Else one sentence on what the server cannot reach now, since when, and what it does about it. */
  trouble(): { readonly sentence: string; readonly since: number } | undefined;
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
  readonly auth: Auth;
  /** where pages report what they could not do; absent: nowhere */
  readonly log?: Log;
  subscribe(topics: readonly Topic[]): Subscription;
}

/** Hono's environment for pages. */
export interface AppEnv {
  Variables: { services: AppServices; session: Session; assets: Assets };
}
