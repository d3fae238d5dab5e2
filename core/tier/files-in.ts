// The objects that a task is about: those that the files of a project, of a directory or of a single path have now.
import { readCurrent } from '../commit/current.ts';
import { getEntry } from '../manifest/get.ts';
import { walkTree } from '../manifest/walk.ts';
import { type FileEntry, isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { TierIo } from './tier-io.ts';

export interface Scope {
  readonly project: ProjectName;
  readonly prefix?: RelPath | undefined;
  /** only files that have one of these */
  readonly shas?: readonly Sha[] | undefined;
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
  io: Pick<TierIo, 'index' | 'nodes'>,
  { project, prefix, shas }: Scope,
): AsyncIterable<FileEntry> {
  const at = await readCurrent(io.index, project);
  if (!at) throw new NoProjectError(project);
  const { manifest_sha: root } = at.current;
  const wanted = shas && new Set(shas);
  const isWanted = (entry: FileEntry) => wanted === undefined || wanted.has(entry.sha);
  const itself = prefix === undefined ? undefined : await getEntry(io.nodes, root, prefix);
  if (itself && isFile(itself) && isWanted(itself)) yield itself;
  for await (const entry of walkTree(io.nodes, root, { prefix: prefix ?? '' })) {
    if (isFile(entry) && isWanted(entry)) yield entry;
  }
}
