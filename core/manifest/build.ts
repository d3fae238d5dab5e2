// Builds a tree from all its entries in one pass from left to right, holding one unfinished node a level. This is what
// defines the canonical shape: every other way to arrive at the same entries must give the same root.
import { assert } from '../model/assert.ts';
import type { Entry } from '../model/entry.ts';
import { quote } from '../model/ids.ts';
import { comparePaths } from '../model/rel-path.ts';
import { Cutter } from './boundary.ts';
import { encodeNode } from './encode-node.ts';
import type { Child, TreeNode } from './node.ts';
import { NodeSink, seal } from './node-sink.ts';
import type { NodeWriter, TreeRoot } from './tree.ts';

/** @param entries in path order (`comparePaths`), each path once; the sequence may be longer than memory
 *  @returns when all nodes are stored */
export async function buildTree(io: NodeWriter, entries: AsyncIterable<Entry> | Iterable<Entry>): Promise<TreeRoot> {
  const sink = new NodeSink(io);
  const above = new BranchBuilder(sink, 1);
  const leaf = new Cutter<Entry>(0);
  let previous = '';
  const close = () => above.add({ kind: 'leaf', level: 0, entries: leaf.take() });
  const add = (entry: Entry): boolean => {
    assert(comparePaths(previous, entry.path) < 0, `${quote(entry.path)} does not follow ${quote(previous)}`);
    previous = entry.path;
    return leaf.add(entry, entry.path);
  };
  // An array is not worth a promise for each of its entries.
  if (Symbol.iterator in entries) {
    for (const entry of entries) if (add(entry)) await close();
  } else {
    for await (const entry of entries) if (add(entry)) await close();
  }
  if (!leaf.isEmpty) await close();
  const root = await above.finish();
  await sink.drain();
  return root ?? emptyTree(io);
}

export async function emptyTree(io: NodeWriter): Promise<TreeRoot> {
  const { sha, bytes } = encodeNode({ kind: 'leaf', level: 0, entries: [] });
  await io.putNode(sha, bytes);
  return { sha, files: 0, bytes: 0 };
}

/** Builds the levels from `level` up over the nodes of the level below, given from left to right. */
export class BranchBuilder {
  private readonly cutter: Cutter<Child>;
  private above: BranchBuilder | undefined;

  constructor(
    private readonly sink: NodeSink,
    private readonly level: number,
  ) {
    this.cutter = new Cutter(level);
  }

  /** Stores a node of the level below. */
  async add(node: TreeNode): Promise<void> {
    const sealed = seal(node);
    await this.sink.put(sealed);
    await this.addChild(sealed.child);
  }

  /** Takes a node of the level below that is stored already. */
  async addChild(child: Child): Promise<void> {
    if (this.cutter.add(child, child.last)) await this.raise(this.cutter.take());
  }

  /** The root is the only node of its level; nothing is built over it.
   *  @returns undefined when nothing was added */
  async finish(): Promise<TreeRoot | undefined> {
    const rest = this.cutter.take();
    const [only] = rest;
    if (!this.above && rest.length <= 1) return only && { sha: only.sha, files: only.files, bytes: only.bytes };
    if (only) await this.raise(rest);
    return this.above?.finish();
  }

  private async raise(children: readonly Child[]): Promise<void> {
    this.above ??= new BranchBuilder(this.sink, this.level + 1);
    await this.above.add({ kind: 'branch', level: this.level, children });
  }
}
