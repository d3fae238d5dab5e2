// Brings a path, a subtree or a whole project back to what it was at a commit, as a new commit: history only grows. What is
// only in cold is brought back to hot first, where the caller can have it brought.
import { readCommit } from '../commit/chain.ts';
import { type CommitIo, type CommitResult, commit } from '../commit/commit.ts';
import { readCurrent } from '../commit/current.ts';
import type { PathOp } from '../commit/path-op.ts';
import { seenAs } from '../commit/resolve-ops.ts';
import { diffTrees } from '../manifest/diff.ts';
import type { NodeReader } from '../manifest/tree.ts';
import type { Actor } from '../model/commit.ts';
import { type Entry, isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { comparePaths, type RelPath } from '../model/rel-path.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ProjectCommits } from './project-commits.ts';
import { protectObjects } from './protect-objects.ts';
import { digestOfScope, fileAbove, rangesOfScope, type Scope } from './scope.ts';

export interface RestoreRequest {
  readonly project: ProjectName;
  /** the commit whose state comes back */
  readonly to: Sha;
  /** a file, or a directory with all below it; '' = the whole project */
  readonly path: Scope;
  readonly actor: Actor;
}

/** What a restore would do: shown as a dry run, and recomputed when it is done. */
export interface RestorePlan {
  readonly base: Sha;
  readonly ops: readonly RestoreOp[];
  /** I4: names what would be replaced, all that the path and what is below it are now. Together with the commit that comes
   *  back, which never changes, that is the whole plan. */
  readonly digest: Sha;
}

export type RestoreOp =
  | Extract<PathOp, { kind: 'put' }>
  /** `bytes`: of what goes, as it is now */
  | (Extract<PathOp, { kind: 'delete' }> & { readonly bytes: number });

export async function planRestore(
  io: {
    readonly index: Pick<KeyValue, 'get'>;
    readonly objects: Pick<ObjectStore, 'get' | 'stat'>;
    readonly nodes: NodeReader;
  },
  request: Omit<RestoreRequest, 'actor'>,
): Promise<RestorePlan | 'no-project' | 'foreign' | 'not-kept'> {
  const at = await readCurrent(io.index, request.project);
  if (!at) return 'no-project';
  const target = await readCommit(io.objects, request.to);
  if (!(await new ProjectCommits(io.objects).has(at, request.to, target))) return 'foreign';
  if ((await io.objects.stat(target.manifest_sha)).kind === 'absent') return 'not-kept';
  const deletions: RestoreOp[] = [];
  const puts: RestoreOp[] = [];
  const from = at.current.manifest_sha;
  for await (const op of opsToRestore(io.nodes, from, target.manifest_sha, request.path)) {
    if (op.kind === 'delete') deletions.push(op);
    else puts.push(op);
  }
  const digest = await digestOfScope(io.nodes, from, request.path);
  // Deletions first: where a directory becomes a file again, the file must find its place free.
  return { base: at.current.commit_sha, ops: [...deletions, ...puts], digest };
}

/** The beginning of a plan, as far as a person reads: its cost is bounded, however much would change. */
export interface RestoreGlance {
  /** in path order */
  readonly ops: readonly RestoreOp[];
  /** there are more of them */
  readonly isMore: boolean;
  /** of the whole plan */
  readonly digest: Sha;
}

/** @param from  the tree that is current
 *  @param to  the tree that comes back
 *  @throws ObjectAbsentError  retention has let go of it */
export async function glanceAtRestore(
  nodes: NodeReader,
  { from, to, path, most }: { readonly from: Sha; readonly to: Sha; readonly path: Scope; readonly most: number },
): Promise<RestoreGlance> {
  const digest = await digestOfScope(nodes, from, path);
  const ops: RestoreOp[] = [];
  for await (const op of opsToRestore(nodes, from, to, path)) {
    if (ops.length === most) return { ops, isMore: true, digest };
    ops.push(op);
  }
  return { ops, isMore: false, digest };
}

/** In path order. */
async function* opsToRestore(nodes: NodeReader, from: Sha, to: Sha, path: Scope): AsyncGenerator<RestoreOp> {
  // A file in the place of a directory above the path leaves room for nothing there: it goes where something comes back.
  let above = await fileAbove(nodes, from, path);
  for (const range of rangesOfScope(path)) {
    for await (const change of diffTrees(nodes, from, to, range)) {
      if (above) yield deletionOf(above);
      above = undefined;
      if (change.kind === 'removed') {
        yield deletionOf(change.was);
      } else {
        const was = change.kind === 'updated' ? change.was : undefined;
        yield { kind: 'put', entry: change.entry, seen: seenAs(was) };
      }
    }
  }
}

const deletionOf = (was: Entry): RestoreOp => ({
  kind: 'delete',
  path: was.path,
  seen: seenAs(was),
  bytes: isFile(was) ? was.size : 0,
});

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
  return carryOutRestore(io, request, plan, contents);
}

/** I4: what comes back may take long to come from cold, so the commit checks what the plan saw again. What others do meanwhile
 *  at other paths is theirs, and stays.
 *  @returns `mismatch` when a path of the plan has changed since: nothing was restored
 *  @throws as `restore` does */
export async function carryOutRestore(
  io: CommitIo,
  request: RestoreRequest,
  plan: RestorePlan,
  contents: Pick<ObjectStore, 'get' | 'put'>,
  signal?: AbortSignal,
): Promise<RestoreResult> {
  const entries = plan.ops.flatMap((op) => (op.kind === 'put' ? [op.entry] : []));
  const missing = await protectObjects(contents, entries);
  if (missing.size > 0) return { kind: 'not-kept', paths: [...missing].sort(comparePaths).slice(0, 100) };
  const what = request.path === '' ? 'the project' : request.path;
  const message = `Restore ${what} to ${request.to.slice(0, 12)}`;
  const { project, actor } = request;
  return commit(io, { project, ops: plan.ops, actor, message, onlySeen: true, ...(signal && { signal }) });
}
