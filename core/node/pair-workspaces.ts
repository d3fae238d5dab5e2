// Which assignment stands behind which workspace of a node's status. An assignment may name its directory below one that
// only the node knows, and the status names it in full: the longest name that fits is meant.
import type { DesiredWorkspace } from '../model/node-desired.ts';
import type { WorkspaceStatus } from '../model/node-status.ts';
import { plainRoot } from './workspace-root.ts';

export interface PairedWorkspaces {
  /** by the workspace's place in the status; undefined: none stands behind it */
  readonly assigned: readonly (DesiredWorkspace | undefined)[];
  /** those of which the node says nothing yet */
  readonly unanswered: readonly DesiredWorkspace[];
}

interface Open {
  readonly asked: DesiredWorkspace;
  readonly path: string;
}

export function pairWorkspaces(
  statuses: readonly WorkspaceStatus[],
  desired: readonly DesiredWorkspace[],
): PairedWorkspaces {
  /** not paired yet, the longest names first */
  const open = new Map<string, Open[]>();
  for (const asked of desired.toSorted((a, b) => b.root.length - a.root.length)) {
    const one = { asked, path: plainRoot(asked.root) };
    open.set(partOf(asked), [...(open.get(partOf(asked)) ?? []), one]);
  }
  const assigned = new Array<DesiredWorkspace | undefined>(statuses.length);
  for (const fits of [isExactly, isBelowItsBase]) {
    for (const [i, status] of statuses.entries()) {
      // Of one of its configuration the node says itself which assignment means it.
      const root = status.from === 'configuration' ? status.assigned_root : status.root;
      if (assigned[i] || root === undefined) continue;
      const candidates = open.get(partOf(status)) ?? [];
      const path = plainRoot(root);
      const at = candidates.findIndex((one) => fits(one.path, path));
      if (at >= 0) assigned[i] = candidates.splice(at, 1)[0]?.asked;
    }
  }
  // The configuration names it too, and goes first: the node says it once.
  const said = new Set(statuses.map((status) => `${partOf(status)}\0${status.root}`));
  const left = new Set([...open.values()].flat().map(({ asked }) => asked));
  const unanswered = desired.filter((one) => left.has(one) && !said.has(`${partOf(one)}\0${one.root}`));
  return { assigned, unanswered };
}

const partOf = ({ project, prefix }: DesiredWorkspace | WorkspaceStatus): string => `${project}\0${prefix ?? ''}`;

const isExactly = (asked: string, root: string): boolean => asked === root;
const isBelowItsBase = (asked: string, root: string): boolean => !asked.startsWith('/') && root.endsWith(`/${asked}`);
