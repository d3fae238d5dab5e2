// What was found to differ from its base row and waits for its commit, and what the commit under way took of it. A path that
// is found again keeps the time at which it was first ready.
import { isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Version } from '../../core/sync/plan.ts';
import type { Fingerprint } from '../disk/fingerprint.ts';
import type { Site } from '../site.ts';
import type { LocalChange } from './committer.ts';

export class ReadyChanges {
  readonly #site: Site;
  readonly #wakeCommits: () => void;
  readonly #ready = new Map<RelPath, LocalChange>();
  #committing: ReadonlyMap<RelPath, LocalChange> = new Map();
  /** what will not resolve any more: the upload begins anew */
  readonly #lostPuts = new WeakSet<Promise<unknown>>();

  constructor(site: Site, wakeCommits: () => void) {
    this.#site = site;
    this.#wakeCommits = wakeCommits;
  }

  /** How many wait for a commit. */
  get size(): number {
    return this.#ready.size;
  }

  /** Those, and the ones in the commit under way. */
  get pending(): number {
    return this.#ready.size + this.#committing.size;
  }

  /** Since when the longest waiting one is ready. */
  get oldestAt(): number | undefined {
    let oldest: number | undefined;
    for (const changes of [this.#ready, this.#committing]) {
      for (const { since } of changes.values()) {
        oldest = Math.min(oldest ?? since, since);
        break;
      }
    }
    return oldest;
  }

  /** What waits for a commit, in the order in which it became ready. */
  waiting(): IterableIterator<LocalChange> {
    return this.#ready.values();
  }

  at(path: RelPath): LocalChange | undefined {
    return this.#ready.get(path);
  }

  committingAt(path: RelPath): LocalChange | undefined {
    return this.#committing.get(path);
  }

  /** Whether the path, or one below it, is in the commit under way. */
  isCommitting(path: RelPath): boolean {
    if (this.#committing.has(path)) return true;
    for (const one of this.#committing.keys()) if (one.startsWith(`${path}/`)) return true;
    return false;
  }

  /** @param stored  resolves when its bytes are in hot; absent: they are, or it has none */
  set(path: RelPath, now: Version, fingerprint: Fingerprint, stored?: Promise<unknown>): void {
    const since = this.#ready.get(path)?.since ?? this.#site.clock.now();
    this.#ready.set(path, { path, now, fingerprint, since, ...(stored && { stored }) });
    this.#site.announcer.seen(this.#site.state.rows.at(path)?.entry, now);
    this.#wakeCommits();
  }

  drop(path: RelPath): void {
    this.#ready.delete(path);
  }

  /** Its bytes did not reach hot. */
  putFailed(path: RelPath, stored: Promise<unknown>): void {
    this.#lostPuts.add(stored);
    if (this.#ready.get(path)?.stored === stored) this.#ready.delete(path);
  }

  /** All that puts something has to be found anew. */
  dropPuts(): void {
    for (const [path, { now }] of this.#ready) if (now) this.#ready.delete(path);
  }

  /** A file here that was to be committed with these bytes. */
  pathOf(sha: Sha): RelPath | undefined {
    for (const changes of [this.#ready, this.#committing]) {
      for (const { path, now } of changes.values()) if (now && isFile(now) && now.sha === sha) return path;
    }
    return undefined;
  }

  /** A commit begins with these. */
  take(batch: ReadonlyMap<RelPath, LocalChange>): void {
    for (const path of batch.keys()) this.#ready.delete(path);
    this.#committing = batch;
  }

  /** The commit under way failed, and with it this one. What was found since counts, and what was not stored is found again. */
  giveBack(change: LocalChange): void {
    const isLost = change.stored !== undefined && this.#lostPuts.has(change.stored);
    if (!this.#ready.has(change.path) && !isLost) this.#ready.set(change.path, change);
  }

  /** The commit under way ended. */
  ended(): void {
    this.#committing = new Map();
  }
}
