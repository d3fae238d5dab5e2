// The versions of one path: every commit that changed it, newest first.
import { type ChainedCommit, walkChain } from '../commit/chain.ts';
import { getEntry } from '../manifest/get.ts';
import type { NodeReader } from '../manifest/tree.ts';
import { type Entry, sameEntry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';

export interface PathVersion extends ChainedCommit {
  /** what the commit made of the path; undefined = it deleted it */
  readonly entry: Entry | undefined;
}

export interface VersionPage {
  readonly versions: readonly PathVersion[];
  /** give it as `from` to look further back; undefined at the project's first commit */
  readonly next: Sha | undefined;
}

/** Passing a commit over costs little; a page may pass this many over for each that it may look at. */
const SKIPS_PER_LOOK = 10;

/** Looks at no more than `maxCommits`, so that a path that never changes costs a bounded page and not the whole chain.
 *  Commits whose content retention has let go are passed over; what they changed shows in the next newer one. */
export async function pathVersions(
  io: { readonly objects: Pick<ObjectStore, 'get'>; readonly nodes: NodeReader },
  from: Sha,
  path: RelPath,
  options: { readonly limit: number; readonly maxCommits: number },
): Promise<VersionPage> {
  const versions: PathVersion[] = [];
  let newer: PathVersion | undefined;
  let looked = 0;
  let skipped = 0;
  for await (const link of walkChain(io.objects, from)) {
    const look = await entryAt(io.nodes, link.commit.manifest_sha, path);
    if (look === 'not-kept') {
      if (++skipped < options.maxCommits * SKIPS_PER_LOOK) continue;
      // So long a run without content: what came before it is told as a beginning of its own.
      if (newer?.entry) versions.push(newer);
      return { versions, next: link.commit.parents[0] };
    }
    if (newer && !same(newer.entry, look.entry)) versions.push(newer);
    newer = { ...link, entry: look.entry };
    // The page ends on a commit that is not decided yet: the next one starts with it.
    if (versions.length >= options.limit || ++looked > options.maxCommits) return { versions, next: link.sha };
  }
  if (newer?.entry) versions.push(newer);
  return { versions, next: undefined };
}

async function entryAt(
  nodes: NodeReader,
  manifest: Sha,
  path: RelPath,
): Promise<{ readonly entry: Entry | undefined } | 'not-kept'> {
  try {
    return { entry: await getEntry(nodes, manifest, path) };
  } catch (error) {
    if (error instanceof ObjectAbsentError) return 'not-kept';
    throw error;
  }
}

function same(a: Entry | undefined, b: Entry | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameEntry(a, b);
}
