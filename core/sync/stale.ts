// Tells a local edit from an older version of the project. A node that lost its last records (a crash between rename
// and record, a lost state file, a restored disk) holds what `current` once said and does not know it. Committing that
// as an edit would undo what others did since, so before a conflict is won, history is asked.
import { walkChain } from '../commit/chain.ts';
import { getEntry } from '../manifest/get.ts';
import type { NodeReader } from '../manifest/tree.ts';
import { isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';
import type { Version } from './plan.ts';

export interface StaleIo {
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly nodes: NodeReader;
}

/** How many commits are looked at. Beyond it a version counts as an edit, which loses nothing: what it replaces stays in history. */
export const STALE_DEPTH = 500;

/** @param head   the commit that `current` names
 *  @param base   the commit at which the node's records stop; undefined: they are lost, all of history counts
 *  @param found  what lies on disk, for the paths in question
 *  @returns the paths whose version on disk is one that the project had between base and head */
export async function findStale(
  io: StaleIo,
  head: Sha,
  base: Sha | undefined,
  found: ReadonlyMap<RelPath, Version>,
): Promise<Set<RelPath>> {
  const stale = new Set<RelPath>();
  let depth = 0;
  try {
    for await (const { sha, commit } of walkChain(io.objects, head)) {
      if (sha === base || stale.size === found.size || depth++ >= STALE_DEPTH) break;
      for (const [path, version] of found) {
        if (!stale.has(path) && sameBytes(version, await getEntry(io.nodes, commit.manifest_sha, path))) {
          stale.add(path);
        }
      }
    }
  } catch (error) {
    // History that was dropped from hot ends the search; what was not found counts as an edit.
    if (!(error instanceof ObjectAbsentError)) throw error;
  }
  return stale;
}

/** Without mode and time: a crash may come before they are set, and nobody edits by them alone. */
function sameBytes(a: Version, b: Version): boolean {
  if (!a || !b) return a === b;
  if (isFile(a) && isFile(b)) return a.sha === b.sha;
  return isFile(a) === isFile(b);
}
