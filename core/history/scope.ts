// A path with all that is below it. In path order others lie between the two ("a", "a-b", "a/b"), however many: so it is two
// ranges, the path and what is below.
import type { DiffRange } from '../manifest/diff.ts';
import { getEntry } from '../manifest/get.ts';
import { rangeDigest } from '../manifest/range-digest.ts';
import { rangeOf } from '../manifest/totals.ts';
import type { NodeReader } from '../manifest/tree.ts';
import { type Sha, shaOf } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';

/** '' is the whole project. */
export type Scope = RelPath | '';

/** In path order. The earliest path that can come after another is that one with a NUL behind it. */
export const rangesOfScope = (scope: Scope): readonly DiffRange[] =>
  scope === '' ? [{}] : [{ from: scope, to: `${scope}\0` }, rangeOf(scope)];

/** Names all that a tree has in the scope, and nothing of what is beside it. */
export async function digestOfScope(nodes: NodeReader, root: Sha, scope: Scope): Promise<Sha> {
  if (scope === '') return root;
  const [entry, below] = await Promise.all([getEntry(nodes, root, scope), rangeDigest(nodes, root, rangeOf(scope))]);
  return shaOf(JSON.stringify([entry ?? null, below]));
}
