// What a tree has at a path that somebody named: a file, a directory (an entry, or only what is below it), or nothing.
import { isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import { getEntry } from './get.ts';
import type { NodeReader } from './tree.ts';
import { walkTree } from './walk.ts';

export type KindAt = 'file' | 'directory' | 'nothing';

/** One look-up, and another where no entry is at exactly this path. */
export async function kindAt(io: NodeReader, rootSha: Sha, path: RelPath): Promise<KindAt> {
  const entry = await getEntry(io, rootSha, path);
  if (entry) return isFile(entry) ? 'file' : 'directory';
  for await (const _ of walkTree(io, rootSha, { prefix: path })) return 'directory';
  return 'nothing';
}
