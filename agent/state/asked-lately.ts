// What was asked for lately: whoever decides about a path asks more than once, and so do those who decide about its neighbours
// of their directory. An answer out of here costs a tenth of a question to the database. It has to be told of every change.
import type { RelPath } from '../../core/model/rel-path.ts';

/** Paths of a few batches. */
const MOST = 2_048;

export class AskedLately<T> {
  readonly #answers = new Map<RelPath, T | undefined>();

  /** @param ask  what there is, when it is not known; undefined: nothing, which is known from then on too */
  get(path: RelPath, ask: () => T | undefined): T | undefined {
    const known = this.#answers.get(path);
    if (known !== undefined || this.#answers.has(path)) return known;
    const answer = ask();
    this.set(path, answer);
    return answer;
  }

  set(path: RelPath, answer: T | undefined): void {
    if (this.#answers.size >= MOST && !this.#answers.has(path)) this.#answers.clear();
    this.#answers.set(path, answer);
  }

  clear(): void {
    this.#answers.clear();
  }
}
