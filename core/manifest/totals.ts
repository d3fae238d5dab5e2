// Files and bytes below a directory, from the tree's counts: two descents, whatever the size of the directory.
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import { TreeCursor } from './cursor.ts';
import type { Totals } from './node.ts';
import type { NodeReader } from './tree.ts';

/** All paths below a directory are at or after `from` and before `to`: `0` is the character after `/`. */
export interface PathRange {
  readonly from: string;
  /** undefined: no end */
  readonly to: string | undefined;
}

export function rangeOf(directory: RelPath | ''): PathRange {
  return directory === '' ? { from: '', to: undefined } : { from: `${directory}/`, to: `${directory}0` };
}

/** @param directory '' for the whole tree; zeros when there is nothing below it */
export async function totalsUnder(io: NodeReader, rootSha: Sha, directory: RelPath | ''): Promise<Totals> {
  const cursor = await TreeCursor.open(io, rootSha);
  const { from, to } = rangeOf(directory);
  if (to === undefined) return cursor.totals();
  await cursor.seek(from);
  const before = cursor.rank();
  await cursor.seek(to);
  const upTo = cursor.rank();
  return { files: upTo.files - before.files, bytes: upTo.bytes - before.bytes };
}
