// I12: whether `current` is one that the records here do not belong to, because NATS lost its last seconds or was restored
// from a backup. A lower revision tells; where others have committed since, revisions are as high as before, and only the
// chain of commits tells. It is walked once for each line to the store: on one line `current` never goes back.
import { walkChain } from '../../core/commit/chain.ts';
import type { CurrentAt } from '../../core/model/commit.ts';
import type { Sha } from '../../core/model/ids.ts';
import { ObjectAbsentError } from '../../core/store/store-errors.ts';
import type { Site } from '../site.ts';
import type { WorkspaceState } from '../state/state.ts';

type Meta = Pick<WorkspaceState, 'meta' | 'setMeta'>;

const WENT_BACK = 'went-back';

/** From now on what lies here is later than what is current, whatever its times say. */
export const noteGoingBack = (state: Pick<Meta, 'setMeta'>): void => state.setMeta(WENT_BACK, 'yes');

export const isAfterGoingBack = (state: Pick<Meta, 'meta'>): boolean => Boolean(state.meta(WENT_BACK));

/** All that lies here was compared with what is current. */
export function endGoingBack(state: Meta): void {
  if (isAfterGoingBack(state)) state.setMeta(WENT_BACK, '');
}

/** @param head  as it was read on this line
 *  @throws StoreUnavailableError */
export async function wentBack({ state, heard, stores }: Site, head: CurrentAt): Promise<boolean> {
  const { base, ahead } = state;
  if (!base) return false;
  if (head.revision < base.revision) return true;
  if (heard.isContinued) return false;
  const missing = new Set<Sha>([base.commitSha, (ahead ?? base).commitSha]);
  try {
    for await (const { sha } of walkChain(stores.objects, head.current.commit_sha)) {
      missing.delete(sha);
      if (missing.size === 0) return false;
    }
  } catch (error) {
    // A chain with a hole proves nothing, and then all is compared anew: that never deletes.
    if (!(error instanceof ObjectAbsentError)) throw error;
  }
  return true;
}
