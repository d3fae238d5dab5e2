// The newest `current` that this workspace heard of, from the watch or from its own commits: where the next commit starts
// without asking. Only a hint (I2): the compare-and-swap decides.
import type { CurrentAt } from '../../core/model/commit.ts';

export class Heard {
  #at: CurrentAt | undefined;

  get at(): CurrentAt | undefined {
    return this.#at;
  }

  /** The watch may lag behind this node's own commits, so an older one is passed over. */
  note(at: CurrentAt): void {
    if (!this.#at || at.revision > this.#at.revision) this.#at = at;
  }

  forget(): void {
    this.#at = undefined;
  }
}
