// Puts what a file of the workspace holds into hot once more.
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Site } from '../site.ts';
import { upload } from './upload.ts';

/** @param ready  a file that is about to be committed with these bytes
 *  @returns false when no file has them any more
 *  @throws StoreUnavailableError, StoreFullError, StoreDeniedError */
export async function putFileAgain(site: Site, sha: Sha, ready: RelPath | undefined): Promise<boolean> {
  const { disk, root, stores, fileClock, transfers, signal, state } = site;
  const io = { disk, root, objects: stores.objects, fileClock, transfers: transfers.up, signal, isKnown: () => false };
  const recorded = state.rows.ofSha(sha).map(({ entry }) => entry.path);
  for (const path of ready === undefined ? recorded : [ready, ...recorded]) {
    const done = await upload(io, path);
    if (done.kind === 'uploaded' && done.entry.sha === sha) return true;
  }
  return false;
}
