// Nodes and workspaces in the API's words.
import type { NodeSummary, NodeWorkspace, TransferView } from '../../app/node-view.ts';
import type { ApiNode, ApiWorkspace } from '../../core/api/node.ts';
import { isoOrNull } from './page.ts';

export const nodeShown = (node: NodeSummary): ApiNode => ({
  ...{ name: node.node, state: node.state, sentence: node.sentence, version: node.version, host: node.host },
  ...{ started_at: isoOrNull(node.startedAt), last_seen_at: isoOrNull(node.lastSeenAt) },
  ...{ clock_skew_ms: node.clockSkewMs ?? null, unreadable: node.unreadable ?? null },
  ...{ limits: node.limits, configured_limits: node.configuredLimits ?? null },
  workspaces: node.workspaces.map(workspaceShown),
});

export function workspaceShown(one: NodeWorkspace): ApiWorkspace {
  const { project, prefix = null, root, from, mode, state, sentence, skipped, files, bytes, base, lag } = one;
  const { progress, question = null, answer = null, problems, problemCount, resync = null, assigned } = one;
  return {
    ...{ project, prefix, root, from, mode, state, sentence, skipped, files, bytes },
    ...{ pending_up: one.pendingUp, pending_down: one.pendingDown, oldest_pending_at: isoOrNull(one.oldestPendingAt) },
    progress: progress ? { up: transferShown(progress.up), down: transferShown(progress.down) } : null,
    base,
    behind:
      lag.kind === 'behind'
        ? { kind: lag.kind, commits: lag.commits, since: isoOrNull(lag.since) }
        : { kind: lag.kind, commits: null, since: null },
    ...{ question, answer, problems: [...problems], problem_count: problemCount },
    ...{ last_try_at: isoOrNull(one.lastTryAt), next_try_at: isoOrNull(one.nextTryAt) },
    ...{ looked_at: isoOrNull(one.lookedAt), resync, delete_threshold: one.deleteThreshold ?? null },
    assigned: assigned ? assignmentOf(assigned) : null,
  };
}

const assignmentOf = ({ project: _, ...rest }: NonNullable<NodeWorkspace['assigned']>) => rest;

const transferShown = ({ done, total, bytesDone, bytesTotal, bytesPerSecond, etaMs }: TransferView) => ({
  ...{ done, total, bytes_done: bytesDone, bytes_total: bytesTotal, bytes_per_s: bytesPerSecond, eta_ms: etaMs },
});
