// The commits that changed anything at a path or below it, newest first. Each is compared with the one before it in that part
// alone, which costs a node or two where nothing changed there.
import { type ChainedCommit, walkChain } from '../commit/chain.ts';
import { diffTrees } from '../manifest/diff.ts';
import type { Change, NodeReader } from '../manifest/tree.ts';
import type { Commit } from '../model/commit.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { rangesOfScope } from './scope.ts';

export interface CommitUnder extends ChainedCommit {
  /** the first of what it changed there, in path order */
  readonly first: Change;
}

export interface UnderPage {
  readonly commits: readonly CommitUnder[];
  /** give it as `from` to look further back; undefined at the project's first commit */
  readonly next: Sha | undefined;
}

/** @param io.isKept  false: retention has let go of the content of a commit; what it changed shows in the next newer one
 *  @param options.maxCommits  that are looked at, so that a part that never changes costs a bounded page */
export async function commitsUnder(
  io: {
    readonly objects: Pick<ObjectStore, 'get'>;
    readonly nodes: NodeReader;
    isKept(commit: Commit): Promise<boolean>;
  },
  from: Sha,
  path: RelPath,
  options: { readonly limit: number; readonly maxCommits: number },
): Promise<UnderPage> {
  const commits: CommitUnder[] = [];
  let newer: ChainedCommit | undefined;
  let looked = 0;
  for await (const link of walkChain(io.objects, from)) {
    const isKept = await io.isKept(link.commit);
    if (isKept && newer) {
      const first = await firstUnder(io.nodes, link.commit.manifest_sha, newer.commit.manifest_sha, path);
      if (first) commits.push({ ...newer, first });
    }
    if (isKept) newer = link;
    // The page ends on a commit that is not decided yet: the next one starts with it.
    if (commits.length >= options.limit || ++looked > options.maxCommits) return { commits, next: link.sha };
  }
  return { commits, next: undefined };
}

async function firstUnder(nodes: NodeReader, before: Sha, after: Sha, path: RelPath): Promise<Change | undefined> {
  for (const range of rangesOfScope(path))
    for await (const change of diffTrees(nodes, before, after, range)) return change;
  return undefined;
}
