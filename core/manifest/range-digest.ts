// Names what a tree has in a range of paths, at the cost of its two ends whatever its size: nodes that lie inside whole stand
// for all that is below them, and only at the ends are entries looked at.
import { type Entry, isFile } from '../model/entry.ts';
import { type Sha, shaOf } from '../model/ids.ts';
import { comparePaths } from '../model/rel-path.ts';
import { loadNode, type TreeNode } from './node.ts';
import type { PathRange } from './totals.ts';
import type { NodeReader } from './tree.ts';

/** Two trees of one digest have the same entries in the range. Other digests do not prove that they differ: what lies beside
 *  the range decides where the nodes at its ends are cut, though it seldom matters. */
export async function rangeDigest(io: NodeReader, rootSha: Sha, range: PathRange): Promise<Sha> {
  if (range.from === '' && range.to === undefined) return rootSha;
  const parts: unknown[] = [];
  await collect(io, await loadNode(io, rootSha), { after: undefined, isLast: true }, range, parts);
  return shaOf(JSON.stringify(parts));
}

/** Where a node lies. */
interface Place {
  /** all below it comes after this path; undefined: it is the first */
  readonly after: string | undefined;
  /** nothing comes after it, so that the next path may become one of its own */
  readonly isLast: boolean;
}

async function collect(
  io: NodeReader,
  node: TreeNode,
  place: Place,
  range: PathRange,
  parts: unknown[],
): Promise<void> {
  const { from, to } = range;
  const isBeforeEnd = (path: string) => to === undefined || comparePaths(path, to) < 0;
  if (node.kind === 'leaf') {
    for (const entry of node.entries)
      if (comparePaths(entry.path, from) >= 0 && isBeforeEnd(entry.path)) parts.push(factsOf(entry));
    return;
  }
  let { after } = place;
  for (const [at, { sha, last }] of node.children.entries()) {
    if (after !== undefined && !isBeforeEnd(after)) return;
    const isLast = place.isLast && at === node.children.length - 1;
    const isWhole = after !== undefined && comparePaths(after, from) >= 0 && isBeforeEnd(last) && !isLast;
    if (isWhole) parts.push(sha);
    else if (comparePaths(last, from) >= 0) {
      const child = await loadNode(io, sha, { level: node.level - 1, last });
      await collect(io, child, { after, isLast }, range, parts);
    }
    after = last;
  }
}

const factsOf = (entry: Entry): readonly unknown[] =>
  isFile(entry) ? [entry.path, entry.sha, entry.mode, entry.mtime] : [entry.path, 'dir', entry.mode];
