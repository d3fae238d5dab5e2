// The nodes that edits make, from the leaves to the root. They are stored as they come; what is not known before the end
// is only which of them is the root.
import { assert } from '../model/assert.ts';
import type { Sha } from '../model/ids.ts';
import { BranchBuilder, emptyTree } from './build.ts';
import { type Child, loadNode, type TreeNode } from './node.ts';
import { NodeSink, type Sealed, seal } from './node-sink.ts';
import type { OldNode, OldTree } from './old-tree.ts';
import type { Above, ItemEdit } from './recut.ts';
import type { NodeIo, TreeRoot } from './tree.ts';

export class NewNodes implements Above {
  private readonly sink: NodeSink;
  /** A branch with one child is the last of its level. If it is the only one, the tree has become lower and it is not
   *  part of it; so these, one a level at most, wait for the end. */
  private readonly held = new Map<Sha, Sealed>();
  /** the last new node of each level */
  private readonly latest = new Map<number, Sealed>();
  /** what the old root became: nothing, one node, or more, which need a root above them */
  private first: Child | undefined;
  private above: BranchBuilder | undefined;

  constructor(
    private readonly io: NodeIo,
    private readonly old: OldTree,
  ) {
    this.sink = new NodeSink(io);
  }

  /** @param was the node in whose place it comes; it is stored already, and perhaps equal */
  async put(node: TreeNode, was: OldNode): Promise<Child> {
    const sealed = seal(node, was.node);
    const { child } = sealed;
    this.latest.set(node.level, sealed);
    if (child.sha === was.sha) return child;
    if (node.kind === 'branch' && node.children.length === 1) this.held.set(child.sha, sealed);
    else await this.sink.put(sealed);
    return child;
  }

  /** Takes the nodes of the level that the old root had. */
  async take({ item: child }: ItemEdit<Child>): Promise<void> {
    assert(child, 'a root has no place that it could be removed from');
    if (!this.first) {
      this.first = child;
      return;
    }
    if (!this.above) {
      this.above = new BranchBuilder(this.sink, this.old.root.level + 1);
      await this.above.addChild(this.first);
    }
    await this.above.addChild(child);
  }

  /** @returns when all nodes are stored */
  async finish(): Promise<TreeRoot> {
    if (!this.first) return emptyTree(this.io);
    const root = this.above ? await this.above.finish() : await this.lower(this.first);
    assert(root, 'a level with nodes has a root above it');
    for (const sealed of this.held.values()) await this.sink.put(sealed);
    await this.sink.drain();
    return root;
  }

  /** The root is the highest node that is not alone with one child. */
  private async lower(only: Child): Promise<TreeRoot> {
    let root = only;
    for (let level = this.old.root.level; level > 0; level--) {
      // Alone on its level, a new node is also the latest; it may not be stored yet, so it is not read.
      const latest = this.latest.get(level);
      const node = latest?.child.sha === root.sha ? latest.node : await loadNode(this.old.nodes, root.sha);
      if (node.kind === 'leaf' || node.children.length > 1) break;
      this.held.delete(root.sha);
      const [child] = node.children;
      assert(child, 'a branch has children');
      root = child;
    }
    return { sha: root.sha, files: root.files, bytes: root.bytes };
  }
}
