// Decides which of the workspaces that the server asks for this node takes. The server may be anyone who may write into
// `fs_nodes`, so that a root counts only below a directory that the node's own configuration allows, and never where it
// would meet another workspace. What is refused has a reason that a person sees in the status.
import { isAbsolute, join, normalize, resolve } from 'node:path';
import { quote } from '../../core/model/ids.ts';
import type { DesiredWorkspace } from '../../core/model/node-desired.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';

/** A workspace that the server asked for, and the node took. */
export interface Assignment extends WorkspaceSpec {
  /** milliseconds without a change after which it is removed from the node; absent: never */
  readonly idleRemoveMs?: number;
}

export interface Refusal {
  readonly asked: DesiredWorkspace;
  /** as the node understood it; undefined: not at all */
  readonly root: string | undefined;
  readonly reason: string;
}

export interface Ground {
  /** absolute; what the server names has to lie below one of them, and relative roots are below the first */
  readonly dirs: readonly string[];
  /** directories of the agent's own, such as its state */
  readonly own: readonly string[];
  /** workspaces of the node's own configuration */
  readonly configured: readonly WorkspaceSpec[];
  /** roots that are on their way out, and not free yet */
  readonly leaving: readonly WorkspaceSpec[];
  /** taken before: they come first where two would meet */
  readonly running: readonly WorkspaceSpec[];
  /** where a path lies when links are followed, as far as it exists */
  realPath(path: string): string;
}

export interface AssignmentPlan {
  readonly accepted: readonly Assignment[];
  readonly refused: readonly Refusal[];
  /** What the node's own configuration has already, and says how it is run: its key, and the root as it was asked for. */
  readonly configured: ReadonlyMap<string, string>;
}

/** The same workspace keeps its key when its mode, its threshold or its idle time changes. */
export const keyOf = ({ project, prefix, root }: WorkspaceSpec): string => `${project}\0${prefix ?? ''}\0${root}`;

export function planAssignments(asked: readonly DesiredWorkspace[], ground: Ground): AssignmentPlan {
  const accepted: Assignment[] = [];
  const refused: Refusal[] = [];
  const keys = new Set(ground.configured.map(keyOf));
  const configured = new Map<string, string>();
  const running = new Set(ground.running.map(keyOf));
  const candidates: { readonly asked: DesiredWorkspace; readonly assignment: Assignment }[] = [];
  for (const one of asked) {
    const found = rootOf(one.root, ground);
    if (found.kind === 'refused') refused.push({ asked: one, root: found.root, reason: found.reason });
    else candidates.push({ asked: one, assignment: assignmentOf(one, found.root) });
  }
  candidates.sort((a, b) => rank(running, b.assignment) - rank(running, a.assignment));
  const taken = [...ground.configured];
  for (const { asked: one, assignment } of candidates) {
    if (keys.has(keyOf(assignment))) {
      configured.set(keyOf(assignment), one.root);
      continue;
    }
    const leaving = ground.leaving.find(
      (other) => keyOf(other) !== keyOf(assignment) && meet(ground, other, assignment),
    );
    const other = taken.find((there) => meet(ground, there, assignment));
    if (leaving) refused.push(refusal(one, assignment, `${leaving.root} is still being removed; it waits for that`));
    else if (other) refused.push(refusal(one, assignment, meeting(assignment, other)));
    else {
      accepted.push(assignment);
      taken.push(assignment);
    }
  }
  return { accepted, refused, configured };
}

const rank = (running: ReadonlySet<string>, assignment: Assignment): number => (running.has(keyOf(assignment)) ? 1 : 0);

function assignmentOf(asked: DesiredWorkspace, root: string): Assignment {
  const { project, prefix, mode, idle_remove_ms, delete_threshold } = asked;
  return {
    project,
    root,
    ...(prefix !== undefined && { prefix }),
    ...(mode !== undefined && { mode }),
    ...(idle_remove_ms !== undefined && { idleRemoveMs: idle_remove_ms }),
    ...(delete_threshold !== undefined && { deleteThreshold: delete_threshold }),
  };
}

const refusal = (asked: DesiredWorkspace, { root }: Assignment, reason: string): Refusal => ({ asked, root, reason });

function meeting({ root }: Assignment, other: WorkspaceSpec): string {
  return root === other.root
    ? `${root} is the workspace of ${other.project} already: name another directory`
    : `${root} and the workspace ${other.root} lie in one another: name a directory of its own`;
}

type Root =
  | { readonly kind: 'root'; readonly root: string }
  | { readonly kind: 'refused'; readonly root: string | undefined; readonly reason: string };

function rootOf(text: string, ground: Ground): Root {
  const refuse = (reason: string, root?: string): Root => ({ kind: 'refused', root, reason });
  const shown = `root ${quote(text)}`;
  if (/[\u0000-\u001f\u007f]/.test(text)) return refuse(`${shown} has a control character`);
  if (text.split('/').includes('..')) return refuse(`${shown} has a ".." segment`);
  const [first] = ground.dirs;
  if (first === undefined) return refuse('this node takes no workspaces from the server: set FS_WORKSPACE_DIRS on it');
  const root = isAbsolute(text) ? resolve(normalize(text)) : resolve(join(first, text));
  const isAllowed = (at: string, dirs: readonly string[]) => dirs.some((dir) => isBelow(at, dir));
  const allowed = `a directory below ${ground.dirs.join(' or ')}, as FS_WORKSPACE_DIRS of this node says`;
  if (!isAllowed(root, ground.dirs)) return refuse(`${shown} is not ${allowed}`, root);
  const real = ground.realPath(root);
  if (!isAllowed(real, ground.dirs.map(ground.realPath))) {
    return refuse(`${shown} leads to ${real} by a link, which is not ${allowed}`, root);
  }
  const own = ground.own.find((dir) => overlap(ground.realPath(dir), real));
  if (own !== undefined) return refuse(`${shown} meets ${own}, where the agent keeps its own files`, root);
  return { kind: 'root', root };
}

const isBelow = (path: string, dir: string): boolean => path.startsWith(dir === '/' ? '/' : `${dir}/`);
const overlap = (a: string, b: string): boolean => a === b || isBelow(a, b) || isBelow(b, a);
const meet = ({ realPath }: Ground, a: WorkspaceSpec, b: WorkspaceSpec): boolean =>
  overlap(realPath(a.root), realPath(b.root));
