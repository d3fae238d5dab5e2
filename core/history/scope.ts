// A path with all that is below it. In path order others lie between the two ("a", "a-b", "a/b"), so a range is read and
// what is not in the scope is left out.
import type { DiffRange } from '../manifest/diff.ts';
import { rangeOf } from '../manifest/totals.ts';
import type { Change } from '../manifest/tree.ts';
import { isUnder, type RelPath } from '../model/rel-path.ts';

/** '' is the whole project. */
export type Scope = RelPath | '';

export const rangeOfScope = (scope: Scope): DiffRange => (scope === '' ? {} : { from: scope, to: rangeOf(scope).to });

export function inScope(change: Change, scope: Scope): boolean {
  const path = change.kind === 'removed' ? change.was.path : change.entry.path;
  return path === scope || isUnder(path, scope);
}
