// What this node knew at a path that cannot exist beside what it commits now: below a new file, or a file above it. It is
// gone from this disk, though nobody may have looked there yet, so it is deleted in the same commit. Only what this node
// never saw is then a conflict.
import type { PathOp } from '../../core/commit/path-op.ts';
import { isFile } from '../../core/model/entry.ts';
import { ancestorsOf, isUnder, type RelPath } from '../../core/model/rel-path.ts';
import { seenIn, type Version } from '../../core/sync/plan.ts';
import type { Row } from '../state/file-rows.ts';
import type { Draft } from './draft.ts';

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

/** A file and something known above or below it, which lies on this disk still, or came since: the file is not there any
 *  more, and its commit would take from the project what others put there. What is dropped is to be looked at again.
 *  @param isGone  whether what the rows have at a path is gone from disk */
export function dropOvertaken(
  rows: Rows,
  { ops, changes, again }: Draft,
  isGone: (path: RelPath, was: Version) => boolean,
): void {
  const here = deletionsInTheirPlace(rows, ops).flatMap((op) =>
    op.kind === 'delete' && !isGone(op.path, rows.at(op.path)?.entry) ? [op.path] : [],
  );
  if (here.length === 0) return;
  for (let i = ops.length - 1; i >= 0; i--) {
    const op = ops[i];
    if (op?.kind !== 'put') continue;
    const { path } = op.entry;
    if (!here.some((at) => isUnder(at, path) || isUnder(path, at))) continue;
    ops.splice(i, 1);
    changes.splice(i, 1);
    again.push(path);
  }
}
