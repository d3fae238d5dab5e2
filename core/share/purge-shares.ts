// Ends what nobody comes back to: links of a project whose grace is over, so that none opens what gets the name next, and the
// records of links that ended long ago.
import type { ListedDeletion } from '../commit/delete-project.ts';
import type { Actor } from '../model/commit.ts';
import { shareKey } from '../model/index-keys.ts';
import { type Share, shareState } from '../model/share.ts';
import { idsOf, readShare, revokeShare, type ShareIo } from './shares.ts';

const PURGE: Actor = { kind: 'system', id: 'end of a deleted project' };

/** To be done before the record of the deletion goes: that one says which links were there before. */
export async function revokeSharesOf(
  io: ShareIo,
  { name, revision }: Pick<ListedDeletion, 'name' | 'revision'>,
): Promise<void> {
  for await (const id of idsOf(io.shares)) {
    const share = (await readShare(io.shares, id))?.share;
    if (!share || share.revoked || share.scope.project !== name || share.since > revision) continue;
    await revokeShare(io, id, PURGE);
  }
}

/** @param endedBefore  milliseconds since 1970
 *  @returns how many records went */
export async function purgeShares({ shares, clock }: Omit<ShareIo, 'events'>, endedBefore: number): Promise<number> {
  let purged = 0;
  for await (const id of idsOf(shares)) {
    const at = await readShare(shares, id);
    if (!at || shareState(at.share, clock.now()) === 'active' || endOf(at.share) >= endedBefore) continue;
    if (await shares.delete(shareKey(at.share.id), at.revision)) purged++;
  }
  return purged;
}

function endOf({ revoked, expires, last_used, created }: Share): number {
  if (revoked) return Date.parse(revoked.ts);
  return Math.max(Date.parse(last_used ?? created), expires === undefined ? 0 : Date.parse(expires));
}
