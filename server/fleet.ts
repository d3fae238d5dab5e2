// What the index and the nodes say now, followed by KV watches and kept in memory: `current` of every project, and every
// node's last status.
import type { NodeOfProject } from '../app/context.ts';
import { watchCurrent } from '../core/commit/current.ts';
import type { Clock } from '../core/model/clock.ts';
import type { CurrentAt } from '../core/model/commit.ts';
import type { NodeId, ProjectName } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import {
  NODE_OFFLINE_AFTER_MS,
  type NodeStatus,
  nodeStatusSchema,
  type WorkspaceStatus,
} from '../core/model/node-status.ts';
import type { KeyValue } from '../core/store/key-value.ts';

export interface FleetIo {
  readonly index: KeyValue;
  readonly nodes: KeyValue;
  readonly clock: Clock;
  readonly log: Log;
}

export class Fleet {
  readonly currents = new Map<ProjectName, CurrentAt>();
  private readonly statuses = new Map<NodeId, NodeStatus>();
  /** nodes that were online when last looked at; a change without a message is noticed by `noticeSilence` */
  private online = new Set<NodeId>();

  constructor(
    private readonly io: FleetIo,
    private readonly onChange: (projects: readonly ProjectName[]) => void,
  ) {}

  async followCurrents(signal: AbortSignal): Promise<void> {
    for await (const change of watchCurrent(this.io.index, '*', { signal })) {
      if (change.kind === 'caught-up') continue;
      if (change.kind === 'unreadable') {
        this.io.log.error({ error: change.error }, `${change.key} is not readable; its project is left out`);
        continue;
      }
      if (change.kind === 'moved') this.currents.set(change.at.project, change.at);
      else this.currents.delete(change.project);
      this.onChange([change.kind === 'moved' ? change.at.project : change.project]);
    }
  }

  async followNodes(signal: AbortSignal): Promise<void> {
    for await (const change of this.io.nodes.watch('*.status', { signal })) {
      if (change.kind === 'caught-up') continue;
      if (change.kind === 'delete') {
        this.statuses.delete(change.key.split('.')[0] as NodeId);
        continue;
      }
      const parsed = nodeStatusSchema.safeParse(parseJson(change.entry.value));
      if (!parsed.success) {
        this.io.log.warn(
          { key: change.entry.key, error: parsed.error.message },
          'a node status is not readable and is left out',
        );
        continue;
      }
      const before = this.statuses.get(parsed.data.node);
      this.statuses.set(parsed.data.node, parsed.data);
      if (shows(before) !== shows(parsed.data)) this.onChange(parsed.data.workspaces.map((w) => w.project));
      this.noticeSilence();
    }
  }

  /** Tells of nodes that came or went silent since the last call. */
  noticeSilence(): void {
    const now = new Set([...this.statuses.values()].filter((s) => !this.isOffline(s)).map((s) => s.node));
    const changed = [...this.statuses.values()].filter((s) => now.has(s.node) !== this.online.has(s.node));
    this.online = now;
    if (changed.length > 0) this.onChange(changed.flatMap((s) => s.workspaces.map((w) => w.project)));
  }

  nodesOf(project: ProjectName): NodeOfProject[] {
    const found: NodeOfProject[] = [];
    for (const status of this.statuses.values()) {
      for (const workspace of status.workspaces) {
        if (workspace.project === project) found.push(this.nodeOf(status, workspace));
      }
    }
    return found.sort((a, b) => (a.node < b.node ? -1 : 1));
  }

  private nodeOf(status: NodeStatus, workspace: WorkspaceStatus): NodeOfProject {
    const base = {
      node: status.node,
      lastSeenAt: Date.parse(status.ts),
      pendingUp: workspace.pending_up,
      pendingDown: workspace.pending_down,
      oldestPendingAt: workspace.oldest_pending === null ? null : Date.parse(workspace.oldest_pending),
      problems: workspace.problems,
      problemCount: workspace.problem_count,
    };
    if (status.left)
      return {
        ...base,
        state: 'offline',
        sentence: `${status.node} was stopped; it goes on where it was when started again`,
      };
    if (this.isOffline(status)) {
      return {
        ...base,
        state: 'offline',
        sentence: `${status.node} has not been heard of since ${status.ts.slice(11, 19)} UTC; check that its agent runs and reaches NATS`,
      };
    }
    return { ...base, state: workspace.state, sentence: workspace.sentence };
  }

  private isOffline(status: NodeStatus): boolean {
    return status.left || this.io.clock.now() - Date.parse(status.ts) > NODE_OFFLINE_AFTER_MS;
  }
}

/** The parts of a status that a page shows: a heartbeat that only moves its time wakes nobody. */
function shows(status: NodeStatus | undefined): string {
  return status ? JSON.stringify([status.left, status.workspaces]) : '';
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
