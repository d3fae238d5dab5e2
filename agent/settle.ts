// When a changed path is worth a look. A quiet file is taken at once; a file that is being written is left until it has
// been quiet for a tenth of the time that the writing took; a file that never rests is taken now and then, ever less
// often. Pure: time comes in with each call.
import type { RelPath } from '../core/model/rel-path.ts';

/** An editor's open, write and close lie within this. */
const QUIET_MS = 2;
/** A pause longer than this ends any writing, however long it took. */
const MAX_QUIET_MS = 1_000;
/** A file that is written without pause is looked at all the same after this. */
const MAX_WAIT_MS = 10_000;
/** The pace of a path that changes again right after it was taken: starts here, doubles up to MAX_PACE_MS. */
const MIN_PACE_MS = 20;
const MAX_PACE_MS = 10_000;

export interface Due {
  readonly path: RelPath;
  /** since its first hint */
  readonly waitedMs: number;
}

interface Pending {
  readonly firstAt: number;
  dueAt: number;
}

interface Pace {
  takenAt: number;
  gapMs: number;
}

export class Settle {
  readonly #pending = new Map<RelPath, Pending>();
  readonly #paces = new Map<RelPath, Pace>();
  readonly #queue = new DueQueue();

  get size(): number {
    return this.#pending.size;
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
      this.#pace(path, now);
      due.push({ path, waitedMs: now - pending.firstAt });
    }
    if (this.#paces.size > 4096) this.#forgetQuietOnes(now);
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

  #paceOf(path: RelPath, now: number): number {
    const pace = this.#paces.get(path);
    if (!pace) return 0;
    if (now - pace.takenAt > 2 * pace.gapMs) {
      this.#paces.delete(path);
      return 0;
    }
    return pace.takenAt + pace.gapMs;
  }

  #pace(path: RelPath, now: number): void {
    const pace = this.#paces.get(path);
    if (pace) {
      pace.takenAt = now;
      pace.gapMs = Math.min(MAX_PACE_MS, pace.gapMs * 2);
    } else this.#paces.set(path, { takenAt: now, gapMs: MIN_PACE_MS });
  }

  #forgetQuietOnes(now: number): void {
    for (const [path, pace] of this.#paces) if (now - pace.takenAt > 2 * pace.gapMs) this.#paces.delete(path);
  }
}

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
