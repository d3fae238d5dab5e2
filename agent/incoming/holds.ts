// Paths that cannot come to disk yet: each rests for a while, or until what it waits for is settled. What many paths may
// lack for long, and each try asks somebody else for, is tried ever less often.
import { isUnder, type RelPath } from '../../core/model/rel-path.ts';

interface Hold {
  /** milliseconds since 1970 */
  readonly until: number;
  /** the path on disk that has to be settled first; often the held one itself */
  readonly waitsFor: RelPath;
}

export const FIRST_REST_MS = 5_000;
/** No path that lacks something for hours is tried less often. */
export const LONGEST_REST_MS = 60_000;

export class Holds {
  readonly #held = new Map<RelPath, Hold>();
  /** how long the last rest was, of paths that are tried ever less often */
  readonly #rests = new Map<RelPath, number>();

  get size(): number {
    return this.#held.size;
  }

  has(path: RelPath): boolean {
    return this.#held.has(path);
  }

  hold(path: RelPath, until: number, waitsFor: RelPath): void {
    this.#held.set(path, { until, waitsFor });
  }

  /** For twice as long as the last time.
   *  @returns for how many milliseconds */
  holdLonger(path: RelPath, now: number): number {
    const last = this.#rests.get(path);
    const rest = last === undefined ? FIRST_REST_MS : Math.min(LONGEST_REST_MS, 2 * last);
    this.#rests.set(path, rest);
    this.hold(path, now + rest, path);
    return rest;
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
    this.#rests.delete(path);
  }

  clear(): void {
    this.#held.clear();
    this.#rests.clear();
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
   *  a path that nothing is to come to any more: it ends too.
   *  @param isUnderWay  whether somebody is asked for what the path lacks: how long it rested last still counts then */
  nextAt(triedAt: number, isUnderWay: (path: RelPath) => boolean = () => false): number | undefined {
    let next: number | undefined;
    for (const [path, { until }] of this.#held) {
      if (until < triedAt) this.#held.delete(path);
      else next = Math.min(next ?? until, until);
    }
    for (const path of this.#rests.keys()) if (!this.#held.has(path) && !isUnderWay(path)) this.#rests.delete(path);
    return next;
  }
}
