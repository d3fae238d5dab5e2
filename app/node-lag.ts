// How far workspaces are behind, in commits and in time, and when they will have caught up: one rule for the pages, the
// samples and Prometheus.
import type { NodeWorkspace } from './node-view.ts';

export interface NodeLag {
  /** of their projects, that they have not matched yet, each told by one event; null: some, nobody has seen how many */
  readonly commits: number | null;
  /** when the oldest of these came, or the oldest change that waits; milliseconds since 1970; null: nothing waits */
  readonly since: number | null;
  /** paths */
  readonly toSend: number;
  readonly toFetch: number;
  /** until nothing waits any more, as the node says; null: not known, or nothing waits */
  readonly drainMs: number | null;
}

export function nodeLag(workspaces: readonly NodeWorkspace[]): NodeLag {
  const commits = workspaces.map(({ lag }) => (lag.kind === 'behind' ? lag.commits : 0));
  const moments = workspaces.flatMap(({ lag, oldestPendingAt }) => [
    ...(lag.kind === 'behind' && lag.since !== null ? [lag.since] : []),
    ...(oldestPendingAt === null ? [] : [oldestPendingAt]),
  ]);
  const busy = workspaces.filter(({ pendingUp, pendingDown }) => pendingUp + pendingDown > 0);
  const etas = busy.map(etaOf);
  return {
    commits: commits.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0),
    since: moments.length === 0 ? null : Math.min(...moments),
    toSend: workspaces.reduce((sum, { pendingUp }) => sum + pendingUp, 0),
    toFetch: workspaces.reduce((sum, { pendingDown }) => sum + pendingDown, 0),
    drainMs:
      etas.reduce<number | null>((most, one) => (most === null || one === null ? null : Math.max(most, one)), 0) ||
      null,
  };
}

/** Null where one of the directions that have something to do does not know. */
function etaOf({ progress, pendingUp, pendingDown }: NodeWorkspace): number | null {
  if (!progress) return null;
  const up = pendingUp > 0 ? progress.up.etaMs : 0;
  const down = pendingDown > 0 ? progress.down.etaMs : 0;
  return up === null || down === null ? null : Math.max(up, down);
}
