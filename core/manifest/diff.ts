// What changed between two trees, in path order. Both are walked side by side; where the same node comes up on both
// sides it is skipped whole, so a diff costs what differs and not what there is.
import { type Entry, type FileEntry, isFile, sameEntry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { baseName, comparePaths } from '../model/rel-path.ts';
import { keepingNodes } from './cached-nodes.ts';
import { type Child, type DecodedReader, loadNode, type TreeNode } from './node.ts';
import { startRead } from './read-ahead.ts';
import type { Change, NodeReader } from './tree.ts';

/** The paths that are compared: at or after `from`, and before `to`. What lies before `from` is not read. */
export interface DiffRange {
  readonly from?: string;
  readonly to?: string | undefined;
}

/** @param aSha the tree before
 *  @param bSha the tree after */
export async function* diffTrees(
  io: NodeReader,
  aSha: Sha,
  bSha: Sha,
  { from = '', to }: DiffRange = {},
): AsyncIterable<Change> {
  if (aSha === bSha) return;
  const nodes = keepingNodes(io);
  const [rootA, rootB] = await Promise.all([loadNode(nodes, aSha), loadNode(nodes, bSha)]);
  const a = new Side(nodes, rootA);
  const b = new Side(nodes, rootB);
  for (;;) {
    a.skipTo(from);
    b.skipTo(from);
    if (a.child || b.child) {
      if (a.child?.sha === b.child?.sha) {
        a.pass();
        b.pass();
      } else {
        // The higher one is opened first, so that nodes of one level meet.
        const [levelA, levelB] = [a.level, b.level];
        await Promise.all([levelA >= levelB && a.open(b), levelB >= levelA && b.open(a)]);
      }
    } else if (a.entry || b.entry) {
      const order = comparePresent(a.entry, b.entry);
      const path = order < 0 ? a.entry?.path : b.entry?.path;
      if (to !== undefined && path !== undefined && comparePaths(path, to) >= 0) return;
      if (order < 0 && a.entry) yield { kind: 'removed', was: a.entry };
      if (order > 0 && b.entry) yield { kind: 'added', entry: b.entry };
      if (order === 0 && a.entry && b.entry && !sameEntry(a.entry, b.entry))
        yield { kind: 'updated', entry: b.entry, was: a.entry };
      if (order <= 0) a.pass();
      if (order >= 0) b.pass();
    } else {
      return;
    }
  }
}

/** A side that has ended comes last. */
function comparePresent(a: Entry | undefined, b: Entry | undefined): number {
  if (!a) return 1;
  return b ? comparePaths(a.path, b.path) : -1;
}

/** What of one tree is still to be compared: either an entry or an unopened node comes next, or nothing. */
class Side {
  entry: Entry | undefined;
  child: Child | undefined;
  /** of `child`; -1 without one */
  level = -1;
  /** the opened nodes, from the root down, and how far each is used up */
  private readonly opened: Opened[];

  constructor(
    private readonly nodes: DecodedReader,
    root: TreeNode,
  ) {
    this.opened = [open(root)];
    this.pass();
  }

  /** Leaves what comes next behind, with all that is below it. */
  pass(): void {
    this.entry = undefined;
    this.child = undefined;
    this.level = -1;
    for (let top = this.opened.at(-1); top; top = this.opened.at(-1)) {
      top.next += 1;
      if (top.node.kind === 'leaf') {
        this.entry = top.node.entries[top.next];
        if (this.entry) return;
      } else {
        this.child = top.node.children[top.next];
        if (this.child) {
          this.level = top.node.level - 1;
          return;
        }
      }
      this.opened.pop();
    }
  }

  /** Leaves behind all that comes before a path. */
  skipTo(from: string): void {
    if (from === '') return;
    for (let path = this.reach; path !== undefined && comparePaths(path, from) < 0; path = this.reach) this.pass();
  }

  /** The last path of what comes next. */
  private get reach(): string | undefined {
    return this.child ? this.child.last : this.entry?.path;
  }

  /** Replaces the node that comes next by what is in it. */
  async open(other: Side): Promise<void> {
    if (!this.child) return;
    this.readAhead(other);
    const node = await loadNode(this.nodes, this.child.sha, { level: this.level, last: this.child.last });
    this.opened.push(open(node));
    this.pass();
  }

  /** Begins to read the next siblings, except those that the other side has too: they will be skipped. */
  private readAhead(other: Side): void {
    const parent = this.opened.at(-1);
    if (parent?.node.kind !== 'branch') return;
    const { children, level } = parent.node;
    const counterpart = other.opened.find(({ node }) => node.level === level);
    parent.readTo = Math.max(parent.readTo, parent.next + 1);
    for (; parent.readTo < Math.min(parent.next + AHEAD, children.length); parent.readTo++) {
      const sha = children[parent.readTo]?.sha;
      if (sha && !shasIn(counterpart).has(sha)) startRead(this.nodes, sha);
    }
  }
}

/** Siblings that are read ahead. */
const AHEAD = 16;

interface Opened {
  readonly node: TreeNode;
  /** index of what comes next in it */
  next: number;
  /** children before this one are read, or being read */
  readTo: number;
  shas: ReadonlySet<Sha> | undefined;
}

const open = (node: TreeNode): Opened => ({ node, next: -1, readTo: 0, shas: undefined });

const NONE: ReadonlySet<Sha> = new Set();

function shasIn(opened: Opened | undefined): ReadonlySet<Sha> {
  if (opened?.node.kind !== 'branch') return NONE;
  opened.shas ??= new Set(opened.node.children.map(({ sha }) => sha));
  return opened.shas;
}

/** A file that went from one path to another with the same content. `was` is the removed entry, `entry` the added one. */
export interface Moved {
  readonly kind: 'moved';
  readonly entry: FileEntry;
  readonly was: FileEntry;
}

/** Pairs a removed file with an added one of the same sha: first those that keep their base name, then in path order, so
 *  that a renamed directory of equal files pairs as a person would. The same changes always give the same pairs.
 *  @param changes in path order
 *  @returns in path order; a move stands at its new path */
export function pairMoves(changes: readonly Change[]): (Change | Moved)[] {
  const removed = new Map<Sha, FileEntry[]>();
  for (const change of changes) {
    if (change.kind !== 'removed' || !isFile(change.was)) continue;
    const list = removed.get(change.was.sha);
    if (list) list.push(change.was);
    else removed.set(change.was.sha, [change.was]);
  }
  const sources = new Map<FileEntry, FileEntry>();
  for (const [sha, added] of addedFiles(changes, removed)) pair(removed.get(sha) ?? [], added, sources);
  const gone = new Set<Entry>(sources.values());
  return changes.flatMap((change): (Change | Moved)[] => {
    if (change.kind === 'removed') return gone.has(change.was) ? [] : [change];
    if (change.kind === 'updated' || !isFile(change.entry)) return [change];
    const was = sources.get(change.entry);
    return [was ? { kind: 'moved', entry: change.entry, was } : change];
  });
}

function addedFiles(changes: readonly Change[], wanted: ReadonlyMap<Sha, unknown>): Map<Sha, FileEntry[]> {
  const added = new Map<Sha, FileEntry[]>();
  for (const change of changes) {
    if (change.kind !== 'added' || !isFile(change.entry) || !wanted.has(change.entry.sha)) continue;
    const list = added.get(change.entry.sha);
    if (list) list.push(change.entry);
    else added.set(change.entry.sha, [change.entry]);
  }
  return added;
}

function pair(removed: readonly FileEntry[], added: readonly FileEntry[], sources: Map<FileEntry, FileEntry>): void {
  const byName = new Map<string, FileEntry[]>();
  for (const was of removed) {
    const name = baseName(was.path);
    const list = byName.get(name);
    if (list) list.push(was);
    else byName.set(name, [was]);
  }
  const taken = new Set<FileEntry>();
  const renamed: FileEntry[] = [];
  for (const entry of added) {
    const was = byName.get(baseName(entry.path))?.shift();
    if (was) {
      sources.set(entry, was);
      taken.add(was);
    } else {
      renamed.push(entry);
    }
  }
  const left = removed.filter((was) => !taken.has(was));
  renamed.slice(0, left.length).forEach((entry, i) => {
    const was = left[i];
    if (was) sources.set(entry, was);
  });
}
