// Assigns a workspace to a node, and ends an assignment. The node decides whether it takes it, and removes it only with
// proof that all it holds is in the project.
import { isDeepStrictEqual } from 'node:util';
import type { NodeId } from '../model/ids.ts';
import { type DesiredWorkspace, MAX_DESIRED_WORKSPACES } from '../model/node-desired.ts';
import { changeDesired, type Desiring } from './change-desired.ts';

/** What tells assignments of a node apart. */
export type Place = Pick<DesiredWorkspace, 'project' | 'prefix' | 'root'>;

export type AssignOutcome =
  | { readonly kind: 'assigned' }
  /** it was there, and is asked to be run in another way now */
  | { readonly kind: 'assignment-changed' }
  /** it was there, and just so */
  | { readonly kind: 'assigned-before' }
  /** nothing was changed: a node takes no more */
  | { readonly kind: 'too-many'; readonly most: number };

export type UnassignOutcome =
  | { readonly kind: 'unassigned' }
  /** it is not assigned: a workspace of the node's own configuration is changed there */
  | { readonly kind: 'not-assigned' };

/** @throws InvalidValueError  the record is none that this version understands; StoreUnavailableError */
export async function assignWorkspace(nodes: Desiring, node: NodeId, asked: DesiredWorkspace): Promise<AssignOutcome> {
  let outcome: AssignOutcome = { kind: 'assigned' };
  await changeDesired(nodes, node, (desired) => {
    const at = desired.workspaces.findIndex((one) => isSamePlace(one, asked));
    const before = desired.workspaces[at];
    if (!before && desired.workspaces.length >= MAX_DESIRED_WORKSPACES) {
      outcome = { kind: 'too-many', most: MAX_DESIRED_WORKSPACES };
      return desired;
    }
    if (!before) {
      outcome = { kind: 'assigned' };
      return { ...desired, workspaces: [...desired.workspaces, asked] };
    }
    if (isRunAlike(before, asked)) {
      outcome = { kind: 'assigned-before' };
      return desired;
    }
    outcome = { kind: 'assignment-changed' };
    return { ...desired, workspaces: desired.workspaces.with(at, asked) };
  });
  return outcome;
}

/** @throws InvalidValueError  the record is none that this version understands; StoreUnavailableError */
export async function unassignWorkspace(nodes: Desiring, node: NodeId, place: Place): Promise<UnassignOutcome> {
  let outcome: UnassignOutcome = { kind: 'not-assigned' };
  await changeDesired(nodes, node, (desired) => {
    const left = desired.workspaces.filter((one) => !isSamePlace(one, place));
    outcome = { kind: left.length < desired.workspaces.length ? 'unassigned' : 'not-assigned' };
    return outcome.kind === 'unassigned' ? { ...desired, workspaces: left } : desired;
  });
  return outcome;
}

export const isSamePlace = (a: Place, b: Place): boolean =>
  a.project === b.project && a.prefix === b.prefix && a.root === b.root;

const isRunAlike = (a: DesiredWorkspace, b: DesiredWorkspace): boolean =>
  (a.mode ?? 'two-way') === (b.mode ?? 'two-way') &&
  a.idle_remove_ms === b.idle_remove_ms &&
  isDeepStrictEqual(a.delete_threshold, b.delete_threshold);
