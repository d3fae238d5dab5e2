// A project's commits, newest first, page by page.
import { type ChainedCommit, walkChain } from '../commit/chain.ts';
import type { Sha } from '../model/ids.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface CommitPage {
  readonly commits: readonly ChainedCommit[];
  /** give it as `from` for the next page; undefined after the project's first commit */
  readonly next: Sha | undefined;
}

/** @param from  `current`'s commit for the first page, or a page's `next` */
export async function listCommits(
  objects: Pick<ObjectStore, 'get'>,
  from: Sha,
  options: { readonly limit: number },
): Promise<CommitPage> {
  const commits: ChainedCommit[] = [];
  for await (const link of walkChain(objects, from)) {
    commits.push(link);
    if (commits.length >= options.limit) return { commits, next: link.commit.parents[0] };
  }
  return { commits, next: undefined };
}
