// I12: whether `current` is one that the records here do not belong to, because NATS lost its last seconds or was restored
// from a backup. A lower revision tells; where others have committed since, revisions are as high as before, and only the
// chain of commits tells. It is walked once for each line to the store: on one line `current` never goes back.
import { readCommit } from '../../core/commit/chain.ts';
import { MAX_FOLLOWED } from '../../core/commit/commit.ts';
import { COMMITS_A_SWAP } from '../../core/commit/prepare-commit.ts';
import type { CurrentAt } from '../../core/model/commit.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import { ObjectAbsentError } from '../../core/store/store-errors.ts';
import type { Heard } from '../state/heard.ts';
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

interface WentBackSite {
  readonly state: Pick<WorkspaceState, 'base' | 'ahead'>;
  readonly heard: Pick<Heard, 'isContinued'>;
  readonly stores: { readonly objects: Pick<ObjectStore, 'get'> };
}

/** How far a walk came. What it passed is before every head that it is reached from, on whatever line. */
interface Passed {
  readonly head: Sha;
  readonly wanted: string;
  /** what was not found yet */
  readonly missing: Set<Sha>;
  readonly next: Sha | undefined;
  readonly count: number;
}

export class WentBack {
  readonly #site: WentBackSite;
  readonly #unheard: number;
  /** of a walk that was cut off */
  #passed: Passed | undefined;

  /** @param unheard  how many swaps of others may follow one of this node's own until it hears that it was made */
  constructor(site: WentBackSite, unheard = MAX_FOLLOWED) {
    this.#site = site;
    this.#unheard = unheard;
  }

  /** @param head  as it was read on this line
   *  @throws StoreUnavailableError  said again, it goes on where it was cut off */
  async has(head: CurrentAt): Promise<boolean> {
    const { state, heard } = this.#site;
    const { base, ahead } = state;
    if (!base) return false;
    if (head.revision < base.revision) return true;
    if (heard.isContinued) return false;
    try {
      const known = [base.commitSha, (ahead ?? base).commitSha];
      // Each swap took a revision of its own: what lies further back is not before this head.
      const depth = COMMITS_A_SWAP * (head.revision - base.revision + this.#unheard);
      return !(await this.#passesAll(known, head.current.commit_sha, depth));
    } catch (error) {
      // A chain with a hole proves nothing, and then all is compared anew: that never deletes.
      if (error instanceof ObjectAbsentError) return true;
      throw error;
    }
  }

  async #passesAll(known: readonly Sha[], head: Sha, depth: number): Promise<boolean> {
    const wanted = known.join(' ');
    const earlier = this.#passed?.wanted === wanted ? this.#passed : undefined;
    let at: Passed = { head, wanted, missing: new Set(known), next: head, count: 0 };
    let isShort = earlier !== undefined;
    while (at.next !== undefined && at.count <= depth) {
      if (earlier && at.next === earlier.head) {
        // What this walk passed is before the head too.
        const missing = new Set([...earlier.missing].filter((sha) => at.missing.has(sha)));
        at = { ...earlier, head, missing, count: at.count + earlier.count };
        isShort = false;
        if (missing.size === 0) break;
      } else {
        at.missing.delete(at.next);
        if (at.missing.size === 0) break;
        const [parent] = (await readCommit(this.#site.stores.objects, at.next)).parents;
        at = { ...at, next: parent, count: at.count + 1 };
      }
      // Until it meets the earlier one, that one came further.
      if (!isShort) this.#passed = at;
    }
    this.#passed = undefined;
    return at.missing.size === 0;
  }
}
