// Looks at a manifest node or a commit in both tiers, and makes what is missing or damaged in one from the other. No record
// vouches for these, and they are small: each is read.

import { readCommit } from '../commit/chain.ts';
import { type OnUnreadable, walkNodes } from '../manifest/walk.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import type { RestorePoint } from '../model/restore-point.ts';
import { readObject } from '../store/object-store.ts';
import { tellDamage } from './cold-damage.ts';
import { stateOf } from './copy-state.ts';
import type { EitherTier } from './either-tier.ts';
import type { HealIo, HealResult } from './heal.ts';
import type { TierIo } from './tier-io.ts';

/** What a restore point names but files: without one of these its project cannot be restored.
 *  @param lost  asked as by `walkNodes`: of commits, what is before one that cannot be read is not known */
export async function* metadataOf(
  { hot, nodes }: EitherTier,
  { current }: Pick<RestorePoint, 'current'>,
  lost?: OnUnreadable,
): AsyncIterable<Sha> {
  yield* walkNodes(nodes, current.manifest_sha, lost);
  yield* chainShas(hot, current.commit_sha, lost);
}

/** The last one may be a commit that cannot be read. */
async function* chainShas(hot: EitherTier['hot'], head: Sha, lost: OnUnreadable | undefined): AsyncIterable<Sha> {
  let next: Sha | undefined = head;
  while (next !== undefined) {
    const sha: Sha = next;
    yield sha;
    try {
      next = (await readCommit(hot, sha)).parents[0];
    } catch (error) {
      if (!lost) throw error;
      return lost(sha, error);
    }
  }
}

/** @param how.dryRun  says what it would do
 *  @throws StoreUnavailableError  unknown is neither good nor lost */
export async function healMetadata(
  io: Pick<HealIo, 'tiers' | 'rehydrator'>,
  sha: Sha,
  project: ProjectName,
  { dryRun, signal }: { readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<HealResult> {
  const { tiers, rehydrator } = io;
  const [hot, cold] = await Promise.all([
    stateOf(() => tiers.hot.get(sha, { signal })),
    stateOf(() => tiers.cold.get(sha, { signal })),
  ]);
  if (!dryRun) await tellDamage(tiers, { sha, project }, { hot, cold });
  if (hot === 'good' && cold === 'good') return { kind: 'good' };
  if (hot === 'good') {
    if (!dryRun) await putMetadata(tiers, sha, signal);
    return { kind: 'healed', what: `a part of the manifest or history, ${cold} in cold, from hot` };
  }
  if (cold !== 'good') return { kind: 'lost', reason: 'no tier has this part of the manifest or history intact' };
  if (!dryRun) await rehydrator[hot === 'damaged' ? 'replace' : 'rehydrate'](sha, project, signal);
  return { kind: 'healed', what: `a part of the manifest or history, ${hot} in hot, from cold` };
}

/** Verified on its way, and what lies there is replaced in one step. */
export async function putMetadata({ hot, cold }: Pick<TierIo, 'hot' | 'cold'>, sha: Sha, signal: AbortSignal) {
  const bytes = await readObject(hot, sha);
  await cold.put(sha, bytes.length, bytes, { signal });
}
