// Decides when a remote change may be told to programs. Commits are announced in their order, and only when nothing of
// them is left to bring to disk. What a later commit replaces before it was ever fetched never comes: then both commits
// are one span, because there is no moment at which the disk holds the earlier one whole.
import type { CurrentAt } from '../../core/model/commit.ts';
import { type Sha, shaSchema } from '../../core/model/ids.ts';
import type { Problem } from '../../core/model/node-status.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Version } from '../../core/sync/plan.ts';
import type { WorkspaceState } from '../state/state.ts';
import type { Feed } from './feed.ts';
import { Tally } from './tally.ts';

/** What the announcer asks of the records of a workspace. */
export type AnnouncedState = Pick<WorkspaceState, 'base' | 'behind' | 'meta' | 'setMeta'>;

interface Span {
  /** null: the workspace held no commit before */
  from: Sha | null;
  tally: Tally;
}

/** A span whose differences are all noted; it is whole when nothing up to its revision is behind. */
interface Point extends Span {
  readonly commit: Sha;
  readonly revision: number;
}

/** Where they are from. */
export interface Merged {
  readonly current: Pick<CurrentAt['current'], 'commit_sha'>;
  readonly revision: number;
}

/** Under this key the state keeps the commit before the first one that is not announced; '' = all are. */
const META = 'announce-from';
const NO_COMMIT = 'none';
const MAX_POINTS = 100;

export class Announcer {
  readonly #feed: Feed;
  readonly #state: AnnouncedState;
  /** in the order of their revisions, which is that of the commits */
  #points: Point[] = [];
  /** what is being noted now */
  #open: Span | undefined;
  #seen = new Tally();
  #sayingSeen: NodeJS.Immediate | undefined;
  #held = '';

  constructor(feed: Feed, state: AnnouncedState) {
    this.#feed = feed;
    this.#state = state;
    feed.wholeAt = () => this.#whole;
    const from = state.meta(META);
    if (!from && state.behind.count === 0) return;
    // An earlier run ended before it was told: what it changed on disk is not known by name any more.
    this.#open = { from: !from || from === NO_COMMIT ? null : shaSchema.parse(from), tally: new Tally() };
    this.#open.tally.addUnknown();
  }

  /** The newest commit that is whole on disk. */
  get #whole(): Sha | null {
    const first = this.#points[0] ?? this.#open;
    return first ? first.from : (this.#state.base?.commitSha ?? null);
  }

  /** A local change was found and read whole. Many are told together. */
  seen(was: Version, now: Version): void {
    this.#seen.add(was, now);
    this.#sayingSeen ??= setImmediate(() => this.#saySeen());
  }

  /** Local changes are in the project. */
  committed(commit: Sha, changes: Tally): void {
    this.#saySeen();
    if (!changes.isEmpty) this.#feed.publish({ type: 'committed', commit, ...changes.summary() });
  }

  /** The differences between the base and a newer commit are about to be noted. May be said again after a failure. */
  noting(): void {
    this.#begin(this.#state.base?.commitSha ?? null);
  }

  #begin(from: Sha | null): void {
    if (this.#open) return;
    if (this.#points.length === 0) this.#state.setMeta(META, from ?? NO_COMMIT);
    this.#open = { from, tally: new Tally() };
  }

  /** This path is about to be noted: an older note of it gives way, and its version will now never come to disk. */
  notes(path: RelPath): void {
    const old = this.#points.length > 0 ? this.#state.behind.at(path) : undefined;
    if (old) this.#absorb(old.revision);
  }

  /** All that differs up to this commit is noted. */
  noted({ current, revision }: CurrentAt): void {
    this.#close(current.commit_sha, revision);
    this.check();
  }

  /** A commit holds versions which are still to come to disk though it is noted: merged ones, of this node's own commit, or
   *  what takes the place of an old copy.
   *  @param from  what was the base before it */
  merged({ current, revision }: Merged, from: Sha | null): void {
    // After a noting that failed in the middle, the next one ends this span too.
    const endsLater = this.#open !== undefined;
    this.#begin(from);
    this.#absorb(0);
    if (!endsLater) this.#close(current.commit_sha, revision);
  }

  /** The agent changed the disk. @param revision  of the commit that asked for it */
  landed(revision: number, was: Version, now: Version): void {
    const span = this.#points.find((point) => point.revision >= revision) ?? this.#open ?? this.#points.at(-1);
    span?.tally.add(was, now);
  }

  /** `current` went back (I12): nothing is known of what the disk holds against it. */
  wentBack(): void {
    this.#points = [];
    this.#open = undefined;
    this.#state.setMeta(META, '');
    this.#feed.publish({ type: 'reset', reason: 'went-back' });
  }

  /** Something came to disk, or needs to no more. Never within a transaction, which could still be undone. */
  check(): void {
    for (let first = this.#points[0]; first && this.#isWhole(first); first = this.#points[0]) {
      this.#points.shift();
      this.#held = '';
      const { from, commit, tally } = first;
      if (!tally.isEmpty) this.#feed.publish({ type: 'applied', commit, from, ...tally.summary() });
      // Told first, then recorded as told: a crash between the two tells it twice, never not at all.
      const next = this.#points[0] ?? this.#open;
      this.#state.setMeta(META, next ? (next.from ?? NO_COMMIT) : '');
    }
  }

  /** Nothing is under way, and commits are not whole: says which paths they wait for, once. */
  stuck(problems: readonly Problem[]): void {
    const [first] = this.#points;
    if (!first) return;
    const paths = problems.flatMap(({ path, code, reason }) => {
      // A problem may lie at a name that is no path of the project; then nothing is behind there.
      const behind = this.#state.behind.at(path as RelPath);
      return behind && behind.revision <= first.revision ? [{ path: behind.path, code, reason }] : [];
    });
    const told = JSON.stringify([first.commit, paths]);
    if (paths.length === 0 || told === this.#held) return;
    this.#held = told;
    this.#feed.publish({ type: 'held', commit: first.commit, from: first.from, paths });
  }

  close(): void {
    this.#saySeen();
  }

  /** Makes all points from a revision on a part of the span that is being noted. */
  #absorb(revision: number): void {
    for (let last = this.#points.at(-1); this.#open && last && last.revision >= revision; last = this.#points.at(-1)) {
      this.#points.pop();
      last.tally.absorb(this.#open.tally);
      this.#open = { from: last.from, tally: last.tally };
    }
  }

  #close(commit: Sha, revision: number): void {
    if (!this.#open) return;
    this.#points.push({ ...this.#open, commit, revision });
    this.#open = undefined;
    // While one path holds all up, the commits that pile up behind it become longer spans, not more memory.
    if (this.#points.length > MAX_POINTS) this.#joinLastTwo();
  }

  #joinLastTwo(): void {
    const [before, last] = this.#points.splice(-2);
    if (!before || !last) return;
    before.tally.absorb(last.tally);
    this.#points.push({ ...last, from: before.from, tally: before.tally });
  }

  #isWhole({ revision }: Point): boolean {
    return this.#state.behind.count === 0 || !this.#state.behind.hasUpTo(revision);
  }

  #saySeen(): void {
    clearImmediate(this.#sayingSeen);
    this.#sayingSeen = undefined;
    const seen = this.#seen;
    this.#seen = new Tally();
    if (!seen.isEmpty) this.#feed.publish({ type: 'seen', ...seen.summary() });
  }
}
