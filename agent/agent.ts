// The node process: several workspaces, and the heartbeat that tells the fleet how each of them is.
import type { CommitIo } from '../core/commit/commit.ts';
import { isoTime } from '../core/model/clock.ts';
import type { NodeId, Tenant } from '../core/model/ids.ts';
import { nodeStatusKey } from '../core/model/index-keys.ts';
import type { Log } from '../core/model/log.ts';
import { HEARTBEAT_MS, type NodeStatus } from '../core/model/node-status.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { WorkspaceSpec } from './open-workspace.ts';
import { Feeds } from './subscribe/feeds.ts';
import type { WatchMode } from './watch/choose-watcher.ts';
import { Workspace } from './workspace.ts';

export interface AgentOptions {
  readonly nodeId: NodeId;
  readonly tenant: Tenant;
  readonly workspaces: readonly WorkspaceSpec[];
  /** hot, the index, and the clock */
  readonly stores: CommitIo;
  /** where the node says how it is */
  readonly nodes: KeyValue;
  readonly log: Log;
  /** where state files lie, outside of the workspaces */
  readonly stateDir: string;
  /** default 'auto' */
  readonly watch?: WatchMode;
  /** default 10 minutes */
  readonly rescanEveryMs?: number;
  /** I9: asked before deletions are committed. A sentence stops them; undefined lets them through. Default: no limit */
  readonly refuseDeletions?: (deletions: number, files: number) => string | undefined;
  /** shown beside the node; default: the version in package.json */
  readonly version?: string;
}

export interface RunningAgent {
  status(): NodeStatus;
  /** Resolves with the status when `done` says so of it; looks at every change. */
  until(done: (status: NodeStatus) => boolean): Promise<NodeStatus>;
  /** Looks at the directories again, of one project or of all; resolves when that is done and every difference is on its way. */
  rescan(project?: string): Promise<void>;
  /** NATS went away: said at once, not only when the next step fails. */
  storageAway(what: string): void;
  /** NATS is back: what waits is tried now. */
  storageBack(): void;
  /** Ends the work under way and says that the node left. */
  stop(): Promise<void>;
  /** what programs on the node are told */
  readonly feeds: Feeds;
}

const THROTTLE_MS = 200;
const DEFAULT_RESCAN_MS = 10 * 60_000;

/** Runs until the signal aborts, then stops cleanly. */
export async function runAgent(options: AgentOptions & { readonly signal: AbortSignal }): Promise<void> {
  const agent = startAgent(options);
  const { signal } = options;
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  await agent.stop();
}

export function startAgent(options: AgentOptions): RunningAgent {
  const { stores, log, nodeId } = options;
  const { clock } = stores;
  const stop = new AbortController();
  const feeds = new Feeds(clock);
  const started = isoTime(clock.now());
  const version = options.version ?? packageJson.version;
  const watchers = new Set<() => void>();
  const reporter = new Reporter(() => report(false), THROTTLE_MS);
  const changed = () => {
    reporter.soon();
    for (const watcher of watchers) watcher();
  };
  const workspaces = options.workspaces.map(
    (spec) =>
      new Workspace(
        {
          node: nodeId,
          tenant: options.tenant,
          stores,
          clock,
          log,
          feeds,
          stateDir: options.stateDir,
          watch: options.watch ?? 'auto',
          rescanEveryMs: options.rescanEveryMs ?? DEFAULT_RESCAN_MS,
          ...(options.refuseDeletions && { refuseDeletions: options.refuseDeletions }),
          changed,
        },
        spec,
      ),
  );

  const statusNow = (left: boolean): NodeStatus => ({
    v: 1,
    node: nodeId,
    version,
    started,
    ts: isoTime(clock.now()),
    left,
    workspaces: workspaces.map((workspace) => workspace.status()),
  });
  const report = async (left: boolean): Promise<void> => {
    try {
      await options.nodes.put(nodeStatusKey(nodeId), Buffer.from(JSON.stringify(statusNow(left))));
    } catch (error) {
      // The next heartbeat says it again; that NATS is away is told by the workspaces.
      log.debug({ error }, 'the status was not stored');
    }
  };

  const heartbeat = setInterval(() => reporter.soon(), HEARTBEAT_MS);
  reporter.soon();
  const runs = workspaces.map((workspace) => workspace.run(stop.signal));
  log.info({ node: nodeId, workspaces: options.workspaces.length }, 'the agent runs');

  let stopped: Promise<void> | undefined;
  return {
    feeds,
    status: () => statusNow(false),
    until: (done) =>
      new Promise((resolve, reject) => {
        const look = () => {
          try {
            const status = statusNow(false);
            if (!done(status)) return;
            watchers.delete(look);
            resolve(status);
          } catch (error) {
            watchers.delete(look);
            reject(error);
          }
        };
        watchers.add(look);
        look();
      }),
    async rescan(project) {
      const asked = workspaces.filter(({ spec }) => project === undefined || spec.project === project);
      await Promise.all(asked.map((workspace) => workspace.rescan()));
    },
    storageAway(what) {
      for (const workspace of workspaces) workspace.storageAway(what);
    },
    storageBack() {
      for (const workspace of workspaces) workspace.storageBack();
      reporter.soon();
    },
    stop() {
      stopped ??= (async () => {
        stop.abort(new Error('the agent stops'));
        clearInterval(heartbeat);
        await Promise.all(runs);
        await reporter.close();
        await report(true);
        log.info({ node: nodeId }, 'the agent stopped');
      })();
      return stopped;
    },
  };
}

/** Says it at once, then at most every so often; the last change is always said. */
class Reporter {
  readonly #say: () => Promise<void>;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #pending = false;
  #saying: Promise<void> | undefined;
  #closed = false;

  constructor(say: () => Promise<void>, everyMs: number) {
    this.#say = say;
    this.#everyMs = everyMs;
  }

  soon(): void {
    if (this.#closed) return;
    this.#pending = true;
    if (this.#timer || this.#saying) return;
    this.#timer = setTimeout(() => this.#now(), 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#saying;
  }

  #now(): void {
    this.#pending = false;
    this.#saying = this.#say().finally(() => {
      this.#saying = undefined;
      if (this.#closed) return;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (this.#pending) this.#now();
      }, this.#everyMs);
    });
  }
}
