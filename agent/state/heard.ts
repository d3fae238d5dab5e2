// The newest `current` that this workspace heard of, from the watch or from its own commits: where the next commit starts
// without asking. Only a hint (I2): the compare-and-swap decides.
import type { CurrentAt } from '../../core/model/commit.ts';

export class Heard {
  #at: CurrentAt | undefined;
  #lines = 1;
  #provenOn = 0;

  get at(): CurrentAt | undefined {
    return this.#at;
  }

  /** The watch may lag behind this node's own commits, so an older one is passed over. */
  note(at: CurrentAt): void {
    if (!this.#at || at.revision > this.#at.revision) this.#at = at;
  }

  /** The line to the store broke. It may come back older than it was, with other values under the same revisions (I12). */
  forget(): void {
    this.#at = undefined;
    this.#lines++;
  }

  /** Which line this is; each break makes another one. */
  get line(): number {
    return this.#lines;
  }

  /** Whether `current` was seen, on this line, to go on from what the workspace has as its base. */
  get isContinued(): boolean {
    return this.#provenOn === this.#lines;
  }

  continued(line: number): void {
    this.#provenOn = line;
  }
}
