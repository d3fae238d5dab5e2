// What is to become of a batch of local changes, while it is found out.
import type { PathOp } from '../../core/commit/path-op.ts';
import { isFile } from '../../core/model/entry.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Site } from '../site.ts';
import type { LocalChange } from './committer.ts';

export interface Draft {
  readonly ops: PathOp[];
  /** the change behind each op, in the same order */
  readonly changes: LocalChange[];
  /** paths that needed no op: their base moved */
  readonly settled: RelPath[];
  readonly again: RelPath[];
  /** paths that the project had once and has no more: they are noted to go from here too */
  readonly outdated: RelPath[];
}

/** The base of the path is what lies on disk. */
export function record(
  { state, ignores }: Pick<Site, 'state' | 'ignores'>,
  { path, now, fingerprint }: LocalChange,
): void {
  if (now && ignores.ignores(path, !isFile(now))) state.leftOut.put(now, state.base?.revision ?? 0);
  else if (now) state.rows.put(now, fingerprint);
  else state.rows.drop(path);
}
