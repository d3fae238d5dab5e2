// Collects what has been staged until the next turn, so that what arrives together is placed together: in few turns, and in
// few transactions.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Staged } from './land.ts';

export class Arrivals {
  readonly #place: (staged: readonly Staged[]) => void;
  #staged: Staged[] = [];
  #placing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(place: (staged: readonly Staged[]) => void) {
    this.#place = place;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  add(one: Staged): void {
    this.#staged.push(one);
    this.#placing ??= this.#placeSoon();
  }

  /** @throws the first failure */
  async done(): Promise<void> {
    while (this.#placing) await this.#placing;
    if (this.#failure) throw this.#failure.error;
  }

  async #placeSoon(): Promise<void> {
    await nextTurn();
    const staged = this.#staged;
    this.#staged = [];
    this.#placing = undefined;
    try {
      this.#place(staged);
    } catch (error) {
      this.fail(error);
    }
  }
}
