// How pages see the server: queries, commands and topics. The composition root in `server/` implements it; pages import
// nothing from there. What they see and ask of each noun is in a `*-view.ts` of its own.
import type { Principal } from '../core/model/api-token.ts';
import type { FileEntry } from '../core/model/entry.ts';
import type { NodeId, ProjectName, Sha, Tenant } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { ByteRange, ObjectReader } from '../core/store/object-store.ts';
import type { Assets } from './assets.ts';
import type { Auditing } from './audit-view.ts';
import type { EventQuery, EventsAfter, EventsRead, EventWindow } from './event-view.ts';
import type { FileCommands } from './file-commands.ts';
import type { FileDetail, FilePage, FoundFiles, ObjectDetail, Survey } from './file-view.ts';
import type { HistoryQueries } from './history-view.ts';
import type { JobCommands, JobQueries } from './job-view.ts';
import type { MetricsHistory, MetricsQuery } from './metrics-view.ts';
import type { NodeCommands, NodeSummary } from './node-view.ts';
import type { Activity, DeletedProjectView, PinView, ProjectCommands, ProjectSummary } from './project-view.ts';
import type { SentFile } from './send-bytes.ts';
import type { PolicyCommands, SettingsQueries } from './settings-view.ts';
import type { ShareCommands, SharedLinks, ShareQueries } from './share-view.ts';
import type { TokenCommands, TokenQueries } from './token-view.ts';
import type { DirectUploads, UploadCommands } from './upload-commands.ts';
import type { WebhookCommands, WebhookQueries } from './webhook-view.ts';

/** What a live page waits for; each kind wakes when something of it may have changed. */
export type Topic =
  | { readonly kind: 'projects' }
  | { readonly kind: 'project'; readonly project: ProjectName }
  | { readonly kind: 'events' }
  | { readonly kind: 'nodes' }
  | { readonly kind: 'jobs' }
  | { readonly kind: 'shares' }
  | { readonly kind: 'tokens' }
  | { readonly kind: 'webhooks' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'settings' }
  | { readonly kind: 'audit' }
  | { readonly kind: 'health' };

export interface Queries extends JobQueries {
  projects(): Promise<readonly ProjectSummary[]>;
  project(name: ProjectName): Promise<ProjectSummary | undefined>;
  /** Of each project in which anything went on in the last 24 hours. */
  activity(): Promise<ReadonlyMap<ProjectName, Activity>>;
  pins(name: ProjectName): Promise<readonly PinView[]>;
  deletedProjects(): Promise<readonly DeletedProjectView[]>;
  /** @returns undefined when there is no such project */
  files(
    name: ProjectName,
    options: { prefix: RelPath | ''; cursor?: string; limit: number },
  ): Promise<FilePage | undefined>;
  /** Files whose path has every word of `text` somewhere, in upper or lower case; of no words none.
   *  @returns undefined when there is no such project */
  search(name: ProjectName, options: { text: string; cursor?: string; limit: number }): Promise<FoundFiles | undefined>;
  /** @returns undefined when there is no such project */
  survey(name: ProjectName, paths: readonly RelPath[]): Promise<Survey | undefined>;
  file(name: ProjectName, path: RelPath): Promise<FileDetail | undefined>;
  /** The version of a path that a commit has, such as the one that a node last matched; undefined: none, or no file. */
  versionAt(commit: Sha, path: RelPath): Promise<FileEntry | undefined>;
  /** Bytes from any tier, verified.
   *  @param project  whose file it is; the first read of one that was taken off brings it back. Undefined: nobody's */
  read(sha: Sha, project: ProjectName | undefined, range?: ByteRange): Promise<ObjectReader>;
  /** @returns undefined when no tier has it */
  object(sha: Sha): Promise<ObjectDetail | undefined>;
  /** A part of it from the tier where it is: looking at a page brings nothing back to hot. */
  peek(sha: Sha, range: ByteRange): Promise<ObjectReader>;
  /** Where a browser gets the file's bytes by itself, for some minutes, and no longer than `forSeconds`; undefined: from `read`. */
  link(file: SentFile, forSeconds?: number): Promise<string | undefined>;
  events(query: EventQuery): Promise<EventWindow>;
  /** @throws StoreUnavailableError  only where the stream itself has to be asked */
  eventsAfter(query: EventsAfter): Promise<EventsRead>;
  /** Those who did something that is kept, by name. */
  actors(): Promise<readonly string[]>;
  /** The seq of the first event of that moment or later, milliseconds since 1970; undefined: there is none. */
  firstEventAt(at: number): Promise<number | undefined>;
  metrics(query: MetricsQuery): Promise<MetricsHistory>;
  /** by the clock of the samples; milliseconds since 1970 */
  now(): number;
  /** Worst first. Undefined: the server has just started, and has not heard of all nodes yet. */
  nodes(): Promise<readonly NodeSummary[] | undefined>;
  node(id: NodeId): Promise<NodeSummary | undefined>;
  /** Whether cold storage cannot be used now, or is another than the records speak of. */
  isColdAway(): boolean;
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

export interface BearerOptions {
  readonly heardOnly?: boolean;
}

export interface Auth {
  /** @returns the cookie value of a new session, or undefined for a wrong token */
  signIn(token: string): Promise<string | undefined>;
  /** @returns undefined for none, an expired or a forged one */
  session(cookie: string | undefined): Session | undefined;
  readonly sessionSeconds: number;
  /** Who shows this token: the administrator's, or one that was made for a program. @returns undefined: it is none (any more)
   *  @param options.heardOnly  nobody is asked: one that this server has not heard of (yet) is none
   *  @throws StoreUnavailableError  whether it was revoked is unknown */
  bearer(token: string, options?: BearerOptions): Promise<Principal | undefined>;
}

export interface AppServices {
  readonly tenant: Tenant;
  readonly queries: Queries;
  readonly history: HistoryQueries;
  readonly nodeCommands: NodeCommands;
  readonly projectCommands: ProjectCommands;
  readonly fileCommands: FileCommands;
  readonly uploads: UploadCommands;
  readonly directUploads: DirectUploads;
  readonly jobCommands: JobCommands;
  readonly settings: SettingsQueries;
  readonly policyCommands: PolicyCommands;
  readonly shares: ShareQueries;
  readonly shareCommands: ShareCommands;
  readonly sharedLinks: SharedLinks;
  readonly tokens: TokenQueries;
  readonly tokenCommands: TokenCommands;
  readonly audit: Auditing;
  readonly webhooks: WebhookQueries;
  readonly webhookCommands: WebhookCommands;
  /** where people reach this server, such as https://files.example.net; undefined: where they come from */
  readonly publicUrl: string | undefined;
  readonly auth: Auth;
  /** answers of the API that are kept for requests that come again, shared by all servers */
  readonly answers: Pick<KeyValue, 'get' | 'compareAndSet' | 'delete'>;
  /** where pages report what they could not do; absent: nowhere */
  readonly log?: Log;
  /** How many changes were told since the start. */
  changes(): number;
  subscribe(topics: readonly Topic[]): Subscription;
}

/** Hono's environment for pages. */
export interface AppEnv {
  Variables: { services: AppServices; session: Session; assets: Assets };
}
