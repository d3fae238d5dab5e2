// Changes as a person counts them. A directory has an entry only while it is empty, so that the first thing that comes into it
// takes the entry away: nothing was deleted by that, for the directory is there, and what is in it says so.
import { isFile } from '../model/entry.ts';
import { ancestorsOf, type RelPath } from '../model/rel-path.ts';
import type { Change } from './tree.ts';

/** Those whose entries gave way to what came into them: known once all changes were seen in path order, or twice in any. */
export class FilledDirs {
  readonly #gone = new Set<RelPath>();
  readonly #filled = new Set<RelPath>();

  see(change: Change): void {
    if (change.kind === 'removed' && !isFile(change.was)) this.#gone.add(change.was.path);
    if (change.kind !== 'added' || this.#gone.size === 0) return;
    for (const dir of ancestorsOf(change.entry.path)) if (this.#gone.has(dir)) this.#filled.add(dir);
  }

  has(change: Change): boolean {
    return change.kind === 'removed' && this.#filled.has(change.was.path);
  }
}

/** @returns without their entries, in the order of `changes` */
export function withoutFilledDirs(changes: readonly Change[]): readonly Change[] {
  if (!changes.some((change) => change.kind === 'removed' && !isFile(change.was))) return changes;
  const dirs = new FilledDirs();
  for (const change of changes) dirs.see(change);
  for (const change of changes) dirs.see(change);
  return changes.filter((change) => !dirs.has(change));
}
