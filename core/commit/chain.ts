// Walks the chain of commits from one towards the project's first.
import { type Commit, decodeCommit } from '../model/commit.ts';
import type { Sha } from '../model/ids.ts';
import { type ObjectStore, readObject } from '../store/object-store.ts';

export interface ChainedCommit {
  readonly sha: Sha;
  readonly commit: Commit;
}

export async function readCommit(objects: Pick<ObjectStore, 'get'>, sha: Sha): Promise<Commit> {
  return decodeCommit(await readObject(objects, sha));
}

/** Newest first, from `from` along the first parents. Ends at the first commit, or when the caller stops. */
export async function* walkChain(objects: Pick<ObjectStore, 'get'>, from: Sha): AsyncIterable<ChainedCommit> {
  for (let sha: Sha | undefined = from; sha !== undefined; ) {
    const commit: Commit = await readCommit(objects, sha);
    yield { sha, commit };
    sha = commit.parents[0];
  }
}

/** How far back `isInChain` looks. */
const LOOK_BACK = 1_000;

/** @returns true when `sha` is `head` or one of the commits before it, as far as is looked */
export async function isInChain(objects: Pick<ObjectStore, 'get'>, head: Sha, sha: Sha): Promise<boolean> {
  let looked = 0;
  for await (const link of walkChain(objects, head)) {
    if (link.sha === sha) return true;
    if (++looked === LOOK_BACK) return false;
  }
  return false;
}
