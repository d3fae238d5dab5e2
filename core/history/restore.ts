// Brings a path, a subtree or a whole project back to what it was at a commit, as a new commit: history only grows. What is
// only in cold is brought back to hot first, where the caller can have it brought.
import { readCommit, walkChain } from '../commit/chain.ts';
import { type CommitIo, type CommitResult, commit } from '../commit/commit.ts';
import { readCurrent } from '../commit/current.ts';
import type { PathOp } from '../commit/path-op.ts';
import { seenAs } from '../commit/resolve-ops.ts';
import { diffTrees } from '../manifest/diff.ts';
import type { Change } from '../manifest/tree.ts';
import type { Actor, Commit, CurrentAt } from '../model/commit.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { comparePaths, isUnder, type RelPath } from '../model/rel-path.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { protectObjects } from './protect-objects.ts';

export interface RestoreRequest {
  readonly project: ProjectName;
  /** the commit whose state comes back */
  readonly to: Sha;
  /** a file, or a directory with all below it; '' = the whole project */
  readonly path: RelPath | '';
  readonly actor: Actor;
}

/** What a restore would do: shown as a dry run, and recomputed when it is done. */
export interface RestorePlan {
  readonly base: Sha;
  readonly ops: readonly PathOp[];
}

export async function planRestore(
  io: CommitIo,
  request: RestoreRequest,
): Promise<RestorePlan | 'no-project' | 'foreign' | 'not-kept'> {
  const at = await readCurrent(io.index, request.project);
  if (!at) return 'no-project';
  const target = await readCommit(io.objects, request.to);
  if (!(await isOfProject(io, at, request.to, target))) return 'foreign';
  if ((await io.objects.stat(target.manifest_sha)).kind === 'absent') return 'not-kept';
  const deletions: PathOp[] = [];
  const puts: PathOp[] = [];
  for await (const change of diffTrees(io.nodes, at.current.manifest_sha, target.manifest_sha)) {
    if (!inScope(change, request.path)) continue;
    if (change.kind === 'removed') deletions.push({ kind: 'delete', path: change.was.path, seen: seenAs(change.was) });
    else
      puts.push({ kind: 'put', entry: change.entry, seen: seenAs(change.kind === 'updated' ? change.was : undefined) });
  }
  // Deletions first: where a directory becomes a file again, the file must find its place free.
  return { base: at.current.commit_sha, ops: [...deletions, ...puts] };
}

export type RestoreResult =
  | CommitResult
  /** the commit is none of this project's */
  | { readonly kind: 'foreign' }
  /** retention has let go of what would come back; the paths, at most 100 of them */
  | { readonly kind: 'not-kept'; readonly paths: readonly RelPath[] };

/** @param contents  the store of what files have in them; one that recalls also brings what is only in cold. Default: hot alone
 *  @returns `unchanged` when the scope is as it was at that commit already
 *  @throws StoreUnavailableError, also of cold: nothing has changed */
export async function restore(
  io: CommitIo,
  request: RestoreRequest,
  contents: Pick<ObjectStore, 'get' | 'put'> = io.objects,
): Promise<RestoreResult> {
  const plan = await planRestore(io, request);
  switch (plan) {
    case 'no-project':
    case 'foreign':
      return { kind: plan };
    case 'not-kept':
      return { kind: plan, paths: [] };
  }
  const entries = plan.ops.flatMap((op) => (op.kind === 'put' ? [op.entry] : []));
  const missing = await protectObjects(contents, entries);
  if (missing.size > 0) return { kind: 'not-kept', paths: [...missing].sort(comparePaths).slice(0, 100) };
  const what = request.path === '' ? 'the project' : request.path;
  const message = `Restore ${what} to ${request.to.slice(0, 12)}`;
  return commit(io, { project: request.project, ops: plan.ops, actor: request.actor, message });
}

async function isOfProject(io: CommitIo, at: CurrentAt, to: Sha, target: Commit): Promise<boolean> {
  if (target.project === at.project) return true;
  // A renamed project has commits of its old name in its chain.
  for await (const { sha } of walkChain(io.objects, at.current.commit_sha)) if (sha === to) return true;
  return false;
}

function inScope(change: Change, scope: RelPath | ''): boolean {
  const path = change.kind === 'removed' ? change.was.path : change.entry.path;
  return path === scope || isUnder(path, scope);
}
