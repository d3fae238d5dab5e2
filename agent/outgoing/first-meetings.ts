// What of a batch meets the project for the first time: it has no row, and nothing else tells that somebody here made it in
// the place of what was. It gives way to a later file of the project's (`later-wins.ts`); all else insists.
import type { PathOp } from '../../core/commit/path-op.ts';
import { isFile } from '../../core/model/entry.ts';
import { parentOf, type RelPath } from '../../core/model/rel-path.ts';
import { isAfterGoingBack } from '../incoming/went-back.ts';
import type { WorkspaceState } from '../state/state.ts';
import type { LocalChange } from './committer.ts';

export class FirstMeetings {
  readonly #rows: Pick<WorkspaceState['rows'], 'at' | 'hasUnder' | 'ofSha'>;
  readonly #deleted: ReadonlySet<RelPath>;
  readonly #isAhead: boolean;
  /** directory → whether a file has its row there, or above */
  readonly #wasFile = new Map<RelPath, boolean>();

  /** @param deleted  the paths that the batch deletes */
  constructor(state: Pick<WorkspaceState, 'meta' | 'rows'>, deleted: ReadonlySet<RelPath>) {
    this.#rows = state.rows;
    this.#deleted = deleted;
    this.#isAhead = isAfterGoingBack(state);
  }

  has({ path, now }: LocalChange): boolean {
    if (!now || this.#isAhead || this.#rows.at(path)) return false;
    // A file that became a directory here, or a directory that became a file.
    if (this.#isBelowFile(path) || this.#rows.hasUnder(path)) return false;
    // It was renamed: its row has the other name.
    if (!isFile(now) || this.#deleted.size === 0) return true;
    return !this.#rows.ofSha(now.sha).some(({ entry }) => this.#deleted.has(entry.path));
  }

  #isBelowFile(path: RelPath): boolean {
    const dir = parentOf(path);
    if (dir === undefined) return false;
    let wasFile = this.#wasFile.get(dir);
    if (wasFile === undefined) {
      const entry = this.#rows.at(dir)?.entry;
      wasFile = (entry !== undefined && isFile(entry)) || this.#isBelowFile(dir);
      this.#wasFile.set(dir, wasFile);
    }
    return wasFile;
  }
}

/** The same, whatever it meets. */
export function insisting(op: PathOp): PathOp {
  if (op.kind !== 'put') return op;
  const { unseen: _, ...rest } = op;
  return rest;
}
