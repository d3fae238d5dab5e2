// A file cannot be beside a file above it, nor beside anything below it. What this node knows there is deleted in the same
// commit, as a deletion that was found and counted like any other (I9). Where some of it is not, it lies on this disk still,
// came since, or nobody has looked yet: to commit all the same would take from the project what nobody saw go.
import type { PathOp } from '../../core/commit/path-op.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';
import type { Row } from '../state/file-rows.ts';
import type { Draft } from './draft.ts';

interface Rows {
  at(path: RelPath): Row | undefined;
  under(path: RelPath): readonly Row[];
  hasUnder(path: RelPath): boolean;
}

/** What is put where something known has no deletion in the draft is dropped from it; both are to be looked at again. */
export function dropWithoutPlace(rows: Rows, { ops, changes, again }: Draft): void {
  const places = new Places(rows, ops);
  for (let i = ops.length - 1; i >= 0; i--) {
    const op = ops[i];
    if (op?.kind !== 'put') continue;
    const inTheWay = places.inTheWayOf(op.entry);
    if (inTheWay.length === 0) continue;
    ops.splice(i, 1);
    changes.splice(i, 1);
    again.push(op.entry.path, ...inTheWay);
  }
}

class Places {
  readonly #rows: Rows;
  readonly #deleted: ReadonlySet<RelPath>;
  /** directory → the file that this node knows at its path, if it stays */
  readonly #above = new Map<RelPath, RelPath | undefined>();

  constructor(rows: Rows, ops: readonly PathOp[]) {
    this.#rows = rows;
    this.#deleted = new Set(ops.flatMap((op) => (op.kind === 'delete' ? [op.path] : [])));
  }

  /** An empty directory is in nobody's way: its row goes with what comes into it, or in its place. */
  inTheWayOf(put: Entry): RelPath[] {
    const { path } = put;
    const found = ancestorsOf(path).flatMap((dir) => this.#fileAt(dir) ?? []);
    if (!isFile(put) || !this.#rows.hasUnder(path)) return found;
    return [...found, ...this.#rows.under(path).flatMap((row) => this.#staying(row) ?? [])];
  }

  #fileAt(dir: RelPath): RelPath | undefined {
    if (!this.#above.has(dir)) this.#above.set(dir, this.#staying(this.#rows.at(dir)));
    return this.#above.get(dir);
  }

  #staying(row: Row | undefined): RelPath | undefined {
    if (!row || !isFile(row.entry) || this.#deleted.has(row.entry.path)) return undefined;
    return row.entry.path;
  }
}
