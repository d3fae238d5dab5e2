// What a share link opens, looked up in the manifest that it speaks of: the one that is current, or a commit's. Nothing
// outside of the shared path can be named: what is inside is a path below it.
import { readCommit } from '../commit/chain.ts';
import { readCurrent } from '../commit/current.ts';
import type { ProjectCommits } from '../history/project-commits.ts';
import { getEntry } from '../manifest/get.ts';
import { type KindAt, kindAt } from '../manifest/kind-at.ts';
import type { NodeReader } from '../manifest/tree.ts';
import type { CurrentAt } from '../model/commit.ts';
import { type FileEntry, isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { ShareScope } from '../model/share.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';

export interface TreeIo {
  readonly index: Pick<KeyValue, 'get'>;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly nodes: NodeReader;
}

/** One commit's tree. */
export interface TreeAt {
  readonly commitSha: Sha;
  readonly manifestSha: Sha;
  /** the revision of the index at which the project stood */
  readonly revision: number;
}

export type SharedTree =
  | { readonly kind: 'file'; readonly at: TreeAt; readonly file: FileEntry }
  | { readonly kind: 'directory'; readonly at: TreeAt; readonly path: RelPath | '' }
  /** the project, the path or its commit is not there (any more), or is something else */
  | { readonly kind: 'gone' };

/** @throws StoreUnavailableError  whether it is there is unknown */
export async function sharedTree(io: TreeIo, scope: ShareScope): Promise<SharedTree> {
  const at = await treeAt(io, scope.project, scope.commit_sha);
  if (!at) return { kind: 'gone' };
  const { path, kind } = scope;
  if (kind === 'directory') {
    const found = path === '' ? 'directory' : await kindAt(io.nodes, at.manifestSha, path);
    return found === 'directory' ? { kind, at, path } : { kind: 'gone' };
  }
  const file = path === '' ? undefined : await fileAt(io, at, path);
  return file ? { kind, at, file } : { kind: 'gone' };
}

/** @param inside  below the shared directory */
export function fileInside(
  io: TreeIo,
  { at, path }: Extract<SharedTree, { kind: 'directory' }>,
  inside: RelPath,
): Promise<FileEntry | undefined> {
  return fileAt(io, at, pathInside(path, inside));
}

export const pathInside = (directory: RelPath | '', inside: RelPath): RelPath =>
  directory === '' ? inside : (`${directory}/${inside}` as RelPath);

async function fileAt({ nodes }: TreeIo, { manifestSha }: TreeAt, path: RelPath): Promise<FileEntry | undefined> {
  const entry = await getEntry(nodes, manifestSha, path);
  return entry && isFile(entry) ? entry : undefined;
}

export type Shareable =
  /** `since`: the revision of the index at which the project was seen */
  | { readonly kind: 'file' | 'directory'; readonly commitSha: Sha; readonly since: number }
  | { readonly kind: 'no-project' | 'no-commit' | 'nothing' };

export interface ShareableIo extends TreeIo {
  readonly commits: Pick<ProjectCommits, 'has'>;
}

/** What a new link may speak of. */
export async function shareable(
  io: ShareableIo,
  project: ProjectName,
  path: RelPath | '',
  commit: Sha | undefined,
): Promise<Shareable> {
  const now = await readCurrent(io.index, project);
  if (!now) return { kind: 'no-project' };
  const isNow = commit === undefined || commit === now.current.commit_sha;
  const at = isNow || (await isOf(io, now, commit)) ? await treeAt(io, project, commit) : undefined;
  if (!at) return { kind: 'no-commit' };
  const { commitSha, manifestSha } = at;
  const found: KindAt = path === '' ? 'directory' : await kindAt(io.nodes, manifestSha, path);
  return found === 'nothing' ? { kind: 'nothing' } : { kind: found, commitSha, since: now.revision };
}

async function isOf(io: ShareableIo, now: CurrentAt, commit: Sha): Promise<boolean> {
  try {
    return await io.commits.has(now, commit, await readCommit(io.objects, commit));
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error;
    // An object that is no commit, or that is lost.
    return false;
  }
}

async function treeAt(io: TreeIo, project: ProjectName, commit: Sha | undefined): Promise<TreeAt | undefined> {
  const now = await readCurrent(io.index, project);
  // What is at a commit goes with its project, too.
  if (!now) return undefined;
  const { current, revision } = now;
  if (commit === undefined || commit === current.commit_sha) {
    return { commitSha: current.commit_sha, manifestSha: current.manifest_sha, revision };
  }
  try {
    return { commitSha: commit, manifestSha: (await readCommit(io.objects, commit)).manifest_sha, revision };
  } catch (error) {
    if (error instanceof ObjectAbsentError || error instanceof ObjectCorruptError) return undefined;
    throw error;
  }
}
