// The node process: it makes sure that it is the only agent that runs as this node, runs the workspaces of its
// configuration and those that the server assigns, and tells the fleet by a heartbeat how each of them is.
import { hostname } from 'node:os';
import type { CommitIo } from '../core/commit/commit.ts';
import { isoTime } from '../core/model/clock.ts';
import type { DeleteThreshold } from '../core/model/delete-threshold.ts';
import type { NodeId, Tenant } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import { type Answer, HEARTBEAT_MS, type NodeStatus } from '../core/model/node-status.ts';
import { answersTo } from '../core/node/answer-question.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { PutHints } from '../core/store/put-hints.ts';
import type { Holder } from '../core/tier/heal.ts';
import type { Recall } from '../core/tier/recall.ts';
import packageJson from '../package.json' with { type: 'json' };
import { Assignments } from './assign/assignments.ts';
import { followDesired } from './assign/follow-desired.ts';
import { Lease } from './assign/lease.ts';
import { Limits, type LimitValues, NO_LIMITS } from './assign/limits.ts';
import type { Disk } from './disk/disk.ts';
import { limitsOf, transfersWithin } from './limits/transfers.ts';
import { Reporter } from './reporter.ts';
import { Feeds } from './subscribe/feeds.ts';
import { tellSilence } from './tell-silence.ts';
import type { WatchMode } from './watch/choose-watcher.ts';
import type { WorkspaceHost } from './workspace-host.ts';
import type { WorkspaceSpec } from './workspace-spec.ts';

export interface AgentOptions {
  readonly nodeId: NodeId;
  readonly tenant: Tenant;
  readonly workspaces: readonly WorkspaceSpec[];
  /** hot, the index, and the clock */
  readonly stores: CommitIo;
  /** how what files have in them comes back from cold; default: what is not in hot does not come */
  readonly recall?: Recall;
  /** what nodes tell each other of large objects that they put; default: nothing */
  readonly hints?: PutHints;
  /** where the node says how it is, and reads what it is asked to be */
  readonly nodes: KeyValue;
  readonly log: Log;
  /** where state files lie, outside of the workspaces */
  readonly stateDir: string;
  /** absolute directories below which the server may place workspaces; default: none */
  readonly workspaceDirs?: readonly string[];
  /** which agent this is among those that ever ran as the node; default: the node's only one */
  readonly instance?: string;
  /** what the node may use while the server says nothing else; default: no limits */
  readonly limits?: LimitValues;
  /** default: this machine's */
  readonly disk?: Disk;
  /** default 'auto' */
  readonly watch?: WatchMode;
  /** default 10 minutes */
  readonly rescanEveryMs?: number;
  /** I9: what may be deleted without being asked, where a workspace says nothing else. Default: DEFAULT_THRESHOLD */
  readonly deleteThreshold?: DeleteThreshold;
  /** shown beside the node; default: the version in package.json */
  readonly version?: string;
}

export interface RunningAgent {
  status(): NodeStatus;
  /** Resolves with the status when `done` says so of it; looks at every change. */
  until(done: (status: NodeStatus) => boolean): Promise<NodeStatus>;
  /** Looks at the directories again, of one project or of all; resolves when that is done and every difference is on its way. */
  rescan(project?: string): Promise<void>;
  /** What a server may ask for when no tier has it. */
  readonly holder: Holder;
  /** Answers a question of the status, on the node itself; people elsewhere do it by `<node>.desired`. */
  answer(question: string, answer: Answer): 'answered' | 'not-asked' | 'not-offered';
  /** NATS went away: said at once, not only when the next step fails. */
  storageAway(what: string): void;
  /** NATS is back: what waits is tried now. */
  storageBack(): void;
  /** Ends the work under way and says that the node left. */
  stop(): Promise<void>;
  /** what programs on the node are told */
  readonly feeds: Feeds;
  readonly stores: Pick<CommitIo, 'objects' | 'nodes'>;
}

const THROTTLE_MS = 200;
/** With the time between two heartbeats, a NATS that hangs is told of within 10 s. */
const SILENT_AFTER_MS = 4_000;
const SILENT =
  'NATS does not answer: what is said of workspaces is what this node heard last. Changes are kept, and sent when it answers.';
const DEFAULT_RESCAN_MS = 10 * 60_000;
/** As many as a status lists. */
const MAX_WORKSPACES = 1_000;

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
  const configured = limitsOf(options.limits ?? NO_LIMITS);
  const limits = new Limits(options.limits);
  let answers: Readonly<Record<string, Answer>> = {};
  const answeredHere = new Map<string, Answer>();
  const host: WorkspaceHost = {
    node: nodeId,
    tenant: options.tenant,
    stores,
    ...(options.recall && { recall: options.recall }),
    ...(options.hints && { hints: options.hints }),
    clock,
    log,
    feeds,
    stateDir: options.stateDir,
    ...(options.disk && { disk: options.disk }),
    watch: options.watch ?? 'auto',
    rescanEveryMs: options.rescanEveryMs ?? DEFAULT_RESCAN_MS,
    ...(options.deleteThreshold && { deleteThreshold: options.deleteThreshold }),
    limits,
    transfers: transfersWithin(limits, clock),
    answerTo: (question) => answeredHere.get(question) ?? answers[question],
    changed,
  };
  const allowedDirs = options.workspaceDirs ?? [];
  const assignments = new Assignments({ host, configured: options.workspaces, allowedDirs });
  const instance = options.instance ?? nodeId;
  /** what is wrong with the node as a whole, the first first */
  const troubles: { lease?: string | undefined; hot?: string | undefined; desired?: string | undefined } = {};

  const statusNow = (left: boolean): NodeStatus => {
    const trouble = troubles.lease ?? troubles.hot ?? troubles.desired;
    return {
      v: 1,
      node: nodeId,
      version,
      started,
      ts: isoTime(clock.now()),
      left,
      instance,
      host: hostname(),
      ...(trouble !== undefined && { trouble }),
      configured_limits: configured,
      workspaces: assignments.statuses().slice(0, MAX_WORKSPACES),
    };
  };
  const tell = (what: 'lease' | 'desired', sentence: string | undefined) => {
    troubles[what] = sentence;
    changed();
  };
  const lease = new Lease({
    nodes: options.nodes,
    node: nodeId,
    instance,
    clock,
    log,
    waits: (sentence) => {
      log.warn({ node: nodeId }, sentence);
      tell('lease', sentence);
    },
  });

  const silent = (isSilent: boolean) => {
    // Said once: what is told is stored, and that is what gets no answer.
    if (isSilent === (troubles.hot !== undefined)) return;
    // As one: who looks in between sees the node first.
    troubles.hot = isSilent ? SILENT : undefined;
    for (const workspace of assignments.workspaces) workspace.storageSilent(isSilent);
    changed();
  };

  /** while this agent is the node */
  let tenure: AbortController | undefined;
  const report = async (left: boolean): Promise<void> => {
    if (!tenure || tenure.signal.aborted) return;
    try {
      if ((await tellSilence(lease.say(statusNow(left)), SILENT_AFTER_MS, silent)) === 'said') return;
      log.warn({ node: nodeId }, `another agent took over as ${nodeId}; this one stops its workspaces and waits`);
      tenure.abort(new Error('another agent is the node'));
    } catch (error) {
      // The next heartbeat says it again; that NATS is away is told by the workspaces.
      log.debug({ error }, 'the status was not stored');
    }
  };

  const serve = async (): Promise<void> => {
    while (await lease.acquire(() => statusNow(false), stop.signal)) {
      tenure = new AbortController();
      const signal = AbortSignal.any([stop.signal, tenure.signal]);
      tell('lease', undefined);
      const follow = followDesired(
        { nodes: options.nodes, node: nodeId, clock, log, signal },
        {
          desired(desired) {
            limits.override(desired.limits);
            answers = desired.answers ?? {};
            assignments.apply(desired);
            for (const workspace of assignments.workspaces) workspace.answered();
          },
          trouble: (sentence) => tell('desired', sentence),
        },
      );
      await Promise.all([assignments.run(signal), follow]);
      if (stop.signal.aborted) return;
    }
  };

  const heartbeat = setInterval(() => reporter.soon(), HEARTBEAT_MS);
  reporter.soon();
  const serving = serve();
  log.info({ node: nodeId, workspaces: options.workspaces.length }, 'the agent runs');

  let stopped: Promise<void> | undefined;
  const workspacesOf = (project: string | undefined) =>
    assignments.workspaces.filter(({ spec }) => project === undefined || spec.project === project);

  return {
    feeds,
    stores,
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
    holder: {
      holds: (project, sha) => workspacesOf(project).some((one) => one.holds(sha)),
      async putAgain(project, sha) {
        for (const one of workspacesOf(project)) if (one.holds(sha) && (await one.putAgain(sha))) return true;
        return false;
      },
    },
    async rescan(project) {
      await Promise.all(workspacesOf(project).map((workspace) => workspace.rescan()));
    },
    answer(question, answer) {
      const asks = statusNow(false).workspaces.flatMap((workspace) => workspace.question ?? []);
      const asked = asks.find(({ id }) => id === question);
      if (!asked) return 'not-asked';
      if (!answersTo(asked).includes(answer)) return 'not-offered';
      answeredHere.set(question, answer);
      for (const workspace of assignments.workspaces) workspace.answered();
      return 'answered';
    },
    storageAway(what) {
      for (const workspace of assignments.workspaces) workspace.storageAway(what);
    },
    storageBack() {
      for (const workspace of assignments.workspaces) workspace.storageBack();
      reporter.soon();
    },
    stop() {
      stopped ??= (async () => {
        stop.abort(new Error('the agent stops'));
        clearInterval(heartbeat);
        await serving;
        await reporter.close();
        await report(true);
        log.info({ node: nodeId }, 'the agent stopped');
      })();
      return stopped;
    },
  };
}
