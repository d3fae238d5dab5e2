// From what a node says and is asked to be, to what the pages show of it: pure, so that each sentence is tested.
import type { BaseLag, NodeOfProject, NodeSummary, NodeWorkspace, TransferView } from '../app/node-view.ts';
import { isoTime } from '../core/model/clock.ts';
import type { NodeId, ProjectName, Sha } from '../core/model/ids.ts';
import { type DecodedDesired, type DesiredWorkspace, NOTHING_DESIRED } from '../core/model/node-desired.ts';
import {
  NODE_OFFLINE_AFTER_MS,
  type NodeStatus,
  type Transfer,
  type WorkspaceStatus,
} from '../core/model/node-status.ts';
import { skippingWord, verdictOf } from '../core/model/verdict.ts';
import { pairWorkspaces } from '../core/node/pair-workspaces.ts';
import type { Deaf } from './listening.ts';

export interface Silence {
  readonly state: 'offline' | 'unheard' | 'left';
  readonly sentence: string;
}

/** When a node was heard of last, and by what clock. */
export interface Heard {
  /** the server's, or the store's where the server was not there; milliseconds since 1970 */
  readonly at: number;
  /** how far the node's clock is ahead of the store's; negative: behind */
  readonly skewMs: number;
}

/** A clock that is off by more is told of. Less may be the time that the word took. */
const CLOCK_OFF_MS = 10_000;

export const isClockOff = ({ skewMs }: Heard): boolean => Math.abs(skewMs) > CLOCK_OFF_MS;

export interface NodeParts {
  readonly node: NodeId;
  /** undefined: it never said anything */
  readonly status: NodeStatus | undefined;
  /** undefined: never */
  readonly heard: Heard | undefined;
  /** undefined: it is heard of */
  readonly silence: Silence | undefined;
  /** undefined: it was never asked for anything */
  readonly desired: DecodedDesired | undefined;
  lag(project: ProjectName, base: Sha | null): BaseLag;
}

/** @param deaf  when the server itself heard nothing; undefined: never */
export function silenceOf(status: NodeStatus, heard: Heard, now: number, deaf?: Deaf): Silence | undefined {
  if (status.left) {
    return {
      state: 'left',
      sentence: `${status.node} was stopped; it goes on where it was when started again`,
    };
  }
  if (now - heard.at <= NODE_OFFLINE_AFTER_MS) return undefined;
  const silent = `${status.node} has not been heard of since ${clockTime(heard.at)}`;
  if (!deaf || !mayBeUnheard(heard, now, deaf)) {
    return { state: 'offline', sentence: `${silent}; check that its agent runs and reaches NATS` };
  }
  const why =
    deaf.until === undefined
      ? `because NATS has not answered the server since ${clockTime(deaf.since)}; whether its agent runs shows when NATS is back`
      : `because NATS did not answer the server until ${clockTime(deaf.until)}; whether its agent runs shows within ${NODE_OFFLINE_AFTER_MS / 1_000} s`;
  return { state: 'unheard', sentence: `${silent}, ${why}` };
}

/** Whether it may have spoken all the time: it was not silent before, and had no time to be heard of since. */
const mayBeUnheard = (heard: Heard, now: number, { since, until = now }: Deaf): boolean =>
  since - heard.at <= NODE_OFFLINE_AFTER_MS && now - until <= NODE_OFFLINE_AFTER_MS;

const clockTime = (ms: number): string => `${isoTime(ms).slice(11, 19)} UTC`;

export function summaryOf(parts: NodeParts): NodeSummary {
  const { node, status, heard, desired } = parts;
  const asked = desired?.kind === 'desired' ? desired.desired : NOTHING_DESIRED;
  const { assigned, unanswered } = pairWorkspaces(status?.workspaces ?? [], asked.workspaces);
  const workspaces = [
    ...(status?.workspaces ?? []).map((workspace, i) => workspaceOf(parts, workspace, assigned[i])),
    ...unanswered.map((one) => unansweredOf(parts, one)),
  ].sort(worstFirst);
  return {
    node,
    ...stateOf(parts, workspaces),
    version: status?.version ?? null,
    host: status?.host ?? null,
    startedAt: status ? Date.parse(status.started) : null,
    lastSeenAt: heard?.at ?? null,
    ...(heard && isClockOff(heard) && { clockSkewMs: heard.skewMs }),
    ...(desired?.kind === 'unreadable' && { unreadable: desired.reason }),
    limits: asked.limits ?? {},
    ...(status?.configured_limits && { configuredLimits: status.configured_limits }),
    workspaces,
  };
}

/** The verdict on a workspace, as far as its node is heard of. */
export const standingOf = (
  status: WorkspaceStatus,
  silence: Pick<Silence, 'state'> | undefined,
): Pick<NodeOfProject, 'state' | 'skipped'> => (silence ? { state: silence.state, skipped: 0 } : verdictOf(status));

function workspaceOf(parts: NodeParts, status: WorkspaceStatus, assigned: DesiredWorkspace | undefined): NodeWorkspace {
  const { silence, desired, lag } = parts;
  const asked = desired?.kind === 'desired' ? desired.desired : NOTHING_DESIRED;
  const answer = status.question && asked.answers?.[status.question.id];
  return {
    project: status.project,
    ...(status.prefix !== undefined && { prefix: status.prefix }),
    root: status.root,
    from: status.from ?? 'unknown',
    mode: status.mode ?? 'two-way',
    ...standingOf(status, silence),
    sentence: silence ? `Before that: ${status.sentence}` : status.sentence,
    files: status.files,
    bytes: status.bytes,
    pendingUp: status.pending_up,
    pendingDown: status.pending_down,
    oldestPendingAt: status.oldest_pending === null ? null : Date.parse(status.oldest_pending),
    // What a node that is not heard of was doing is not going on.
    ...(status.progress &&
      !silence && {
        progress: { up: transferOf(status.progress.up), down: transferOf(status.progress.down) },
      }),
    base: status.base,
    lag: lag(status.project, status.base),
    ...(status.question && { question: status.question }),
    ...(answer && { answer }),
    // Nor will a node that is not heard of try again when it said so.
    problems: silence ? status.problems.map(({ next_try: _, ...problem }) => problem) : status.problems,
    problemCount: status.problem_count,
    ...(status.last_try !== undefined && { lastTryAt: Date.parse(status.last_try) }),
    ...(status.next_try !== undefined && !silence && { nextTryAt: Date.parse(status.next_try) }),
    ...(status.looked !== undefined && { lookedAt: Date.parse(status.looked) }),
    ...(status.resync && { resync: status.resync }),
    ...(status.left_out !== undefined && { leftOut: status.left_out }),
    ...(status.delete_threshold !== undefined && { deleteThreshold: status.delete_threshold }),
    ...(assigned && { assigned }),
    rescanAskedAt: asked.rescan?.[status.project] ?? null,
  };
}

const transferOf = ({ done, total, bytes_done, bytes_total, bytes_per_s, eta_ms }: Transfer): TransferView => ({
  done,
  total,
  bytesDone: bytes_done,
  bytesTotal: bytes_total,
  bytesPerSecond: bytes_per_s,
  etaMs: eta_ms,
});

function unansweredOf({ node, silence, status, desired }: NodeParts, one: DesiredWorkspace): NodeWorkspace {
  const asked = desired?.kind === 'desired' ? desired.desired : NOTHING_DESIRED;
  const isHeard = status !== undefined && !silence;
  return {
    project: one.project,
    ...(one.prefix !== undefined && { prefix: one.prefix }),
    root: one.root,
    from: 'server',
    mode: one.mode ?? 'two-way',
    state: 'asked',
    skipped: 0,
    sentence: isHeard
      ? `${node} is asked for it and has not said anything of it yet.`
      : `${node} is asked for it, and hears of it when it runs.`,
    files: 0,
    bytes: 0,
    pendingUp: 0,
    pendingDown: 0,
    oldestPendingAt: null,
    base: null,
    lag: { kind: 'unknown' },
    problems: [],
    problemCount: 0,
    assigned: one,
    rescanAskedAt: asked.rescan?.[one.project] ?? null,
  };
}

function stateOf(
  { node, status, silence }: NodeParts,
  workspaces: readonly NodeWorkspace[],
): Pick<NodeSummary, 'state' | 'skipped' | 'sentence'> {
  const skipped = workspaces.reduce((sum, workspace) => sum + workspace.skipped, 0);
  return { skipped, ...worstOf({ node, status, silence }, workspaces, skipped) };
}

function worstOf(
  { node, status, silence }: Pick<NodeParts, 'node' | 'status' | 'silence'>,
  workspaces: readonly NodeWorkspace[],
  skipped: number,
): Pick<NodeSummary, 'state' | 'sentence'> {
  if (!status) {
    return {
      state: 'never',
      sentence: `No agent ever ran as ${node}. Start one there: npx fs-sync agent --node ${node}`,
    };
  }
  if (silence) return silence;
  if (status.trouble !== undefined) return { state: 'blocked', sentence: status.trouble };
  const asking = workspaces.find(({ question, answer }) => question && !answer);
  if (asking) {
    // Whether the rest goes on meanwhile is what its state says.
    const state = asking.state === 'skipping' ? 'skipping' : asking.state === 'waiting' ? 'live' : 'blocked';
    return { state, sentence: `The workspace of ${asking.project} asks what to do.` };
  }
  const blocked = workspaces.find(({ state }) => state === 'blocked');
  if (blocked) return { state: 'blocked', sentence: `${blocked.project}: ${blocked.sentence}` };
  const busy = workspaces.filter(({ state }) => state !== 'in-sync' && state !== 'skipping' && state !== 'removed');
  if (busy.length > 0) return { state: 'live', sentence: `${busy[0]?.project}: ${busy[0]?.sentence}` };
  const skipping = workspaces.filter((workspace) => workspace.skipped > 0);
  if (skipping.length > 0) {
    const names = [...new Set(skipping.map(({ project }) => project))].join(', ');
    return { state: 'skipping', sentence: `${skippingWord(skipped)} in ${names}: each says why below.` };
  }
  return { state: 'live', sentence: workspaces.length === 0 ? 'It holds no workspace.' : 'All in sync.' };
}

const NODE_RANK: Readonly<Record<NodeSummary['state'], number>> = {
  offline: 0,
  blocked: 1,
  unheard: 2,
  never: 3,
  skipping: 4,
  left: 5,
  live: 6,
};
const WORKSPACE_RANK: Readonly<Record<NodeWorkspace['state'], number>> = {
  blocked: 1,
  offline: 2,
  unheard: 3,
  waiting: 4,
  syncing: 5,
  starting: 6,
  removing: 7,
  asked: 8,
  skipping: 9,
  'in-sync': 10,
  left: 11,
  removed: 12,
};

export function worstNodesFirst(nodes: readonly NodeSummary[]): NodeSummary[] {
  return nodes.toSorted((a, b) => NODE_RANK[a.state] - NODE_RANK[b.state] || byText(a.node, b.node));
}

function worstFirst(a: NodeWorkspace, b: NodeWorkspace): number {
  return rank(a) - rank(b) || byText(a.project, b.project) || byText(a.root, b.root);
}

const rank = ({ state, question, answer }: NodeWorkspace): number => (question && !answer ? 0 : WORKSPACE_RANK[state]);
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
