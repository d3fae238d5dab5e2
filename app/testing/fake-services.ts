// A server that exists only in memory: for tests of the pages and for looking at them without NATS. Never on the main
// path. Its state can be changed while pages are open; `changed` wakes their streams.

import { markOf } from '../../core/api/event.ts';
import type { Principal, TokenId } from '../../core/model/api-token.ts';
import type { Actor } from '../../core/model/commit.ts';
import type { FileEntry } from '../../core/model/entry.ts';
import type { FsEvent } from '../../core/model/event.ts';
import { fakeSha, type ProjectName, type Tenant } from '../../core/model/ids.ts';
import { type Job, projectOf } from '../../core/model/job.ts';
import { DEFAULT_POLICY, type ProjectPolicy } from '../../core/model/policy.ts';
import { comparePaths, isUnder, type RelPath } from '../../core/model/rel-path.ts';
import type { ShareId } from '../../core/model/share.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import type { AppServices, Subscription, Topic } from '../context.ts';
import type { EventQuery, EventRow } from '../event-view.ts';
import type { FileCommands } from '../file-commands.ts';
import type { ArchiveLag, DeadLetterView, JobCommands, JobView } from '../job-view.ts';
import type { MetricPoint } from '../metrics-view.ts';
import type { NodeCommands, NodeSummary } from '../node-view.ts';
import type { Activity, DeletedProjectView, PinView, ProjectCommands, ProjectSummary } from '../project-view.ts';
import { searchWords } from '../search-words.ts';
import type { PolicyCommands, ServerShown, SettingsQueries } from '../settings-view.ts';
import type { ShareCommands, SharedLinks, ShareQueries, ShareView } from '../share-view.ts';
import type { TokenCommands, TokenQueries, TokenView } from '../token-view.ts';
import type { DirectUploads, UploadCommands } from '../upload-commands.ts';
import { FakeAudit } from './fake-audit.ts';
import { type FakeFile, fakeTiers, fileRow, rowsOf, shaOfFile, sizeOf } from './fake-files.ts';
import { FakeHistory } from './fake-history.ts';

import { fakeNode } from './fake-nodes.ts';
import { FAKE_NOW } from './fake-time.ts';
import { FakeWebhooks } from './fake-webhooks.ts';

export const FAKE_TOKEN = 'open-sesame';
/** Who signed in, or shows that token. */
export const FAKE_ADMIN: Actor = { kind: 'user', id: 'admin' };

export function fakeApiToken(id: string, change: Partial<TokenView> = {}): TokenView {
  return {
    id: id.padEnd(12, '0') as TokenId,
    name: `token ${id}`,
    scope: 'read',
    projects: 'all',
    state: 'active',
    by: 'ada',
    createdAt: FAKE_NOW - 3_600_000,
    expiresAt: FAKE_NOW + 29 * 24 * 3_600_000,
    lastUsedAt: undefined,
    revoked: undefined,
    ...change,
  };
}

type Commands = NodeCommands &
  FileCommands &
  UploadCommands &
  DirectUploads &
  PolicyCommands &
  ShareCommands &
  TokenCommands &
  JobCommands &
  Omit<ProjectCommands, 'create'> & { readonly createProject: ProjectCommands['create'] };
type FakeOutcomes = { -readonly [K in keyof Commands]: Awaited<ReturnType<Commands[K]>> };

interface FakeProject {
  summary: Partial<ProjectSummary>;
  files: Map<string, FakeFile>;
}

export class FakeServices implements AppServices {
  readonly tenant = 'default' as Tenant;
  readonly #projects = new Map<string, FakeProject>();
  readonly #events: EventRow[] = [];
  #told = 0;
  readonly #nodes = new Map<string, NodeSummary>();
  /** what the commands were asked, the newest last */
  readonly asked: unknown[][] = [];
  /** what they answer */
  readonly outcomes: FakeOutcomes = {
    answer: { kind: 'question-gone' },
    changeLimits: { kind: 'limits-unchanged', limits: {} },
    rescan: { kind: 'rescan-asked', at: new Date(FAKE_NOW).toISOString() },
    assign: { kind: 'assigned' },
    unassign: { kind: 'unassigned' },
    forget: { kind: 'forgotten' },
    createProject: { kind: 'project-created' },
    promote: { kind: 'promotion-asked' },
    resync: { kind: 'resync-asked', nodes: [] },
    changePolicy: { kind: 'policy-changed', policy: DEFAULT_POLICY },
    rename: { kind: 'project-renamed' },
    remove: { kind: 'project-deleted' },
    undelete: { kind: 'project-restored' },
    pin: { kind: 'pinned' },
    unpin: { kind: 'unpinned' },
    share: { kind: 'shared', id: '5f'.repeat(16) as ShareId },
    revoke: { kind: 'share-revoked' },
    createToken: { kind: 'token-made', token: fakeApiToken('5f'), text: `fst_${'5f'.repeat(6)}_${'0d'.repeat(20)}` },
    revokeToken: { kind: 'token-revoked' },
    putObject: { kind: 'stored', sizeBytes: 1 },
    storeBytes: { sha: fakeSha('stored'), sizeBytes: 1 },
    commit: { kind: 'unchanged', commit: fakeSha('commit') },
    offset: 0,
    append: { kind: 'appended', offset: 0 },
    drop: undefined,
    link: undefined,
    complete: { kind: 'absent' },
    start: { kind: 'job-asked', id: '0mhzzzzzz-aaaa' },
    cancel: { kind: 'job-stopping' },
    retry: { kind: 'job-asked', id: '0mhzzzzzz-bbbb' },
    adopt: { kind: 'job-asked', id: '0mhzzzzzz-cccc' },
    retryDead: { kind: 'job-asked', id: '0mhzzzzzz-dddd' },
  };
  /** false: the server has only just started */
  heardOfNodes = true;
  readonly #waiting = new Set<{ topics: readonly Topic[]; marked: boolean; wake: () => void }>();
  trouble: { sentence: string; since: number } | undefined;
  /** of every project */
  pins: readonly PinView[] = [];
  /** oldest first */
  samples: readonly MetricPoint[] = [];
  readonly activity = new Map<ProjectName, Activity>();
  deleted: readonly DeletedProjectView[] = [];
  /** newest first */
  madeShares: readonly ShareView[] = [];
  /** newest first */
  madeTokens: readonly TokenView[] = [];
  /** who shows which token, besides the administrator's */
  readonly bearers = new Map<string, Principal>();
  lag: ArchiveLag | undefined;
  /** the newest first */
  letters: readonly DeadLetterView[] = [];
  /** false: as of too many files */
  surveysLook = true;
  /** paths that a search knows; undefined: all */
  indexed: number | undefined;
  readonly #jobs = new Map<string, JobView>();
  /** thrown by every query while set */
  failure: Error | undefined;
  coldAway = false;
  /** of a path at a commit, as `sha\0path` */
  readonly versions = new Map<string, FileEntry>();

  project(name: string, summary: Partial<ProjectSummary> = {}): void {
    const known = this.#projects.get(name);
    this.#projects.set(name, { summary: { ...known?.summary, ...summary }, files: known?.files ?? new Map() });
    this.changed();
  }

  put(project: string, file: FakeFile): void {
    if (!this.#projects.has(project)) this.project(project);
    this.#projects.get(project)?.files.set(file.path, file);
    this.changed();
  }

  remove(project: string, path: string): void {
    this.#projects.get(project)?.files.delete(path);
    this.changed();
  }

  node(summary: NodeSummary): void {
    this.#nodes.set(summary.node, summary);
    this.changed();
  }

  job(job: Job, bytesPerSecond = 0): void {
    this.#jobs.set(job.id, { job, bytesPerSecond });
    this.changed();
  }

  removeNode(name: string): void {
    this.#nodes.delete(name);
    this.changed();
  }

  emit(event: FsEvent): number {
    const seq = (this.#events[0]?.seq ?? 0) + 1;
    this.#events.unshift({ seq, event });
    this.changed();
    return seq;
  }

  /** paths of objects that events name, by sha */
  readonly names = new Map<string, string>();

  #named(row: EventRow): EventRow {
    const name = 'sha' in row.event.payload ? this.names.get(row.event.payload.sha) : undefined;
    return name === undefined ? row : { ...row, name: name as RelPath };
  }

  /** Events up to this seq are not kept any more. */
  forgetEvents(upTo: number): void {
    this.#events.splice(0, Infinity, ...this.#events.filter(({ seq }) => seq > upTo));
    this.changed();
  }

  changed(): void {
    this.#told++;
    for (const waiter of this.#waiting) {
      waiter.marked = true;
      waiter.wake();
    }
  }

  /** streams that are open now */
  get listeners(): number {
    return this.#waiting.size;
  }

  changes(): number {
    return this.#told;
  }

  subscribe(topics: readonly Topic[]): Subscription {
    const waiter = { topics, marked: false, wake: () => {} };
    this.#waiting.add(waiter);
    return {
      wait: async () => {
        if (!waiter.marked) await new Promise<void>((resolve) => (waiter.wake = resolve));
        waiter.marked = false;
      },
      close: () => void this.#waiting.delete(waiter),
    };
  }

  readonly auth: AppServices['auth'] = {
    sessionSeconds: 3600,
    signIn: async (token) => (token === FAKE_TOKEN ? 'fake-session' : undefined),
    session: (cookie) => (cookie === 'fake-session' ? { user: FAKE_ADMIN.id } : undefined),
    bearer: async (token) =>
      token === FAKE_TOKEN ? { actor: FAKE_ADMIN, scope: 'admin', projects: 'all' } : this.bearers.get(token),
  };

  readonly policies = new Map<ProjectName, ProjectPolicy>();
  shownServer: ServerShown = {
    version: '0.1.0',
    startedAt: FAKE_NOW - 3_600_000,
    groups: [
      {
        word: 'Server',
        settings: [
          { name: 'PORT', value: '8080', about: 'where pages answer' },
          { name: 'FS_ADMIN_TOKEN', value: 'set, not shown', about: 'signs the first administrator in' },
          { name: 'NATS_CREDS', value: null, about: 'the file with its credentials' },
        ],
      },
    ],
    schedules: [{ task: { kind: 'sweep' }, everyMs: 86_400_000 }],
    checks: [
      { name: 'nats', ok: true, detail: 'connected' },
      { name: 'cold', ok: false, detail: 's3 does not answer; the server’s log says why' },
    ],
  };

  readonly settings: SettingsQueries = {
    policies: async () => {
      this.#failIfAsked();
      return new Map(
        [...this.#projects.keys()].map((name) => [
          name as ProjectName,
          this.policies.get(name as ProjectName) ?? DEFAULT_POLICY,
        ]),
      );
    },
    server: async () => this.shownServer,
  };

  readonly policyCommands: PolicyCommands = {
    changePolicy: async (...asked) => this.#carryOut('changePolicy', asked),
  };

  readonly nodeCommands: NodeCommands = {
    answer: async (...asked) => this.#carryOut('answer', asked),
    changeLimits: async (...asked) => this.#carryOut('changeLimits', asked),
    rescan: async (...asked) => this.#carryOut('rescan', asked),
    assign: async (...asked) => this.#carryOut('assign', asked),
    unassign: async (...asked) => this.#carryOut('unassign', asked),
    forget: async (...asked) => this.#carryOut('forget', asked),
  };

  readonly projectCommands: ProjectCommands = {
    create: async (...asked) => this.#carryOut('createProject', asked),
    promote: async (...asked) => this.#carryOut('promote', asked),
    resync: async (...asked) => this.#carryOut('resync', asked),
    rename: async (...asked) => this.#carryOut('rename', asked),
    remove: async (...asked) => this.#carryOut('remove', asked),
    undelete: async (...asked) => this.#carryOut('undelete', asked),
    pin: async (...asked) => this.#carryOut('pin', asked),
    unpin: async (...asked) => this.#carryOut('unpin', asked),
  };

  readonly shares: ShareQueries = {
    shares: async ({ project, state, before, limit }) => {
      this.#failIfAsked();
      const found = this.madeShares
        .filter((one) => (one.state === 'active') === (state === 'active'))
        .filter((one) => project === undefined || one.scope.project === project);
      const rest = found.slice(before === undefined ? 0 : found.findIndex(({ id }) => id === before) + 1);
      return { shares: rest.slice(0, limit), next: rest.length > limit ? rest[limit - 1]?.id : undefined };
    },
    share: async (id) => this.madeShares.find((one) => one.id === id),
    shareable: async (name, path) => {
      this.#failIfAsked();
      const files = this.#projects.get(name)?.files;
      if (!files) return { kind: 'no-project' };
      const isDirectory = path === '' || [...files.keys()].some((one) => isUnder(one, path));
      const kind = files.has(path) ? 'file' : isDirectory ? 'directory' : undefined;
      return kind ? { kind, commitSha: fakeSha('commit'), since: 1 } : { kind: 'nothing' };
    },
  };

  readonly shareCommands: ShareCommands = {
    share: async (...asked) => this.#carryOut('share', asked),
    revoke: async (...asked) => this.#carryOut('revoke', asked),
  };

  answers = memoryKeyValue({ now: () => FAKE_NOW });

  readonly tokens: TokenQueries = {
    tokens: async ({ state, before, limit }) => {
      this.#failIfAsked();
      const found = this.madeTokens.filter((one) => (one.state === 'active') === (state === 'active'));
      const rest = found.slice(before === undefined ? 0 : found.findIndex(({ id }) => id === before) + 1);
      return { tokens: rest.slice(0, limit), next: rest.length > limit ? rest[limit - 1]?.id : undefined };
    },
    token: async (id) => this.madeTokens.find((one) => one.id === id),
  };

  readonly tokenCommands: TokenCommands = {
    createToken: async (...asked) => this.#carryOut('createToken', asked),
    revokeToken: async (...asked) => this.#carryOut('revokeToken', asked),
  };
  readonly webhooks = new FakeWebhooks();
  readonly webhookCommands = this.webhooks.commands;

  readonly publicUrl = undefined;
  /** Nobody opens a link here: what links do is tested on what servers have. */
  readonly sharedLinks: SharedLinks = {
    find: async () => undefined,
    tree: async () => ({ kind: 'gone' }),
    passwordFits: async () => false,
    use: async () => ({ kind: 'no-share' }),
    refuse: () => undefined,
    visit: () => '',
    isVisit: () => false,
    visitSeconds: 3600,
    file: async () => undefined,
    list: async () => ({ rows: [], next: undefined, files: 0, bytes: 0 }),
    zip: () => new ReadableStream(),
  };

  readonly fileCommands: FileCommands = {
    putObject: async (...asked) => this.#carryOut('putObject', asked),
    storeBytes: async (...asked) => this.#carryOut('storeBytes', asked),
    commit: async (...asked) => this.#carryOut('commit', asked),
  };

  readonly uploads: UploadCommands = {
    offset: async (...asked) => this.#carryOut('offset', asked),
    append: async (...asked) => this.#carryOut('append', asked),
    drop: async (...asked) => this.#carryOut('drop', asked),
  };

  readonly directUploads: DirectUploads = {
    link: async (...asked) => this.#carryOut('link', asked),
    complete: async (...asked) => this.#carryOut('complete', asked),
    drop: async (...asked) => this.#carryOut('drop', asked),
  };

  readonly jobCommands: JobCommands = {
    start: async (...asked) => this.#carryOut('start', asked),
    cancel: async (...asked) => this.#carryOut('cancel', asked),
    retry: async (...asked) => this.#carryOut('retry', asked),
    adopt: async (...asked) => this.#carryOut('adopt', asked),
    retryDead: async (...asked) => this.#carryOut('retryDead', asked),
  };

  #carryOut<K extends keyof Commands>(name: K, asked: readonly unknown[]): FakeOutcomes[K] {
    this.#failIfAsked();
    this.asked.push([name, ...asked]);
    return this.outcomes[name];
  }

  /** of files that a browser gets from elsewhere, by path */
  readonly links = new Map<string, string>();
  readonly history = new FakeHistory();
  readonly audit = new FakeAudit(FAKE_NOW);
  readonly queries: AppServices['queries'] = {
    projects: async () => {
      this.#failIfAsked();
      return [...this.#projects.keys()].map((name) => this.#summary(name));
    },
    versionAt: async (commit, path) => this.versions.get(`${commit}\0${path}`),
    isColdAway: () => this.coldAway,
    project: async (name) => (this.#projects.has(name) ? this.#summary(name) : undefined),
    files: async (name, { prefix, cursor, limit }) => {
      this.#failIfAsked();
      const project = this.#projects.get(name);
      if (!project) return undefined;
      const under = [...project.files.values()].filter((file) => isUnder(file.path, prefix));
      const rows = rowsOf(under, prefix).filter((row) => cursor === undefined || comparePaths(row.name, cursor) > 0);
      const shown = rows.slice(0, limit);
      return {
        project: name,
        prefix,
        commitSha: fakeSha('commit'),
        rows: shown,
        next: rows.length > limit ? shown.at(-1)?.name : undefined,
        files: under.length,
        bytes: under.reduce((sum, file) => sum + sizeOf(file), 0),
      };
    },
    search: async (name, { text, cursor, limit }) => {
      this.#failIfAsked();
      const project = this.#projects.get(name);
      if (!project) return undefined;
      const words = searchWords(text.toLowerCase());
      const found = [...project.files.values()]
        .filter(({ path }) => words.length > 0 && words.every((word) => path.toLowerCase().includes(word)))
        .sort((a, b) => comparePaths(a.path, b.path));
      const from = Number(cursor ?? '0');
      return {
        project: name,
        rows: found.slice(from, from + limit).map(fileRow),
        next: found.length > from + limit ? String(from + limit) : undefined,
        indexed: this.indexed,
      };
    },
    survey: async (name, paths) => {
      this.#failIfAsked();
      const project = this.#projects.get(name);
      if (!project) return undefined;
      const files = [...project.files.values()].filter(({ path }) =>
        paths.some((one) => one === path || isUnder(path, one)),
      );
      const amount = (some: readonly FakeFile[]) => ({
        files: some.length,
        bytes: some.reduce((sum, file) => sum + sizeOf(file), 0),
      });
      const inTiers = (hot: boolean, cold: boolean) =>
        amount(
          files
            .map(fakeTiers)
            .flatMap((tiers, i) => (tiers.hot === hot && (tiers.cold !== null) === cold ? (files[i] ?? []) : [])),
        );
      const gone = paths.filter((one) => !files.some(({ path }) => one === path || isUnder(path, one))).length;
      const tiers = {
        onlyCold: inTiers(false, true),
        both: inTiers(true, true),
        unproven: inTiers(true, false),
        pinned: amount([]),
      };
      return { ...amount(files), gone, tiers: this.surveysLook ? tiers : undefined };
    },
    file: async (name, path) => {
      this.#failIfAsked();
      const file = this.#projects.get(name)?.files.get(path);
      if (!file) return undefined;
      return {
        project: name,
        file: fileRow(file),
        mime: file.mime ?? 'application/octet-stream',
        commitSha: fakeSha('commit'),
        nodes: this.#summary(name).nodes,
        pinnedBy: this.pins.find((pin) => pin.path === path || isUnder(path, pin.path))?.path,
      };
    },
    link: async ({ project, sha }) => {
      const files = this.#projects.get(project)?.files.values() ?? [];
      const file = [...files].find((one) => shaOfFile(one) === sha);
      return file && this.links.get(file.path);
    },
    object: async (sha) => {
      this.#failIfAsked();
      const files = [...this.#projects.values()].flatMap((project) => [...project.files.values()]);
      const file = files.find((one) => shaOfFile(one) === sha);
      return file && { sizeBytes: sizeOf(file), tiers: fakeTiers(file) };
    },
    peek: (sha, range) => this.queries.read(sha, 'demo' as ProjectName, range),
    read: async (sha, _project, range) => {
      this.#failIfAsked();
      for (const { files } of this.#projects.values()) {
        for (const file of files.values()) {
          if (shaOfFile(file) !== sha) continue;
          const whole = typeof file.content === 'string' ? Buffer.from(file.content) : file.content;
          const bytes = range ? whole.subarray(range.start, range.end) : whole;
          return { sizeBytes: whole.length, bytes: oneChunk(bytes) };
        }
      }
      throw new Error('the fake has no such object');
    },
    events: async (query) => {
      this.#failIfAsked();
      const found = this.#events.filter((row) => matches(query, row));
      const more = found.length > query.limit;
      const { oldestFirst = false } = query;
      const rows = oldestFirst ? found.slice(-query.limit) : found.slice(0, query.limit);
      return {
        rows: rows.map((row) => this.#named(row)),
        head: this.#events[0]?.seq ?? 0,
        oldest: this.#events.at(-1)?.seq ?? 0,
        hasOlder: more && !oldestFirst,
        hasNewer: more && oldestFirst,
      };
    },
    eventsAfter: async ({ after, filter, limit }) => {
      this.#failIfAsked();
      const head = this.#events[0];
      const place = (row: EventRow | undefined) => ({ seq: row?.seq ?? 0, mark: row ? markOf(row.event) : '' });
      if (after === 'newest') return { kind: 'events', rows: [], next: place(head), more: false };
      const oldest = this.#events.at(-1)?.seq ?? 1;
      if (after.seq > 0 && after.seq < oldest - 1) {
        return { kind: 'gap', reason: 'aged-out', next: { seq: oldest - 1, mark: '' } };
      }
      const found = this.#events.filter((row) => matches({ ...filter, after: after.seq, limit }, row)).reverse();
      const rows = found.slice(0, limit);
      const more = found.length > limit;
      return { kind: 'events', rows, next: place(more ? rows.at(-1) : head), more };
    },
    actors: async () => [...new Set(this.#events.map(({ event }) => event.actor.id))].sort(),
    firstEventAt: async (at) => this.#events.findLast(({ event }) => Date.parse(event.ts) >= at)?.seq,
    now: () => FAKE_NOW,
    metrics: async ({ from, to }) => {
      this.#failIfAsked();
      const points = this.samples.filter(({ at }) => at >= from && at < to);
      return { points, newestAt: this.samples.at(-1)?.at };
    },
    nodes: async () => {
      this.#failIfAsked();
      return this.heardOfNodes ? [...this.#nodes.values()] : undefined;
    },
    node: async (id) => {
      this.#failIfAsked();
      return this.#nodes.get(id);
    },
    activity: async () => this.activity,
    pins: async () => this.pins,
    deletedProjects: async () => this.deleted,
    archiveLag: () => this.lag,
    deadLetters: async (limit) => ({ letters: this.letters.slice(0, limit), count: this.letters.length }),
    jobs: async ({ state, kind, project, before, limit }) => {
      this.#failIfAsked();
      const found = [...this.#jobs.values()]
        .filter(({ job }) => state === undefined || job.state === state)
        .filter(({ job }) => kind === undefined || job.task.kind === kind)
        .filter(({ job }) => project === undefined || projectOf(job.task) === project)
        .filter(({ job }) => before === undefined || job.id < before)
        .sort((a, b) => (a.job.id < b.job.id ? 1 : -1));
      const jobs = found.slice(0, limit);
      return { jobs, next: found.length > limit ? jobs.at(-1)?.job.id : undefined };
    },
    job: async (id) => {
      this.#failIfAsked();
      return this.#jobs.get(id);
    },
    trouble: () => this.trouble,
  };

  #failIfAsked(): void {
    if (this.failure) throw this.failure;
  }

  #summary(name: string): ProjectSummary {
    const project = this.#projects.get(name);
    const files = [...(project?.files.values() ?? [])];
    return {
      name: name as ProjectName,
      commitSha: fakeSha('commit'),
      files: files.length,
      bytes: files.reduce((sum, file) => sum + sizeOf(file), 0),
      changedAt: FAKE_NOW,
      state: 'in-sync',
      skipped: 0,
      sentence: 'In sync on 2 nodes',
      nodes: [fakeNode('node-a'), fakeNode('node-b')],
      toArchive: 0,
      coldSince: null,
      ...project?.summary,
    };
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function matches(query: EventQuery, { seq, event }: EventRow): boolean {
  if (query.before !== undefined && seq >= query.before) return false;
  if (query.after !== undefined && seq <= query.after) return false;
  if (query.project !== undefined && event.project !== query.project) return false;
  if (query.projects && (event.project === undefined || !query.projects.includes(event.project))) return false;
  if (query.correlation !== undefined && event.trace.correlation_id !== query.correlation) return false;
  if (query.types !== undefined && !query.types.includes(event.type)) return false;
  if (query.actor !== undefined && event.actor.id !== query.actor) return false;
  const path = 'path' in event.payload ? event.payload.path : undefined;
  return query.path === undefined || path === query.path || (path?.startsWith(`${query.path}/`) ?? false);
}
