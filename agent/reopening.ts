// When a workspace that stopped is opened again. One that cannot be opened is tried every two seconds: that costs a look at
// its marker. One that was open and stopped costs a look at all its files: it is tried ever less often. What stopped it is
// news once, whatever number of tries that takes.
import { LOOK_EVERY_MS } from './marker.ts';

const RETRY_MAX_MS = 60_000;
/** Who runs for so long after a stop works again. */
export const WORKS_AFTER_MS = 10_000;

export class Reopening {
  readonly #random: () => number;
  #why: string | undefined;
  #stops = 0;

  /** @param random  0 ≤ value < 1: many workspaces on a full disk do not all come back at once */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Whether it is to be seen yet that what stopped it is gone. */
  get isDoubtful(): boolean {
    return this.#stops > 0;
  }

  /** @param wasOpen  it was opened, and looked at its files */
  stopped(why: string, wasOpen: boolean): { readonly retryInMs: number; readonly isNews: boolean } {
    const isNews = why !== this.#why;
    this.#why = why;
    if (!wasOpen) return { retryInMs: LOOK_EVERY_MS, isNews };
    const pauseMs = Math.min(RETRY_MAX_MS, LOOK_EVERY_MS * 2 ** this.#stops++);
    return { retryInMs: Math.round(pauseMs * (0.75 + this.#random() / 4)), isNews };
  }

  /** @returns whether that is news */
  works(): boolean {
    const isNews = this.#why !== undefined;
    this.#why = undefined;
    this.#stops = 0;
    return isNews;
  }
}
