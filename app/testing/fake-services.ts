// A server that exists only in memory: for tests of the pages and for looking at them without NATS. Never on the main
// path. What there is on it is in its fleet, what is asked of it in `asked`.
import type { Actor } from '../../core/model/commit.ts';
import { fakeSha, type ProjectName, type Tenant } from '../../core/model/ids.ts';
import { DEFAULT_POLICY } from '../../core/model/policy.ts';
import { isUnder } from '../../core/model/rel-path.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import type { AppServices } from '../context.ts';
import type { SettingsQueries } from '../settings-view.ts';
import type { SharedLinks, ShareQueries } from '../share-view.ts';
import type { TokenQueries } from '../token-view.ts';
import { FakeAudit } from './fake-audit.ts';
import { fakeCommands } from './fake-commands.ts';
import { feedQueries } from './fake-feed.ts';
import { FakeFleet } from './fake-fleet.ts';
import { FakeHistory } from './fake-history.ts';
import { jobQueries } from './fake-jobs.ts';
import { FAKE_NOW } from './fake-time.ts';
import { treeQueries } from './fake-tree.ts';
import { FakeWebhooks } from './fake-webhooks.ts';

export const FAKE_TOKEN = 'open-sesame';
/** Who signed in, or shows that token. */
export const FAKE_ADMIN: Actor = { kind: 'user', id: 'admin' };

export class FakeServices extends FakeFleet implements AppServices {
  readonly tenant = 'default' as Tenant;
  readonly publicUrl = undefined;
  readonly #commands = fakeCommands(() => this.failIfAsked());
  readonly asked = this.#commands.asked;
  readonly outcomes = this.#commands.outcomes;
  readonly policyCommands = this.#commands.policyCommands;
  readonly nodeCommands = this.#commands.nodeCommands;
  readonly projectCommands = this.#commands.projectCommands;
  readonly shareCommands = this.#commands.shareCommands;
  readonly tokenCommands = this.#commands.tokenCommands;
  readonly fileCommands = this.#commands.fileCommands;
  readonly uploads = this.#commands.uploads;
  readonly directUploads = this.#commands.directUploads;
  readonly jobCommands = this.#commands.jobCommands;
  readonly webhooks = new FakeWebhooks();
  readonly webhookCommands = this.webhooks.commands;

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

  readonly history = new FakeHistory();
  readonly audit = new FakeAudit(FAKE_NOW);
  answers = memoryKeyValue({ now: () => FAKE_NOW });

  readonly auth: AppServices['auth'] = {
    sessionSeconds: 3600,
    signIn: async (token) => (token === FAKE_TOKEN ? 'fake-session' : undefined),
    session: (cookie) => (cookie === 'fake-session' ? { user: FAKE_ADMIN.id } : undefined),
    bearer: async (token) =>
      token === FAKE_TOKEN ? { actor: FAKE_ADMIN, scope: 'admin', projects: 'all' } : this.bearers.get(token),
  };

  readonly settings: SettingsQueries = {
    policies: async () => {
      this.failIfAsked();
      return new Map(
        [...this.madeProjects.keys()].map((name) => [
          name as ProjectName,
          this.policies.get(name as ProjectName) ?? DEFAULT_POLICY,
        ]),
      );
    },
    server: async () => this.shownServer,
  };

  readonly shares: ShareQueries = {
    shares: async ({ project, state, before, limit }) => {
      this.failIfAsked();
      const found = this.madeShares
        .filter((one) => (one.state === 'active') === (state === 'active'))
        .filter((one) => project === undefined || one.scope.project === project);
      const rest = found.slice(before === undefined ? 0 : found.findIndex(({ id }) => id === before) + 1);
      return { shares: rest.slice(0, limit), next: rest.length > limit ? rest[limit - 1]?.id : undefined };
    },
    share: async (id) => this.madeShares.find((one) => one.id === id),
    shareable: async (name, path) => {
      this.failIfAsked();
      const files = this.madeProjects.get(name)?.files;
      if (!files) return { kind: 'no-project' };
      const isDirectory = path === '' || [...files.keys()].some((one) => isUnder(one, path));
      const kind = files.has(path) ? 'file' : isDirectory ? 'directory' : undefined;
      return kind ? { kind, commitSha: fakeSha('commit'), since: 1 } : { kind: 'nothing' };
    },
  };

  readonly tokens: TokenQueries = {
    tokens: async ({ state, before, limit }) => {
      this.failIfAsked();
      const found = this.madeTokens.filter((one) => (one.state === 'active') === (state === 'active'));
      const rest = found.slice(before === undefined ? 0 : found.findIndex(({ id }) => id === before) + 1);
      return { tokens: rest.slice(0, limit), next: rest.length > limit ? rest[limit - 1]?.id : undefined };
    },
    token: async (id) => this.madeTokens.find((one) => one.id === id),
  };

  readonly queries: AppServices['queries'] = {
    ...treeQueries(this),
    ...feedQueries(this),
    ...jobQueries(this),
    projects: async () => {
      this.failIfAsked();
      return [...this.madeProjects.keys()].map((name) => this.summary(name));
    },
    isColdAway: () => this.coldAway,
    project: async (name) => (this.madeProjects.has(name) ? this.summary(name) : undefined),
    now: () => FAKE_NOW,
    metrics: async ({ from, to }) => {
      this.failIfAsked();
      const points = this.samples.filter(({ at }) => at >= from && at < to);
      return { points, newestAt: this.samples.at(-1)?.at };
    },
    nodes: async () => {
      this.failIfAsked();
      return this.heardOfNodes ? [...this.madeNodes.values()] : undefined;
    },
    node: async (id) => {
      this.failIfAsked();
      return this.madeNodes.get(id);
    },
    activity: async () => this.activity,
    pins: async () => this.pins,
    deletedProjects: async () => this.deleted,
    trouble: () => this.trouble,
  };
}
