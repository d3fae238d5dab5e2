// What this node knew at a path that cannot exist beside what it commits now: below a new file, or a file above it. It is
// gone from this disk, though nobody may have looked there yet, so it is deleted in the same commit. Only what this node
// never saw is then a conflict.
import type { PathOp } from '../../core/commit/path-op.ts';
import { isFile } from '../../core/model/entry.ts';
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';
import { seenIn } from '../../core/sync/plan.ts';
import type { Row } from '../state/file-rows.ts';

interface Rows {
  at(path: RelPath): Row | undefined;
  under(path: RelPath): readonly Row[];
  hasUnder(path: RelPath): boolean;
}

/** @param ops  what is committed
 *  @returns the deletions that go with it and are not in it */
export function deletionsInTheirPlace(rows: Rows, ops: readonly PathOp[]): PathOp[] {
  const deleted = new Set(ops.flatMap((op) => (op.kind === 'delete' ? [op.path] : [])));
  const found: PathOp[] = [];
  const take = (row: Row | undefined) => {
    if (!row || !isFile(row.entry) || deleted.has(row.entry.path)) return;
    deleted.add(row.entry.path);
    found.push({ kind: 'delete', path: row.entry.path, seen: seenIn(row.entry) });
  };
  const known = new Set<RelPath>();
  for (const op of ops) {
    if (op.kind !== 'put') continue;
    const { path } = op.entry;
    if (isFile(op.entry) && rows.hasUnder(path)) for (const row of rows.under(path)) take(row);
    for (const dir of ancestorsOf(path)) {
      if (!known.has(dir)) take(rows.at(dir));
      known.add(dir);
    }
  }
  return found;
}
