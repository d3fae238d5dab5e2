// What the index and the nodes say now, followed by KV watches and kept in memory: `current` of every project, every
// node's last status, and what every node is asked to be.
import type { BaseLag, NodeOfProject, NodeSummary } from '../app/node-view.ts';
import { watchCurrent } from '../core/commit/current.ts';
import type { Clock } from '../core/model/clock.ts';
import type { CurrentAt } from '../core/model/commit.ts';
import { type NodeId, nodeIdSchema, type ProjectName, type Sha } from '../core/model/ids.ts';
import { nodeStatusKey } from '../core/model/index-keys.ts';
import type { Log } from '../core/model/log.ts';
import { type DecodedDesired, decodeDesired } from '../core/model/node-desired.ts';
import type { NodeStatus, WorkspaceStatus } from '../core/model/node-status.ts';
import { decodeStatus } from '../core/node/read-status.ts';
import type { KeyValue, KvEntry } from '../core/store/key-value.ts';
import { Listening } from './listening.ts';
import {
  type Heard,
  isClockOff,
  type Silence,
  silenceOf,
  standingOf,
  summaryOf,
  worstNodesFirst,
} from './node-view.ts';
import { PassedCommits } from './passed-commits.ts';

/** A watch that works has brought what was written within milliseconds. */
const HEARD_WITHIN_MS = 2_000;

export interface FleetIo {
  readonly index: KeyValue;
  readonly nodes: KeyValue;
  readonly clock: Clock;
  readonly log: Log;
}

export interface FleetListener {
  /** what is said of these projects may be another now */
  projects(projects: readonly ProjectName[]): void;
  /** a node, or what it is asked to be, may be another now */
  nodes(): void;
}

interface HeardStatus extends Heard {
  readonly status: NodeStatus;
}

export class Fleet {
  readonly currents = new Map<ProjectName, CurrentAt>();
  private knowAll = (): void => undefined;
  /** Resolves when it has heard of every project that there was at its start: before, none is known to be absent. */
  readonly allKnown = new Promise<void>((resolve) => {
    this.knowAll = resolve;
  });
  private readonly passed = new Map<ProjectName, PassedCommits>();
  private readonly statuses = new Map<NodeId, HeardStatus>();
  private readonly desired = new Map<NodeId, DecodedDesired>();
  /** what was said of nodes that are silent when last looked at; a change without a message is noticed by `noticeSilence` */
  private silent = new Map<NodeId, string>();
  private readonly listening: Listening;
  private isAsking = false;
  /** each waits for the next change of a `current` */
  private readonly waiting = new Set<() => void>();
  private heardOfAll = false;

  constructor(
    private readonly io: FleetIo,
    private readonly listener: FleetListener,
  ) {
    this.listening = new Listening(io.clock.now());
  }

  async followCurrents(signal: AbortSignal): Promise<void> {
    for await (const change of watchCurrent(this.io.index, '*', { signal })) {
      if (change.kind === 'caught-up') {
        this.knowAll();
        continue;
      }
      if (change.kind === 'unreadable') {
        this.io.log.error({ error: change.error }, `${change.key} is not readable; its project is left out`);
        continue;
      }
      const project = change.kind === 'moved' ? change.at.project : change.project;
      if (change.kind === 'moved') {
        this.currents.set(project, change.at);
        this.wake();
        const passed = this.passed.get(project) ?? new PassedCommits();
        passed.add(change.at.current.commit_sha, Date.parse(change.at.current.ts));
        this.passed.set(project, passed);
      } else {
        this.currents.delete(project);
        this.passed.delete(project);
      }
      this.listener.projects([project]);
      this.listener.nodes();
    }
  }

  /** Resolves when the watch has brought this `current`, or a later one: who changes a project and then asks for it finds what
   *  they did. It waits no longer than a watch takes that works. */
  async heard({ project, revision }: Pick<CurrentAt, 'project' | 'revision'>): Promise<void> {
    const patience = new AbortController();
    const given = this.io.clock.sleep(HEARD_WITHIN_MS, patience.signal).catch(() => undefined);
    let isWaiting = true;
    void given.then(() => {
      isWaiting = false;
    });
    while (isWaiting && (this.currents.get(project)?.revision ?? 0) < revision) {
      await Promise.race([given, new Promise<void>((resolve) => this.waiting.add(resolve))]);
    }
    patience.abort();
  }

  private wake(): void {
    const woken = [...this.waiting];
    this.waiting.clear();
    for (const one of woken) one();
  }

  async followNodes(signal: AbortSignal): Promise<void> {
    for await (const change of this.io.nodes.watch('*.*', { signal })) {
      this.listening.heard(this.io.clock.now());
      if (change.kind === 'caught-up') {
        this.heardOfAll = true;
        this.listener.nodes();
        continue;
      }
      const key = change.kind === 'put' ? change.entry.key : change.key;
      const [name, what] = key.split('.');
      const node = nodeIdSchema.safeParse(name);
      if (!node.success) continue;
      if (what === 'status') this.hearStatus(node.data, change.kind === 'put' ? change.entry : undefined);
      if (what === 'desired') this.hearDesired(node.data, change.kind === 'put' ? change.entry : undefined);
    }
  }

  private hearStatus(node: NodeId, entry: KvEntry | undefined): void {
    const before = this.statuses.get(node);
    if (!entry) {
      this.statuses.delete(node);
      this.changed(before?.status);
      return;
    }
    const decoded = decodeStatus(entry.value);
    if (decoded.kind === 'unreadable') {
      this.io.log.warn(
        { key: entry.key, error: decoded.reason },
        'a node status is not readable; what the node said before stays',
      );
      return;
    }
    const heard = { status: decoded.status, at: this.heardAt(entry), skewMs: skewOf(decoded.status, entry) };
    this.statuses.set(node, heard);
    if (shows(before) !== shows(heard)) this.changed(before?.status, heard.status);
    this.noticeSilence();
  }

  /** What comes while the server listens is heard when it comes. What was there before has the store's time, by which no
   *  node that is gone seems to live because the server has just started. A node's own clock says nothing of that. */
  private heardAt({ storedAt }: KvEntry): number {
    const now = this.io.clock.now();
    return this.heardOfAll ? now : Math.min(now, storedAt);
  }

  private hearDesired(node: NodeId, entry: KvEntry | undefined): void {
    if (entry) this.desired.set(node, decodeDesired(entry.value));
    else this.desired.delete(node);
    this.listener.nodes();
  }

  private changed(...statuses: readonly (NodeStatus | undefined)[]): void {
    const projects = statuses.flatMap((status) => status?.workspaces.map(({ project }) => project) ?? []);
    this.listener.projects([...new Set(projects)]);
    this.listener.nodes();
  }

  /** To be called every two seconds: NATS is asked whether it is there, by what a node's heartbeat needs. Without that the
   *  silence of nodes would say nothing of them. */
  async listen(): Promise<void> {
    this.noticeSilence();
    const [node] = this.statuses.keys();
    if (this.isAsking || node === undefined) return;
    this.isAsking = true;
    try {
      await this.io.nodes.get(nodeStatusKey(node), { newest: true });
      this.listening.heard(this.io.clock.now());
    } catch (error) {
      this.io.log.debug({ error }, 'NATS does not answer; the silence of nodes says nothing of them');
    } finally {
      this.isAsking = false;
    }
    this.noticeSilence();
  }

  /** Tells of nodes that came or went silent since the last call. */
  private noticeSilence(): void {
    const all = [...this.statuses.values()];
    const now = new Map<NodeId, string>();
    for (const heard of all) {
      const silence = this.silence(heard);
      if (silence) now.set(heard.status.node, silence.sentence);
    }
    const changed = all.map(({ status }) => status).filter(({ node }) => now.get(node) !== this.silent.get(node));
    this.silent = now;
    if (changed.length > 0) this.changed(...changed);
  }

  nodesOf(project: ProjectName): NodeOfProject[] {
    const found: NodeOfProject[] = [];
    for (const heard of this.statuses.values()) {
      for (const workspace of heard.status.workspaces) {
        if (workspace.project === project) found.push(this.nodeOf(heard, workspace));
      }
    }
    const placeOf = ({ node, prefix, root }: NodeOfProject) => [node, prefix ?? '', root].join('\0');
    return found.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  }

  /** Undefined: the first look at the nodes is not over. */
  nodes(): NodeSummary[] | undefined {
    if (!this.heardOfAll) return undefined;
    const ids = new Set([...this.statuses.keys(), ...this.desired.keys()]);
    return worstNodesFirst([...ids].map((id) => this.summary(id)));
  }

  node(id: NodeId): NodeSummary | undefined {
    return this.statuses.has(id) || this.desired.has(id) ? this.summary(id) : undefined;
  }

  private summary(node: NodeId): NodeSummary {
    const heard = this.statuses.get(node);
    return summaryOf({
      node,
      status: heard?.status,
      heard,
      silence: heard && this.silence(heard),
      desired: this.desired.get(node),
      lag: (project, base) => this.lag(project, base),
    });
  }

  private lag(project: ProjectName, base: Sha | null): BaseLag {
    const at = this.currents.get(project);
    if (!at) return { kind: 'unknown' };
    if (base === null) return { kind: 'none' };
    if (base === at.current.commit_sha) return { kind: 'current' };
    const passed = this.passed.get(project)?.since(base) ?? { commits: null, since: null };
    return { kind: 'behind', current: at.current.commit_sha, ...passed };
  }

  private nodeOf(heard: HeardStatus, workspace: WorkspaceStatus): NodeOfProject {
    const silence = this.silence(heard);
    return {
      node: heard.status.node,
      ...(workspace.prefix !== undefined && { prefix: workspace.prefix }),
      root: workspace.root,
      ...standingOf(workspace, silence),
      sentence: silence?.sentence ?? workspace.sentence,
      lastSeenAt: heard.at,
      files: workspace.files,
      pendingUp: workspace.pending_up,
      pendingDown: workspace.pending_down,
      oldestPendingAt: workspace.oldest_pending === null ? null : Date.parse(workspace.oldest_pending),
      problems: workspace.problems,
      problemCount: workspace.problem_count,
      ...(workspace.question && { question: workspace.question }),
    };
  }

  private silence(heard: HeardStatus): Silence | undefined {
    const now = this.io.clock.now();
    return silenceOf(heard.status, heard, now, this.listening.deaf(now));
  }
}

/** The parts of a status that a page shows: a heartbeat that only moves its time wakes nobody. */
function shows(heard: HeardStatus | undefined): string {
  if (!heard) return '';
  const { ts: _, ...rest } = heard.status;
  return JSON.stringify([rest, isClockOff(heard)]);
}

const skewOf = ({ ts }: NodeStatus, { storedAt }: KvEntry): number => Date.parse(ts) - storedAt;
