// The versions of one path: every commit that changed it, newest first.
import { type ChainedCommit, readCommit, walkChain } from '../commit/chain.ts';
import { getEntry } from '../manifest/get.ts';
import type { NodeReader } from '../manifest/tree.ts';
import { type Entry, sameEntry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface PathVersion extends ChainedCommit {
  /** what the commit made of the path; undefined = it deleted it */
  readonly entry: Entry | undefined;
}

export interface VersionPage {
  readonly versions: readonly PathVersion[];
  /** give it as `from` to look further back; undefined at the project's first commit */
  readonly next: Sha | undefined;
}

/** Looks at no more than `maxCommits`, so that a path that never changes costs a bounded page and not the whole chain. */
export async function pathVersions(
  io: { readonly objects: Pick<ObjectStore, 'get'>; readonly nodes: NodeReader },
  from: Sha,
  path: RelPath,
  options: { readonly limit: number; readonly maxCommits: number },
): Promise<VersionPage> {
  const versions: PathVersion[] = [];
  let looked = 0;
  for await (const link of walkChain(io.objects, from)) {
    const parent = link.commit.parents[0];
    if (versions.length >= options.limit || looked++ >= options.maxCommits) return { versions, next: link.sha };
    const entry = await getEntry(io.nodes, link.commit.manifest_sha, path);
    const before = parent ? await entryIn(io, parent, path) : undefined;
    if (!same(entry, before)) versions.push({ ...link, entry });
  }
  return { versions, next: undefined };
}

async function entryIn(
  io: { readonly objects: Pick<ObjectStore, 'get'>; readonly nodes: NodeReader },
  commitSha: Sha,
  path: RelPath,
): Promise<Entry | undefined> {
  const commit = await readCommit(io.objects, commitSha);
  return getEntry(io.nodes, commit.manifest_sha, path);
}

function same(a: Entry | undefined, b: Entry | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameEntry(a, b);
}
