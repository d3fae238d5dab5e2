// What a commit changed, to be gone through more than once. Few changes are kept; of many nothing is, and the trees are
// compared anew each time: reading them is cheap beside publishing what they say.
import { diffTrees } from '../manifest/diff.ts';
import type { Change, NodeReader } from '../manifest/tree.ts';
import type { Sha } from '../model/ids.ts';

/** In path order, the same each time. */
export type Changes = () => AsyncIterable<Change> | Iterable<Change>;

export const NO_CHANGES: Changes = () => [];

/** About 3 MB. */
const MAX_KEPT = 10_000;

export async function changesBetween(nodes: NodeReader, before: Sha, after: Sha, maxKept = MAX_KEPT): Promise<Changes> {
  const kept: Change[] = [];
  for await (const change of diffTrees(nodes, before, after)) {
    if (kept.length === maxKept) return () => diffTrees(nodes, before, after);
    kept.push(change);
  }
  return () => kept;
}
