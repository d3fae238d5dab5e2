// Puts what a file of the workspace holds into hot once more, because hot lost it or has it damaged.
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Site } from '../site.ts';
import { upload } from './upload.ts';

/** @param ready  a file that is about to be committed with these bytes
 *  @returns false when no file has them any more
 *  @throws StoreUnavailableError, StoreFullError, StoreDeniedError */
export function putFileAgain(site: Site, sha: Sha, ready: RelPath | undefined): Promise<boolean> {
  return readFileOf(site, sha, ready, () => false);
}

/** The same, where the copy in hot is damaged. It goes only when a file here was read and found to have the bytes (I3). */
export async function replaceByFile(site: Site, sha: Sha, ready: RelPath | undefined): Promise<boolean> {
  if (!(await readFileOf(site, sha, ready, () => true))) return false;
  await site.stores.objects.delete(sha);
  return putFileAgain(site, sha, ready);
}

/** @param isKnown  true: it is only read */
async function readFileOf(site: Site, sha: Sha, ready: RelPath | undefined, isKnown: () => boolean): Promise<boolean> {
  const { disk, root, stores, fileClock, transfers, signal, state } = site;
  const io = { disk, root, objects: stores.objects, fileClock, transfers: transfers.up, signal, isKnown };
  const recorded = state.rows.ofSha(sha).map(({ entry }) => entry.path);
  for (const path of ready === undefined ? recorded : [ready, ...recorded]) {
    const done = await upload(io, path);
    if (done.kind === 'uploaded' && done.entry.sha === sha) return true;
  }
  return false;
}
