// Whether a commit is before the one that is current, asked again and again while `current` moves on. What was found out for
// one head holds for all that go on from it, so that only the commits since are read; and however long the chain is, no
// question reads all of it.
import type { Sha } from '../model/ids.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';
import { walkChain } from './chain.ts';

/** How far back it looks. What lies further back counts as not before. */
export const LINEAGE_DEPTH = 20_000;

interface Answered {
  readonly head: Sha;
  readonly isBefore: boolean;
}

export class Lineage {
  readonly #objects: Pick<ObjectStore, 'get'>;
  readonly #depth: number;
  /** earlier commit → what was found out last */
  readonly #answered = new Map<Sha, Answered>();

  constructor(objects: Pick<ObjectStore, 'get'>, depth = LINEAGE_DEPTH) {
    this.#objects = objects;
    this.#depth = depth;
  }

  /** I12: a commit that NATS forgot is not in the chain of what is current, though the process saw it there once. */
  async isBefore(earlier: Sha, head: Sha): Promise<boolean> {
    const isBefore = await this.#look(earlier, head, this.#answered.get(earlier));
    this.#answered.set(earlier, { head, isBefore });
    return isBefore;
  }

  async #look(earlier: Sha, head: Sha, answered: Answered | undefined): Promise<boolean> {
    let looked = 0;
    try {
      for await (const { sha } of walkChain(this.#objects, head)) {
        if (sha === earlier) return true;
        if (sha === answered?.head) return answered.isBefore;
        if (++looked >= this.#depth) return false;
      }
    } catch (error) {
      // A chain with a hole proves nothing.
      if (!(error instanceof ObjectAbsentError)) throw error;
    }
    return false;
  }
}
