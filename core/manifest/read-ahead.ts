// Starts reads before they are needed. A tree in a store over the network is slow to walk one node after the other; these
// read side by side what is known to come. All of it is only a hint: who needs a node still loads it, and meets its errors.
import type { Sha } from '../model/ids.ts';
import { loadRows } from './leaf-rows.ts';
import { type Branch, type Child, type DecodedReader, loadNode, type TreeNode } from './node.ts';

/** Reads at once. Hides a millisecond each at about the speed at which nodes are decoded. */
const WINDOW = 32;

/** Begins to read a node into the cache. */
export function startRead(nodes: DecodedReader, sha: Sha): void {
  loadNode(nodes, sha).catch(() => undefined);
}

/** Reads a part of a tree into the cache, level by level from `root` down.
 *  @param pick which children of these branches, neighbours in order, will be needed
 *  @param leavesAs what will be needed of the leaves, see `leaf-rows.ts` */
export async function readDown(
  nodes: DecodedReader,
  root: TreeNode,
  pick: (branches: readonly Branch[]) => readonly Child[],
  leavesAs: 'nodes' | 'rows' = 'nodes',
): Promise<void> {
  let level: readonly TreeNode[] = [root];
  for (;;) {
    const branches = level.filter((node) => node.kind === 'branch');
    if (branches.length === 0) return;
    const picked = pick(branches);
    const rows = leavesAs === 'rows' && branches[0]?.level === 1;
    level = await sideBySide(picked, (child) => (rows ? readRows(nodes, child) : loadNode(nodes, child.sha)));
  }
}

async function readRows(nodes: DecodedReader, child: Child): Promise<undefined> {
  await loadRows(nodes, child);
}

/** Leaves out what cannot be read. */
async function sideBySide(
  children: readonly Child[],
  read: (child: Child) => Promise<TreeNode | undefined>,
): Promise<TreeNode[]> {
  const found: (TreeNode | undefined)[] = [];
  const waiting = children.entries();
  const worker = async () => {
    for (const [i, child] of waiting) found[i] = await read(child).catch(() => undefined);
  };
  await Promise.all(Array.from({ length: Math.min(WINDOW, children.length) }, worker));
  return found.filter((node) => node !== undefined);
}
