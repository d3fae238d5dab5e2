// Applies edits to a tree. The result is what a fresh build of the edited set gives, but only what changed is read and
// written. It goes level by level from the leaves up: each run of nodes that edits touch is cut anew from its start,
// until a cut falls where an old node ended; from there on the old nodes are right again, because a cut depends on
// nothing before the one it follows. What was replaced at one level are the edits of the level above.
import { assert } from '../model/assert.ts';
import type { Entry } from '../model/entry.ts';
import { quote, type Sha } from '../model/ids.ts';
import { comparePaths, type RelPath } from '../model/rel-path.ts';
import { Cutter } from './boundary.ts';
import { BranchBuilder, emptyTree } from './build.ts';
import { keepingNodes } from './cached-nodes.ts';
import { type Child, type DecodedReader, firstChildAt, loadNode, type TreeNode, totalsOf } from './node.ts';
import { NodeSink, type Sealed, seal } from './node-sink.ts';
import { readDown } from './read-ahead.ts';
import type { Edit, NodeIo, NodeReader, TreeRoot } from './tree.ts';

/** Edits whose leaves are read side by side, before they are applied one after the other. */
const EDITS_AHEAD = 256;

/** @param edits each path at most once, in any order; to remove what is not there or put what is there changes nothing
 *  @returns when all new nodes are stored */
export async function applyEdits(io: NodeIo, rootSha: Sha, edits: readonly Edit[]): Promise<TreeRoot> {
  const nodes = keepingNodes(io);
  const root = await loadNode(nodes, rootSha);
  const old: OldTree = { nodes, rootSha, root };
  const target = new Target(io, nodes);
  let runs = await recut(old, 0, ENTRIES, entryEdits(edits), target);
  for (let level = 1; level <= root.level; level++) {
    runs = await recut(old, level, CHILDREN, childEdits(runs), target);
  }
  // Nothing was cut, or the root was cut into itself.
  const [run] = runs;
  if (!run || (run.after.length === 1 && run.after[0]?.sha === rootSha)) return { sha: rootSha, ...totalsOf(root) };
  return target.finish(root.level, run.after);
}

/** One change of one item of a level; without `item` the item with this key goes. */
interface ItemEdit<T> {
  readonly key: RelPath;
  readonly item: T | undefined;
}

/** Neighbouring nodes that gave way to others. A root has no place in a parent, so it is not among `before`. */
interface Run {
  readonly before: Child[];
  readonly after: Child[];
}

/** How the items of a level are kept: entries in leaves, children in branches. */
interface Items<T> {
  of(node: TreeNode): readonly T[];
  key(item: T): RelPath;
  node(level: number, items: readonly T[]): TreeNode;
}

const ENTRIES: Items<Entry> = {
  of: (node) => (node.kind === 'leaf' ? node.entries : []),
  key: (entry) => entry.path,
  node: (_, entries) => ({ kind: 'leaf', level: 0, entries }),
};

const CHILDREN: Items<Child> = {
  of: (node) => (node.kind === 'branch' ? node.children : []),
  key: (child) => child.last,
  node: (level, children) => ({ kind: 'branch', level, children }),
};

function entryEdits(edits: readonly Edit[]): ItemEdit<Entry>[] {
  const sorted = edits
    .map((edit) =>
      edit.kind === 'put' ? { key: edit.entry.path, item: edit.entry } : { key: edit.path, item: undefined },
    )
    .sort((a, b) => comparePaths(a.key, b.key));
  sorted.forEach((edit, i) => {
    assert(edit.key !== sorted[i - 1]?.key, `${quote(edit.key)} is edited once`);
  });
  return sorted;
}

/** What the runs mean for the parents: nodes that came back unchanged mean nothing. */
function childEdits(runs: readonly Run[]): ItemEdit<Child>[] {
  const edits: ItemEdit<Child>[] = [];
  for (const { before, after } of runs) {
    let b = 0;
    for (const child of after) {
      let old = before[b];
      for (; old && comparePaths(old.last, child.last) < 0; old = before[++b])
        edits.push({ key: old.last, item: undefined });
      if (old?.last === child.last) b += 1;
      if (old?.sha !== child.sha) edits.push({ key: child.last, item: child });
    }
    for (const old of before.slice(b)) edits.push({ key: old.last, item: undefined });
  }
  return edits;
}

/** @param edits in path order */
async function recut<T>(
  tree: OldTree,
  level: number,
  items: Items<T>,
  edits: readonly ItemEdit<T>[],
  target: Target,
): Promise<Run[]> {
  const runs: Run[] = [];
  const cutter = new Cutter<T>(level);
  for (let edit = edits[0], next = 0, ahead = 0; edit; edit = edits[next]) {
    if (next >= ahead) {
      ahead = next + EDITS_AHEAD;
      await readTouched(tree, level, edits.slice(next, ahead));
    }
    const run: Run = { before: [], after: [] };
    runs.push(run);
    for (let old: OldNode | undefined = await nodeAt(tree, level, edit.key); old; old = await nodeAfter(tree, old)) {
      const { sha, child, last, node } = old;
      if (child) run.before.push(child);
      const close = async () => run.after.push(await target.put(items.node(level, cutter.take()), sha));
      const until = last === undefined ? edits.length : firstAfter(edits, last, next);
      for (const item of items.of(node)) {
        const key = items.key(item);
        let kept: T | undefined = item;
        for (let change = edits[next]; change && next < until; change = edits[next]) {
          const order = comparePaths(change.key, key);
          if (order > 0) break;
          next += 1;
          if (order === 0) kept = change.item;
          else if (change.item !== undefined && cutter.add(change.item, change.key)) await close();
        }
        if (kept !== undefined && cutter.add(kept, key)) await close();
      }
      for (; next < until; next++) {
        const change = edits[next];
        if (change?.item !== undefined && cutter.add(change.item, change.key)) await close();
      }
      if (cutter.isEmpty) break;
      if (last === undefined) await close();
    }
  }
  return runs;
}

/** Reads the nodes that these edits belong to into the cache. */
async function readTouched(
  { nodes, root }: OldTree,
  level: number,
  edits: readonly ItemEdit<unknown>[],
): Promise<void> {
  if (edits.length < 2) return;
  await readDown(nodes, root, (branches) => {
    const picked: Child[] = [];
    let at = 0;
    for (const branch of branches) {
      if (branch.level === level) continue;
      for (let edit = edits[at]; edit; edit = edits[at]) {
        const child = branch.children[firstChildAt(branch.children, edit.key)];
        if (!child) break;
        picked.push(child);
        at = firstAfter(edits, child.last, at);
      }
    }
    return picked;
  });
}

/** Index of the first edit behind `key`. */
function firstAfter(edits: readonly ItemEdit<unknown>[], key: string, from: number): number {
  let at = from;
  for (let edit = edits[at]; edit && comparePaths(edit.key, key) <= 0; edit = edits[at]) at += 1;
  return at;
}

/** The tree as it was. */
interface OldTree {
  readonly nodes: DecodedReader;
  readonly rootSha: Sha;
  readonly root: TreeNode;
}

interface OldNode {
  readonly sha: Sha;
  readonly node: TreeNode;
  /** undefined for the root */
  readonly child: Child | undefined;
  /** all up to this path belongs here; undefined for the last node of its level, which takes all that follows */
  readonly last: RelPath | undefined;
}

/** The node of a level that `key` belongs to. */
async function nodeAt({ nodes, rootSha, root }: OldTree, level: number, key: string): Promise<OldNode> {
  let found: OldNode = { sha: rootSha, node: root, child: undefined, last: undefined };
  while (found.node.kind === 'branch' && found.node.level > level) {
    const { children } = found.node;
    const index = Math.min(firstChildAt(children, key), children.length - 1);
    const child: Child | undefined = children[index];
    assert(child, 'a branch has children');
    const node = await loadNode(nodes, child.sha, { level: found.node.level - 1, last: child.last });
    const isLast = found.last === undefined && index === children.length - 1;
    found = { sha: child.sha, node, child, last: isLast ? undefined : child.last };
  }
  return found;
}

/** The next node of the same level. No path comes between a path and the same with a NUL behind it. */
async function nodeAfter(tree: OldTree, { node, last }: OldNode): Promise<OldNode | undefined> {
  return last === undefined ? undefined : nodeAt(tree, node.level, `${last}\0`);
}

/** Collects the new nodes and finds the root among them. */
class Target {
  private readonly sink: NodeSink;
  /** A branch with one child is the last of its level. If it is the only one, the tree has become lower and it is not
   *  part of it; so these few wait for the end. */
  private readonly held = new Map<Sha, Sealed>();
  /** the last new node of each level */
  private readonly latest = new Map<number, Sealed>();

  constructor(
    private readonly io: NodeIo,
    private readonly nodes: NodeReader,
  ) {
    this.sink = new NodeSink(io);
  }

  /** @param instead the node that it may be equal to; it is stored already */
  async put(node: TreeNode, instead: Sha): Promise<Child> {
    const sealed = seal(node);
    const { child } = sealed;
    this.latest.set(node.level, sealed);
    if (child.sha === instead) return child;
    if (node.kind === 'branch' && node.children.length === 1) this.held.set(child.sha, sealed);
    else await this.sink.put(sealed);
    return child;
  }

  /** @param top all nodes of the level that the old root had */
  async finish(level: number, top: readonly Child[]): Promise<TreeRoot> {
    const [first] = top;
    if (!first) {
      return emptyTree(this.io);
    }
    let root: TreeRoot;
    if (top.length === 1) {
      root = await this.lower(level, first);
    } else {
      const above = new BranchBuilder(this.sink, level + 1);
      for (const child of top) await above.addChild(child);
      const built = await above.finish();
      assert(built, 'a level with nodes has a root above it');
      root = built;
    }
    for (const sealed of this.held.values()) await this.sink.put(sealed);
    await this.sink.drain();
    return root;
  }

  /** The root is the highest node that is not alone with one child. */
  private async lower(level: number, only: Child): Promise<TreeRoot> {
    let root = only;
    for (let at = level; at > 0; at--) {
      // Alone on its level, a new node is also the latest; it may not be stored yet, so it is not read.
      const latest = this.latest.get(at);
      const node = latest?.child.sha === root.sha ? latest.node : await loadNode(this.nodes, root.sha);
      if (node.kind === 'leaf' || node.children.length > 1) break;
      this.held.delete(root.sha);
      const [child] = node.children;
      assert(child, 'a branch has children');
      root = child;
    }
    return { sha: root.sha, files: root.files, bytes: root.bytes };
  }
}
