// What changed between any two commits, in path order, moves paired.
import { readCommit } from '../commit/chain.ts';
import { diffTrees, type Moved, pairMoves } from '../manifest/diff.ts';
import type { Change, NodeReader } from '../manifest/tree.ts';
import type { Sha } from '../model/ids.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** The two need not follow each other, nor be of one project.
 *  @throws ObjectAbsentError  retention has let go of the content of one of them */
export async function diffCommits(
  io: { readonly objects: Pick<ObjectStore, 'get'>; readonly nodes: NodeReader },
  from: Sha,
  to: Sha,
): Promise<(Change | Moved)[]> {
  const [a, b] = await Promise.all([readCommit(io.objects, from), readCommit(io.objects, to)]);
  const changes: Change[] = [];
  for await (const change of diffTrees(io.nodes, a.manifest_sha, b.manifest_sha)) changes.push(change);
  return pairMoves(changes);
}
