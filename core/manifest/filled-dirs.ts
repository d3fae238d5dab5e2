// Changes as a person counts them. A directory has an entry only while it is empty, so that the first thing that comes into it
// takes the entry away: nothing was deleted by that, for the directory is there, and what is in it says so.
import { isFile } from '../model/entry.ts';
import { ancestorsOf, type RelPath } from '../model/rel-path.ts';
import type { Change } from './tree.ts';

/** @returns without the entries of directories that gave way to what came into them, in the order of `changes` */
export function withoutFilledDirs(changes: readonly Change[]): readonly Change[] {
  const gone = new Set<RelPath>();
  for (const change of changes) if (change.kind === 'removed' && !isFile(change.was)) gone.add(change.was.path);
  if (gone.size === 0) return changes;
  const filled = new Set<RelPath>();
  for (const change of changes) {
    if (change.kind !== 'added') continue;
    for (const dir of ancestorsOf(change.entry.path)) if (gone.has(dir)) filled.add(dir);
  }
  return changes.filter((change) => change.kind !== 'removed' || !filled.has(change.was.path));
}
