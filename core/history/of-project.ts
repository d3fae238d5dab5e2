// Whether a commit is one of a project's: what has its name, and what is in the chain of what is current, where a renamed
// project has commits of its old name.
import { walkChain } from '../commit/chain.ts';
import type { Commit, CurrentAt } from '../model/commit.ts';
import type { Sha } from '../model/ids.ts';
import type { ObjectStore } from '../store/object-store.ts';

export async function isOfProject(
  objects: Pick<ObjectStore, 'get'>,
  at: CurrentAt,
  sha: Sha,
  commit: Commit,
): Promise<boolean> {
  if (commit.project === at.project) return true;
  for await (const link of walkChain(objects, at.current.commit_sha)) if (link.sha === sha) return true;
  return false;
}
