// The tree that edits are applied to, as seen from one of its levels: the node that a path belongs to, the one after it,
// and the nodes that many paths belong to, read side by side.
import { assert } from '../model/assert.ts';
import type { Sha } from '../model/ids.ts';
import { comparePaths, type RelPath } from '../model/rel-path.ts';
import { type Child, type DecodedReader, firstChildAt, loadNode, type TreeNode } from './node.ts';
import { readDown } from './read-ahead.ts';

export interface OldNode {
  readonly sha: Sha;
  readonly node: TreeNode;
  /** undefined for the root */
  readonly child: Child | undefined;
  /** all up to this path belongs here; undefined for the last node of its level, which takes all that follows */
  readonly last: RelPath | undefined;
}

/** Nodes of a level that are read ahead together; with the next as many they are about 3 MB. */
const NODES_AHEAD = 128;

export class OldTree {
  private constructor(
    readonly nodes: DecodedReader,
    readonly rootSha: Sha,
    readonly root: TreeNode,
  ) {}

  static async open(nodes: DecodedReader, rootSha: Sha): Promise<OldTree> {
    return new OldTree(nodes, rootSha, await loadNode(nodes, rootSha));
  }

  /** The node of a level that `key` belongs to. */
  async nodeAt(level: number, key: string): Promise<OldNode> {
    let found: OldNode = { sha: this.rootSha, node: this.root, child: undefined, last: undefined };
    while (found.node.kind === 'branch' && found.node.level > level) {
      const { children } = found.node;
      const index = Math.min(firstChildAt(children, key), children.length - 1);
      const child: Child | undefined = children[index];
      assert(child, 'a branch has children');
      const node = await loadNode(this.nodes, child.sha, { level: found.node.level - 1, last: child.last });
      const isLast = found.last === undefined && index === children.length - 1;
      found = { sha: child.sha, node, child, last: isLast ? undefined : child.last };
    }
    return found;
  }

  /** The next node of the same level. No path comes between a path and the same with a NUL behind it. */
  async nodeAfter({ node, last }: OldNode): Promise<OldNode> {
    assert(last !== undefined, 'the last node of a level is followed by none');
    return this.nodeAt(node.level, `${last}\0`);
  }

  /** Reads the nodes that edits belong to into the cache, as many as are good to have at once.
   *  @param edits in path order; those before `from` are left out
   *  @returns index of the first edit whose nodes are not read */
  async readTouched(edits: readonly { readonly key: RelPath }[], from: number): Promise<number> {
    let end = edits.length;
    // The path of a single one is read as it is gone.
    if (end - from < 2) return end;
    await readDown(this.nodes, this.root, (branches) => {
      const picked: Child[] = [];
      let at = from;
      for (const { children } of branches) {
        for (let edit = edits[at]; edit && at < end; edit = edits[at]) {
          const child = children[firstChildAt(children, edit.key)];
          if (!child) break;
          if (picked.length === NODES_AHEAD) {
            end = at;
            break;
          }
          picked.push(child);
          for (; edit && comparePaths(edit.key, child.last) <= 0; edit = edits[at]) at += 1;
        }
      }
      return picked;
    });
    return end;
  }
}
