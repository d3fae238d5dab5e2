// All paths that a span of commits changed in a workspace, from the manifests: what an event with very many paths leaves
// out. A path comes at a time, so that a project of a million files takes no memory.
import { readCommit } from '../../core/commit/chain.ts';
import type { CommitIo } from '../../core/commit/commit.ts';
import { diffTrees } from '../../core/manifest/diff.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { toLocalPath } from '../site.ts';
import type { PathChange } from './feed-event.ts';

export type ChangesIo = Pick<CommitIo, 'objects' | 'nodes'>;

/** A move is a deletion and a creation here: pairing them would take all changes at once.
 *  @param from  null: before the first commit
 *  @throws StoreUnavailableError; ObjectAbsentError  a commit that is not known, or whose manifest is not kept any more */
export async function* listChanges(
  io: ChangesIo,
  workspace: { readonly prefix: RelPath | undefined },
  from: Sha | null,
  to: Sha,
): AsyncIterable<PathChange> {
  const after = await readCommit(io.objects, to);
  if (from === null) {
    for await (const { path } of walkTree(io.nodes, after.manifest_sha, { prefix: workspace.prefix })) {
      const local = toLocalPath(workspace, path);
      if (local !== undefined) yield { path: local, change: 'created' };
    }
    return;
  }
  const before = await readCommit(io.objects, from);
  for await (const change of diffTrees(io.nodes, before.manifest_sha, after.manifest_sha)) {
    const local = toLocalPath(workspace, change.kind === 'removed' ? change.was.path : change.entry.path);
    if (local !== undefined) yield { path: local, change: NAMES[change.kind] };
  }
}

const NAMES = { added: 'created', updated: 'updated', removed: 'deleted' } as const;
