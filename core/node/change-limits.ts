// Changes a node's limits, each from the value that the person saw. So two people who change different limits at once both
// have theirs, and who would overwrite a value that was never seen is told instead.
import type { NodeId } from '../model/ids.ts';
import { LEAST_LIMITS, type NodeLimits } from '../model/node-desired.ts';
import { changeDesired, type Desiring } from './change-desired.ts';

export const limitFields = ['up_bytes_per_s', 'down_bytes_per_s', 'memory_bytes', 'open_files'] as const;
export type LimitField = (typeof limitFields)[number];

/** undefined: as the node's own configuration says */
export interface LimitChange {
  readonly field: LimitField;
  readonly seen: number | undefined;
  readonly to: number | undefined;
}

export type ChangeLimitsOutcome =
  | { readonly kind: 'limits-changed'; readonly limits: NodeLimits }
  /** they were so already */
  | { readonly kind: 'limits-unchanged'; readonly limits: NodeLimits }
  /** nothing was changed: with so little in these fields the node could carry nothing (`LEAST_LIMITS`) */
  | { readonly kind: 'limits-too-small'; readonly limits: NodeLimits; readonly fields: readonly LimitField[] }
  /** nothing was changed: these fields have other values than were seen */
  | { readonly kind: 'limits-moved'; readonly limits: NodeLimits; readonly fields: readonly LimitField[] };

/** @throws InvalidValueError  the record is none that this version understands; StoreUnavailableError */
export async function changeLimits(
  nodes: Desiring,
  node: NodeId,
  changes: readonly LimitChange[],
): Promise<ChangeLimitsOutcome> {
  let outcome: ChangeLimitsOutcome = { kind: 'limits-unchanged', limits: {} };
  await changeDesired(nodes, node, (desired) => {
    const now = desired.limits ?? {};
    const wanted = changes.filter(({ field, seen, to }) => to !== seen && now[field] !== to);
    const tooSmall = wanted.filter(({ field, to }) => to !== undefined && to < LEAST_LIMITS[field]);
    const moved = wanted.filter(({ field, seen }) => now[field] !== seen).map(({ field }) => field);
    if (tooSmall.length > 0) {
      outcome = { kind: 'limits-too-small', limits: now, fields: tooSmall.map(({ field }) => field) };
    } else if (moved.length > 0) outcome = { kind: 'limits-moved', limits: now, fields: moved };
    else if (wanted.length === 0) outcome = { kind: 'limits-unchanged', limits: now };
    else outcome = { kind: 'limits-changed', limits: changed(now, wanted) };
    return outcome.kind === 'limits-changed' ? { ...desired, limits: outcome.limits } : desired;
  });
  return outcome;
}

function changed(now: NodeLimits, changes: readonly LimitChange[]): NodeLimits {
  const next: NodeLimits = { ...now };
  for (const { field, to } of changes) {
    if (to === undefined) delete next[field];
    else next[field] = to;
  }
  return next;
}
