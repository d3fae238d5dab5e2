// What was found to differ from its base row and waits for its commit, and what the commit under way took of it. A path that
// is found again keeps the time at which it was first ready.
import { type Entry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { ancestorsOf, isUnder, type RelPath } from '../../core/model/rel-path.ts';
import type { Version } from '../../core/sync/plan.ts';
import type { Fingerprint } from '../disk/fingerprint.ts';
import type { Site } from '../site.ts';
import { Above } from './above.ts';
import type { LocalChange } from './committer.ts';
import type { Paths } from './count-paths.ts';

interface ReadySite {
  readonly clock: Pick<Site['clock'], 'now'>;
  readonly announcer: Pick<Site['announcer'], 'seen'>;
  readonly state: { readonly rows: Pick<Site['state']['rows'], 'at'> };
}

export class ReadyChanges {
  readonly #site: ReadySite;
  readonly #wakeCommits: () => void;
  readonly #ready = new Map<RelPath, LocalChange>();
  /** above those that put something */
  readonly #abovePuts = new Above();
  /** above those that are gone */
  readonly #aboveGone = new Above();
  #committing: ReadonlyMap<RelPath, LocalChange> = new Map();
  #aboveCommitting = new Above();
  /** what will not resolve any more: the upload begins anew */
  readonly #lostPuts = new WeakSet<Promise<unknown>>();

  constructor(site: ReadySite, wakeCommits: () => void) {
    this.#site = site;
    this.#wakeCommits = wakeCommits;
  }

  /** How many wait for a commit. */
  get size(): number {
    return this.#ready.size;
  }

  /** Those, and the ones in the commit under way. */
  get paths(): readonly Paths[] {
    return [this.#ready, this.#committing];
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
    return this.#committing.has(path) || this.#aboveCommitting.has(path);
  }

  /** @param stored  resolves when its bytes are in hot; absent: they are, or it has none */
  set(path: RelPath, now: Version, fingerprint: Fingerprint, stored?: Promise<unknown>): void {
    const since = this.#ready.get(path)?.since ?? this.#site.clock.now();
    this.#put({ path, now, fingerprint, since, ...(stored && { stored }) });
    this.#site.announcer.seen(this.#site.state.rows.at(path)?.entry, now);
    this.#wakeCommits();
  }

  drop(path: RelPath): void {
    const change = this.#ready.get(path);
    if (!change) return;
    this.#ready.delete(path);
    this.#aboveSuch(change).remove(path);
  }

  #aboveSuch({ now }: LocalChange): Above {
    return now ? this.#abovePuts : this.#aboveGone;
  }

  /** Those that put something, in the order in which they became ready. */
  get puts(): readonly RelPath[] {
    return [...this.#ready.values()].flatMap(({ path, now }) => (now ? [path] : []));
  }

  /** Those that put something at the path or below it. */
  putsWithin(path: RelPath): readonly RelPath[] {
    const within = this.#ready.get(path)?.now ? [path] : [];
    if (!this.#abovePuts.has(path)) return within;
    for (const { path: at, now } of this.#ready.values()) if (now && isUnder(at, path)) within.push(at);
    return within;
  }

  /** What is gone and cannot be beside this: a file above it, and what lay below it where it is a file. */
  goneBeside(put: Entry): readonly LocalChange[] {
    const found: LocalChange[] = [];
    for (const dir of ancestorsOf(put.path)) {
      const change = this.#ready.get(dir);
      if (change && !change.now) found.push(change);
    }
    if (!isFile(put) || !this.#aboveGone.has(put.path)) return found;
    for (const change of this.#ready.values()) {
      if (!change.now && isUnder(change.path, put.path)) found.push(change);
    }
    return found;
  }

  #put(change: LocalChange): void {
    // It keeps its place in the order.
    const before = this.#ready.get(change.path);
    if (before) this.#aboveSuch(before).remove(change.path);
    this.#ready.set(change.path, change);
    this.#aboveSuch(change).add(change.path);
  }

  /** Its bytes did not reach hot. */
  putFailed(path: RelPath, stored: Promise<unknown>): void {
    this.#lostPuts.add(stored);
    if (this.#ready.get(path)?.stored === stored) this.drop(path);
  }

  /** All that puts something has to be found anew. */
  dropPuts(): void {
    for (const [path, { now }] of this.#ready) if (now) this.drop(path);
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
    this.#committing = batch;
    for (const path of batch.keys()) {
      this.drop(path);
      this.#aboveCommitting.add(path);
    }
  }

  /** The commit under way failed, and with it this one. What was found since counts, and what was not stored is found again. */
  giveBack(change: LocalChange): void {
    const isLost = change.stored !== undefined && this.#lostPuts.has(change.stored);
    if (!this.#ready.has(change.path) && !isLost) this.#put(change);
  }

  /** The commit under way ended. */
  ended(): void {
    this.#committing = new Map();
    this.#aboveCommitting = new Above();
  }
}
