// Looks one path up: one node a level.
import type { Entry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import { firstChildAt, firstEntryAt, loadNode } from './node.ts';
import type { NodeReader } from './tree.ts';

/** @returns undefined when the tree has no entry at exactly this path; a directory with content has none */
export async function getEntry(io: NodeReader, rootSha: Sha, path: RelPath): Promise<Entry | undefined> {
  let node = await loadNode(io, rootSha);
  while (node.kind === 'branch') {
    const child = node.children[firstChildAt(node.children, path)];
    if (!child) return undefined;
    node = await loadNode(io, child.sha, { level: node.level - 1, last: child.last });
  }
  const entry = node.entries[firstEntryAt(node.entries, path)];
  return entry?.path === path ? entry : undefined;
}
