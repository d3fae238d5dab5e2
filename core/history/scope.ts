// A path with all that is below it. In path order others lie between the two ("a", "a-b", "a/b"), however many: so it is two
// ranges, the path and what is below.
import type { DiffRange } from '../manifest/diff.ts';
import { getEntry } from '../manifest/get.ts';
import { rangeDigest } from '../manifest/range-digest.ts';
import { rangeOf } from '../manifest/totals.ts';
import type { NodeReader } from '../manifest/tree.ts';
import { type FileEntry, isFile } from '../model/entry.ts';
import { type Sha, shaOf } from '../model/ids.ts';
import { ancestorsOf, type RelPath } from '../model/rel-path.ts';

/** '' is the whole project. */
export type Scope = RelPath | '';

/** In path order. The earliest path that can come after another is that one with a NUL behind it. */
export const rangesOfScope = (scope: Scope): readonly DiffRange[] =>
  scope === '' ? [{}] : [{ from: scope, to: `${scope}\0` }, rangeOf(scope)];

/** The file that stands where a directory above the scope would be: there is one at most. */
export async function fileAbove(nodes: NodeReader, root: Sha, scope: Scope): Promise<FileEntry | undefined> {
  if (scope === '') return undefined;
  const above = await Promise.all(ancestorsOf(scope).map((path) => getEntry(nodes, root, path)));
  return above.find((entry) => entry && isFile(entry)) as FileEntry | undefined;
}

/** Names all that a tree has in the scope and in its place, and nothing of what is beside it. */
export async function digestOfScope(nodes: NodeReader, root: Sha, scope: Scope): Promise<Sha> {
  if (scope === '') return root;
  const [entry, below, above] = await Promise.all([
    getEntry(nodes, root, scope),
    rangeDigest(nodes, root, rangeOf(scope)),
    fileAbove(nodes, root, scope),
  ]);
  return shaOf(JSON.stringify([entry ?? null, below, above ?? null]));
}
