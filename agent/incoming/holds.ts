// Paths that cannot come to disk yet: each rests for a while, or until what it waits for is settled.
import { isUnder, type RelPath } from '../../core/model/rel-path.ts';

interface Hold {
  /** milliseconds since 1970 */
  readonly until: number;
  /** the path on disk that has to be settled first; often the held one itself */
  readonly waitsFor: RelPath;
}

export class Holds {
  readonly #held = new Map<RelPath, Hold>();

  get size(): number {
    return this.#held.size;
  }

  hold(path: RelPath, until: number, waitsFor: RelPath): void {
    this.#held.set(path, { until, waitsFor });
  }

  /** Whether the path may be tried now; a rest that is over ends. */
  mayTry(path: RelPath, now: number): boolean {
    const hold = this.#held.get(path);
    if (!hold) return true;
    if (hold.until > now) return false;
    this.#held.delete(path);
    return true;
  }

  drop(path: RelPath): void {
    this.#held.delete(path);
  }

  clear(): void {
    this.#held.clear();
  }

  /** Ends the rest of what waits for this path, or for something above or below it.
   *  @returns whether anything did */
  release(path: RelPath): boolean {
    const before = this.#held.size;
    for (const [held, { waitsFor }] of this.#held) {
      if (waitsFor === path || isUnder(path, waitsFor) || isUnder(waitsFor, path)) this.#held.delete(held);
    }
    return this.#held.size < before;
  }

  /** When the first rest is over, which may be now; undefined when none is held.
   *  @param triedAt  when all that may be tried began to be. A rest that was over before that and is still noted belongs to
   *  a path that nothing is to come to any more: it ends too. */
  nextAt(triedAt: number): number | undefined {
    let next: number | undefined;
    for (const [path, { until }] of this.#held) {
      if (until < triedAt) this.#held.delete(path);
      else next = Math.min(next ?? until, until);
    }
    return next;
  }
}
