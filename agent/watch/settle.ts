// When a changed path is worth a look. A quiet file is taken at once; a file that is being written is left until it has
// been quiet for a tenth of the time that the writing took; a file that never rests is taken now and then, ever less
// often. Pure: time comes in with each call.
import type { RelPath } from '../../core/model/rel-path.ts';

/** An editor's open, write and close lie within this. */
const QUIET_MS = 2;
/** A pause longer than this ends any writing, however long it took. */
const MAX_QUIET_MS = 1_000;
/** A file that is written without pause is looked at all the same after this. */
const MAX_WAIT_MS = 10_000;
/** A path that keeps changing is taken as often as it rests, for this long; then ever less often, a tenth of the time
 *  that it has been at it, up to MAX_PACE_MS. */
const FREE_MS = 30_000;
const MAX_PACE_MS = 10_000;
/** A path that was not taken for this long, or for two of its paces, has come to rest. */
const RESTED_MS = 1_000;
/** So many streaks are looked through for rested ones. */
const FORGET_AT = 4_096;

export interface Due {
  readonly path: RelPath;
  /** since its first hint */
  readonly waitedMs: number;
}

interface Pending {
  readonly firstAt: number;
  dueAt: number;
}

/** A path that was taken and may be changing on. */
interface Streak {
  readonly startedAt: number;
  takenAt: number;
}

export class Settle {
  readonly #pending = new Map<RelPath, Pending>();
  readonly #streaks = new Map<RelPath, Streak>();
  readonly #queue = new DueQueue();
  #forgetAt = FORGET_AT;

  get size(): number {
    return this.#pending.size;
  }

  get paths(): ReadonlyMap<RelPath, unknown> {
    return this.#pending;
  }

  has(path: RelPath): boolean {
    return this.#pending.has(path);
  }

  /** When the longest waiting path was first heard of. */
  get oldestAt(): number | undefined {
    for (const { firstAt } of this.#pending.values()) return firstAt;
    return undefined;
  }

  /** Something happened at `path`. */
  hint(path: RelPath, now: number): void {
    const pending = this.#pending.get(path);
    if (!pending) {
      this.#add(path, { firstAt: now, dueAt: Math.max(now + QUIET_MS, this.#paceOf(path, now)) });
      return;
    }
    const quietMs = Math.min(MAX_QUIET_MS, Math.max(QUIET_MS, (now - pending.firstAt) / 10));
    const dueAt = Math.max(Math.min(now + quietMs, pending.firstAt + MAX_WAIT_MS), this.#paceOf(path, now));
    if (dueAt === pending.dueAt) return;
    pending.dueAt = dueAt;
    this.#queue.push(dueAt, path);
  }

  /** Look again after `ms`, or sooner if a hint says so. What `take` gave out keeps its age with `waitedMs`. */
  postpone(path: RelPath, now: number, ms: number, waitedMs = 0): void {
    const pending = this.#pending.get(path);
    if (pending) {
      pending.dueAt = now + ms;
      this.#queue.push(pending.dueAt, path);
    } else this.#add(path, { firstAt: now - waitedMs, dueAt: now + ms });
  }

  /** What has settled; each is given once. */
  take(now: number, limit: number): Due[] {
    const due: Due[] = [];
    while (due.length < limit) {
      const path = this.#queue.pop(now, (at, path) => this.#pending.get(path)?.dueAt === at);
      if (path === undefined) break;
      const pending = this.#pending.get(path);
      if (!pending) continue;
      this.#pending.delete(path);
      this.#note(path, now);
      due.push({ path, waitedMs: now - pending.firstAt });
    }
    if (this.#streaks.size > this.#forgetAt) {
      this.#forgetRested(now);
      this.#forgetAt = Math.max(FORGET_AT, 2 * this.#streaks.size);
    }
    return due;
  }

  /** When the next path may have settled; undefined when none waits. */
  nextAt(): number | undefined {
    return this.#queue.first((at, path) => this.#pending.get(path)?.dueAt === at);
  }

  #add(path: RelPath, pending: Pending): void {
    this.#pending.set(path, pending);
    this.#queue.push(pending.dueAt, path);
  }

  /** The earliest time to take the path again. */
  #paceOf(path: RelPath, now: number): number {
    const streak = this.#streaks.get(path);
    if (!streak) return 0;
    if (hasRested(streak, now)) {
      this.#streaks.delete(path);
      return 0;
    }
    return streak.takenAt + gapMs(streak);
  }

  #note(path: RelPath, now: number): void {
    const streak = this.#streaks.get(path);
    if (streak) streak.takenAt = now;
    else this.#streaks.set(path, { startedAt: now, takenAt: now });
  }

  #forgetRested(now: number): void {
    for (const [path, streak] of this.#streaks) if (hasRested(streak, now)) this.#streaks.delete(path);
  }
}

function gapMs({ startedAt, takenAt }: Streak): number {
  const lastedMs = takenAt - startedAt;
  return lastedMs < FREE_MS ? 0 : Math.min(MAX_PACE_MS, lastedMs / 10);
}

const hasRested = (streak: Streak, now: number): boolean =>
  now - streak.takenAt > Math.max(RESTED_MS, 2 * gapMs(streak));

type IsValid = (at: number, path: RelPath) => boolean;

/** A binary heap by time. An item that was moved stays behind and is dropped when it comes up: the caller says which are valid. */
class DueQueue {
  readonly #heap: { at: number; path: RelPath }[] = [];

  push(at: number, path: RelPath): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push({ at, path });
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if ((heap[parent]?.at ?? 0) <= at) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  first(isValid: IsValid): number | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (isValid(top.at, top.path)) return top.at;
      this.#dropTop();
    }
    return undefined;
  }

  pop(now: number, isValid: IsValid): RelPath | undefined {
    const at = this.first(isValid);
    if (at === undefined || at > now) return undefined;
    const path = this.#heap[0]?.path;
    this.#dropTop();
    return path;
  }

  #dropTop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    heap[0] = last;
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      const right = left + 1;
      let least = i;
      if (left < heap.length && this.#at(left) < this.#at(least)) least = left;
      if (right < heap.length && this.#at(right) < this.#at(least)) least = right;
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #at(i: number): number {
    return this.#heap[i]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(i: number, j: number): void {
    const heap = this.#heap;
    const [a, b] = [heap[i], heap[j]];
    if (a && b) {
      heap[i] = b;
      heap[j] = a;
    }
  }
}
