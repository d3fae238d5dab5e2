// The objects that a task is about: those that the files of a project, of a directory or of a single path have now.
import { readCurrent } from '../commit/current.ts';
import { getEntry } from '../manifest/get.ts';
import type { NodeReader } from '../manifest/tree.ts';
import { type OnUnreadable, walkTree } from '../manifest/walk.ts';
import { type FileEntry, isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { ancestorsOf, comparePaths, type RelPath } from '../model/rel-path.ts';
import type { TierIo } from './tier-io.ts';
import { isLostBytes } from './unproven-files.ts';

export interface Scope {
  readonly project: ProjectName;
  readonly prefix?: RelPath | undefined;
  /** only files that are one of these, or below one */
  readonly paths?: readonly RelPath[] | undefined;
  /** only files that have one of these */
  readonly shas?: readonly Sha[] | undefined;
  /** absent: a node that cannot be read ends the walk */
  readonly onUnreadable?: OnUnreadable | undefined;
}

/** The scope's project is not there (any more). */
export class NoProjectError extends Error {
  override name = 'NoProjectError';
  constructor(readonly project: ProjectName) {
    super(`there is no project ${project}: it may have been renamed or deleted`);
  }
}

/** In path order; an object that several paths share comes once for each.
 *  @throws NoProjectError */
export async function* filesIn(
  io: Pick<TierIo, 'index'> & { readonly nodes: NodeReader },
  { project, prefix, paths, shas, onUnreadable }: Scope,
): AsyncIterable<FileEntry> {
  const at = await readCurrent(io.index, project);
  if (!at) throw new NoProjectError(project);
  const { manifest_sha: root } = at.current;
  const wanted = shas && new Set(shas);
  const parts: readonly (RelPath | '')[] = paths ? outermost(paths) : [prefix ?? ''];
  for (const part of parts) {
    const files = filesAt(io.nodes, root, part, onUnreadable);
    for await (const entry of files) if (!wanted || wanted.has(entry.sha)) yield entry;
  }
}

/** The file at a path, or those below it. */
export async function* filesAt(
  nodes: NodeReader,
  root: Sha,
  path: RelPath | '',
  onUnreadable?: OnUnreadable,
): AsyncIterable<FileEntry> {
  const itself = path === '' ? undefined : await entryAt(nodes, root, path, onUnreadable);
  if (itself && isFile(itself)) yield itself;
  for await (const entry of walkTree(nodes, root, { prefix: path, onUnreadable })) if (isFile(entry)) yield entry;
}

async function entryAt(nodes: NodeReader, root: Sha, path: RelPath, onUnreadable: OnUnreadable | undefined) {
  try {
    return await getEntry(nodes, root, path);
  } catch (error) {
    if (!onUnreadable || !isLostBytes(error)) throw error;
    onUnreadable(error.sha, error);
    return undefined;
  }
}

/** Without those that another one has below it, in path order. */
export function outermost(paths: readonly RelPath[]): RelPath[] {
  const all = new Set(paths);
  return [...all].filter((path) => !ancestorsOf(path).some((above) => all.has(above))).sort(comparePaths);
}
