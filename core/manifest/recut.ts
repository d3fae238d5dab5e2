// One level of a tree under edit. Each run of old nodes that edits touch is cut anew from its start, until a cut falls
// where an old node ended; from there on the old nodes are right again, because a cut depends on nothing before the one
// it follows. What was replaced here are edits of the level above, and go there at once.
import type { Entry } from '../model/entry.ts';
import { comparePaths, type RelPath } from '../model/rel-path.ts';
import { Cutter, fewestItems } from './boundary.ts';
import type { NewNodes } from './new-nodes.ts';
import { type Child, firstChildAt, firstEntryAt, type TreeNode } from './node.ts';
import type { OldNode, OldTree } from './old-tree.ts';

/** One change of one item of a level; without `item` the item with this key goes. */
export interface ItemEdit<T> {
  readonly key: RelPath;
  readonly item: T | undefined;
}

/** The level over this one, or what finds the root. */
export interface Above {
  /** @param edit behind all that came before */
  take(edit: ItemEdit<Child>): Promise<void>;
}

/** How the items of a level are kept: entries in leaves, children in branches. */
interface Items<T> {
  of(node: TreeNode): readonly T[];
  key(item: T): RelPath;
  /** index of the first item at or after `key`, not before `from` */
  firstAt(items: readonly T[], key: RelPath, from: number): number;
  node(level: number, items: readonly T[]): TreeNode;
}

export const ENTRIES: Items<Entry> = {
  of: (node) => (node.kind === 'leaf' ? node.entries : []),
  key: (entry) => entry.path,
  firstAt: firstEntryAt,
  node: (_, entries) => ({ kind: 'leaf', level: 0, entries }),
};

export const CHILDREN: Items<Child> = {
  of: (node) => (node.kind === 'branch' ? node.children : []),
  key: (child) => child.last,
  firstAt: firstChildAt,
  node: (level, children) => ({ kind: 'branch', level, children }),
};

export class Recut<T> {
  private readonly cutter: Cutter<T>;
  /** the old node that edits have come to; undefined between two runs */
  private passing: Passing<T> | undefined;
  wasTouched = false;

  constructor(
    private readonly tree: OldTree,
    private readonly level: number,
    private readonly kind: Items<T>,
    private readonly target: NewNodes,
    private readonly above: Above,
  ) {
    this.cutter = new Cutter(level);
  }

  async take({ key, item }: ItemEdit<T>): Promise<void> {
    const passing = await this.reach(key);
    await this.copyTo(passing, key);
    const replaced = passing.items[passing.next];
    if (replaced !== undefined && this.kind.key(replaced) === key) passing.next += 1;
    if (item !== undefined && this.cutter.add(item, key)) await this.close(passing);
  }

  /** After the last edit. */
  async finish(): Promise<void> {
    while (this.passing) await this.leave(this.passing);
  }

  /** The old node that `key` belongs to, with all that comes before it behind. */
  private async reach(key: RelPath): Promise<Passing<T>> {
    for (;;) {
      const { passing } = this;
      if (!passing) return this.enter(await this.tree.nodeAt(this.level, key));
      const { last } = passing.old;
      if (last === undefined || comparePaths(key, last) <= 0) return passing;
      await this.leave(passing);
    }
  }

  private enter(old: OldNode): Passing<T> {
    this.wasTouched = true;
    this.passing = { old, items: this.kind.of(old.node), next: 0, isSettled: old.child === undefined };
    return this.passing;
  }

  /** Takes what is left of an old node over. Where it ends on a cut the run is over, else it goes on into the next. */
  private async leave(passing: Passing<T>): Promise<void> {
    await this.copyTo(passing, undefined);
    const { old } = passing;
    if (old.last === undefined && !this.cutter.isEmpty) await this.close(passing);
    await this.settle(passing);
    this.passing = undefined;
    if (!this.cutter.isEmpty) this.enter(await this.tree.nodeAfter(old));
  }

  /** Takes an old node's items over, up to `key` or all. */
  private async copyTo(passing: Passing<T>, key: RelPath | undefined): Promise<void> {
    const { items } = passing;
    const end = key === undefined ? items.length : this.kind.firstAt(items, key, passing.next);
    const tried = fewestItems(this.level) - 1;
    while (passing.next < end) {
      // Inside its old node it could have been the last, and was not.
      const isOpen = passing.next >= tried && passing.next < items.length - 1;
      const item = items[passing.next++];
      if (item !== undefined && this.cutter.add(item, this.kind.key(item), isOpen)) await this.close(passing);
    }
  }

  private async close(passing: Passing<T>): Promise<void> {
    const { child } = passing.old;
    const made = await this.target.put(this.kind.node(this.level, this.cutter.take()), passing.old);
    const order = child ? comparePaths(child.last, made.last) : 1;
    if (order < 0) await this.settle(passing);
    if (order === 0) passing.isSettled = true;
    if (order !== 0 || child?.sha !== made.sha) await this.above.take({ key: made.last, item: made });
  }

  /** An old node that no new one replaced in its place is gone. */
  private async settle(passing: Passing<T>): Promise<void> {
    const { child } = passing.old;
    if (passing.isSettled || !child) return;
    passing.isSettled = true;
    await this.above.take({ key: child.last, item: undefined });
  }
}

interface Passing<T> {
  readonly old: OldNode;
  readonly items: readonly T[];
  /** index of the first item that is not taken over, replaced or removed */
  next: number;
  /** whether the level above knows what became of the node */
  isSettled: boolean;
}
