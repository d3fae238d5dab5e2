// Collects which paths changed, the first ones by name and the rest by number, so that a project of a million files
// takes no more memory than one of a thousand.
import { type Moved, pairMoves } from '../../core/manifest/diff.ts';
import type { Change } from '../../core/manifest/tree.ts';
import { unreachable } from '../../core/model/assert.ts';
import { comparePaths, type RelPath } from '../../core/model/rel-path.ts';
import { sameVersion, type Version } from '../../core/sync/plan.ts';
import { LISTED_PATHS, type PathChange } from './feed-event.ts';

export interface Summary {
  readonly count: number;
  readonly paths: PathChange[];
  readonly more: boolean;
}

export class Tally {
  readonly #changes = new Map<RelPath, { readonly was: Version; readonly now: Version }>();
  #beyond = 0;
  #more = false;

  /** A path that changes again keeps what it was at first. */
  add(was: Version, now: Version): void {
    const path = (now ?? was)?.path;
    if (path === undefined) return;
    const known = this.#changes.get(path);
    if (!known && this.#changes.size >= LISTED_PATHS) {
      this.#beyond++;
      return;
    }
    const first = known ? known.was : was;
    if (sameVersion(first, now)) this.#changes.delete(path);
    else this.#changes.set(path, { was: first, now });
  }

  /** What came before is not known, as after a restart. */
  addUnknown(): void {
    this.#more = true;
  }

  /** @param later  changes that came after these */
  absorb(later: Tally): void {
    for (const { was, now } of later.#changes.values()) this.add(was, now);
    this.#beyond += later.#beyond;
    this.#more ||= later.#more;
  }

  get isEmpty(): boolean {
    return this.#changes.size === 0 && this.#beyond === 0 && !this.#more;
  }

  /** In path order; a file that was deleted in one place and came in another is a move. */
  summary(): Summary {
    const changes = [...this.#changes].sort(([a], [b]) => comparePaths(a, b));
    const paths = toPathChanges(changes.flatMap(([, { was, now }]) => toChange(was, now)));
    return { count: paths.length + this.#beyond, paths, more: this.#more || this.#beyond > 0 };
  }
}

export function toChange(was: Version, now: Version): Change[] {
  if (was && now) return [{ kind: 'updated', entry: now, was }];
  if (now) return [{ kind: 'added', entry: now }];
  return was ? [{ kind: 'removed', was }] : [];
}

/** @param changes  in path order */
export function toPathChanges(changes: readonly Change[]): PathChange[] {
  return pairMoves(changes).map(toPathChange);
}

function toPathChange(change: Change | Moved): PathChange {
  switch (change.kind) {
    case 'added':
      return { path: change.entry.path, change: 'created' };
    case 'updated':
      return { path: change.entry.path, change: 'updated' };
    case 'removed':
      return { path: change.was.path, change: 'deleted' };
    case 'moved':
      return { path: change.entry.path, change: 'moved', from: change.was.path };
    default:
      return unreachable(change);
  }
}
