// Which assignment stands behind which workspace of a node's status. An assignment may name its directory below one that
// only the node knows, and the status names it in full: the longest name that fits is meant.
import type { DesiredWorkspace } from '../model/node-desired.ts';
import type { WorkspaceStatus } from '../model/node-status.ts';

export interface PairedWorkspaces {
  /** by the workspace's place in the status; undefined: none stands behind it */
  readonly assigned: readonly (DesiredWorkspace | undefined)[];
  /** those of which the node says nothing yet */
  readonly unanswered: readonly DesiredWorkspace[];
}

export function pairWorkspaces(
  statuses: readonly WorkspaceStatus[],
  desired: readonly DesiredWorkspace[],
): PairedWorkspaces {
  const left = [...desired].sort((a, b) => b.root.length - a.root.length);
  const assigned = new Array<DesiredWorkspace | undefined>(statuses.length);
  for (const fits of [isExactly, isBelowItsBase]) {
    for (const [i, status] of statuses.entries()) {
      if (assigned[i] || status.from === 'configuration') continue;
      const at = left.findIndex((one) => isSamePart(one, status) && fits(one.root, status.root));
      if (at >= 0) [assigned[i]] = left.splice(at, 1);
    }
  }
  // The configuration names it too, and goes first: the node says it once.
  const unanswered = left.filter(
    (one) => !statuses.some((status) => isSamePart(one, status) && one.root === status.root),
  );
  return { assigned, unanswered: desired.filter((one) => unanswered.includes(one)) };
}

const isSamePart = (a: DesiredWorkspace, b: WorkspaceStatus): boolean =>
  a.project === b.project && a.prefix === b.prefix;

const isExactly = (asked: string, root: string): boolean => plain(asked) === plain(root);
const isBelowItsBase = (asked: string, root: string): boolean =>
  !asked.startsWith('/') && plain(root).endsWith(`/${plain(asked)}`);

/** Without what changes no directory: `./a//b/` → `a/b`. */
function plain(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  return `${path.startsWith('/') ? '/' : ''}${segments.join('/')}`;
}
