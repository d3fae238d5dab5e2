// A position in a tree that moves forward only. It holds the branches from the root to one leaf, and the totals of all
// that lies before; so the totals of a range are a subtraction, and a jump over a subtree reads one node a level at most.
import type { Entry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { comparePaths, type RelPath } from '../model/rel-path.ts';
import { decodedRows, type LeafRows, loadRows } from './leaf-rows.ts';
import { type Branch, firstChildAt, lastPath, loadNode, type Totals, type TreeNode, totalsOf } from './node.ts';
import type { NodeReader } from './tree.ts';

interface Step {
  readonly branch: Branch;
  /** the child that the path goes through */
  index: number;
  /** totals of all that lies before that child */
  files: number;
  bytes: number;
}

export class TreeCursor {
  private readonly steps: Step[] = [];
  private leaf: LeafRows | undefined;
  private at = 0;
  /** totals before the leaf */
  private files = 0;
  private bytes = 0;

  private constructor(
    private readonly io: NodeReader,
    private readonly root: TreeNode,
  ) {}

  /** Stands before the first entry; `seek` brings it to one. */
  static async open(io: NodeReader, rootSha: Sha): Promise<TreeCursor> {
    return new TreeCursor(io, await loadNode(io, rootSha));
  }

  /** The entry here; undefined at the end. */
  get entry(): Entry | undefined {
    return this.leaf?.entry(this.at);
  }

  /** Its path; costs less where the rest is not needed. */
  get path(): RelPath | undefined {
    return this.leaf?.path(this.at);
  }

  /** Totals of all entries before this position. */
  rank(): Totals {
    const inLeaf = this.leaf?.totals(0, this.at);
    return { files: this.files + (inLeaf?.files ?? 0), bytes: this.bytes + (inLeaf?.bytes ?? 0) };
  }

  totals(): Totals {
    return totalsOf(this.root);
  }

  /** Steps to the next entry where that needs no read.
   *  @returns false when the leaf is used up: `await nextLeaf()` */
  step(): boolean {
    this.at += 1;
    return this.at < (this.leaf?.length ?? 0);
  }

  /** Moves behind the leaf, to the first entry of the next one. */
  async nextLeaf(): Promise<void> {
    const last = this.leaf?.last;
    // No path comes between a path and the same with a NUL behind it.
    if (last !== undefined) await this.seek(`${last}\0`);
  }

  /** Moves to the first entry at or after `key`, which need not be a path; never backwards. */
  async seek(key: string): Promise<void> {
    if (this.leaf && !isBefore(this.leaf.last, key)) {
      this.at = this.leaf.firstAt(key, this.at);
      return;
    }
    while (this.steps.length > 0 && isBefore(lastPath(this.steps.at(-1)?.branch ?? this.root), key)) this.steps.pop();
    if (this.steps.length === 0) await this.enter(this.root, 0, 0, key);
    else await this.descend(key);
  }

  /** From the innermost step, whose branch reaches `key`. */
  private async descend(key: string): Promise<void> {
    const step = this.steps.at(-1);
    if (!step) return;
    const { children, level } = step.branch;
    const target = firstChildAt(children, key, step.index);
    for (; step.index < target; step.index++) {
      step.files += children[step.index]?.files ?? 0;
      step.bytes += children[step.index]?.bytes ?? 0;
    }
    const child = children[target];
    if (!child) return;
    if (level === 1) {
      this.enterLeaf(await loadRows(this.io, child), step.files, step.bytes, key);
    } else {
      const node = await loadNode(this.io, child.sha, { level: level - 1, last: child.last });
      await this.enter(node, step.files, step.bytes, key);
    }
  }

  private async enter(node: TreeNode, files: number, bytes: number, key: string): Promise<void> {
    if (isBefore(lastPath(node), key)) {
      // Only the root can end before the key: the position is the tree's end.
      const totals = totalsOf(node);
      this.leaf = undefined;
      this.at = 0;
      this.files = files + totals.files;
      this.bytes = bytes + totals.bytes;
    } else if (node.kind === 'leaf') {
      this.enterLeaf(decodedRows(node), files, bytes, key);
    } else {
      this.steps.push({ branch: node, index: 0, files, bytes });
      await this.descend(key);
    }
  }

  private enterLeaf(leaf: LeafRows, files: number, bytes: number, key: string): void {
    this.leaf = leaf;
    this.at = leaf.firstAt(key);
    this.files = files;
    this.bytes = bytes;
  }
}

function isBefore(last: string | undefined, key: string): boolean {
  return last === undefined || comparePaths(last, key) < 0;
}
