// Walks a tree in path order: its entries, its nodes, or only the nodes that another tree does not have.
import type { Entry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { comparePaths, isUnder, type RelPath } from '../model/rel-path.ts';
import { keepingNodes } from './cached-nodes.ts';
import { type Child, firstChildAt, firstEntryAt, type Leaf, lastPath, loadNode, type TreeNode } from './node.ts';
import { rangeOf } from './totals.ts';
import type { NodeReader } from './tree.ts';

export interface WalkOptions {
  /** first path, itself included */
  readonly from?: string | undefined;
  /** only what is below this directory */
  readonly prefix?: RelPath | '' | undefined;
  readonly onUnreadable?: OnUnreadable | undefined;
}

/** Asked about a node that cannot be read: where it returns, what is below that node is passed over; else it throws. */
export type OnUnreadable = (sha: Sha, error: unknown) => void;

export async function* walkTree(io: NodeReader, rootSha: Sha, options: WalkOptions = {}): AsyncIterable<Entry> {
  const { prefix = '' } = options;
  const range = rangeOf(prefix);
  const from = comparePaths(options.from ?? '', range.from) > 0 ? (options.from ?? '') : range.from;
  const root = await orPassed(loadNode(io, rootSha), rootSha, options.onUnreadable);
  if (!root) return;
  for await (const { entries } of leaves(io, root, { from, to: range.to, onUnreadable: options.onUnreadable })) {
    for (let i = firstEntryAt(entries, from); i < entries.length; i++) {
      const entry = entries[i];
      if (!entry || !isUnder(entry.path, prefix)) return;
      yield entry;
    }
  }
}

/** Reads ahead; the window opens with what is used, so that a short look costs little. */
const LEAVES_AHEAD = 16;
const BRANCHES_AHEAD = 2;

interface Span {
  readonly from: string;
  /** undefined: to the end */
  readonly to: string | undefined;
  readonly onUnreadable: OnUnreadable | undefined;
}

/** The leaves that reach into a range, in order. */
async function* leaves(io: NodeReader, node: TreeNode, span: Span): AsyncIterable<Leaf> {
  const { from, to, onUnreadable } = span;
  if (node.kind === 'leaf') {
    yield node;
    return;
  }
  const { children, level } = node;
  const end = to === undefined ? children.length : firstChildAt(children, to) + 1;
  const most = level === 1 ? LEAVES_AHEAD : BRANCHES_AHEAD;
  const ahead: Promise<TreeNode | undefined>[] = [];
  let next = firstChildAt(children, from);
  for (let window = 1; ; window = Math.min(2 * window, most)) {
    for (; ahead.length < window && next < Math.min(end, children.length); next++) {
      const child = children[next];
      if (!child) continue;
      const load = loadNode(io, child.sha, { level: level - 1, last: child.last });
      ahead.push(quiet(orPassed(load, child.sha, onUnreadable)));
    }
    const first = ahead.shift();
    if (!first) return;
    const below = await first;
    if (below) yield* leaves(io, below, span);
  }
}

async function orPassed(
  load: Promise<TreeNode>,
  sha: Sha,
  onUnreadable: OnUnreadable | undefined,
): Promise<TreeNode | undefined> {
  if (!onUnreadable) return load;
  try {
    return await load;
  } catch (error) {
    onUnreadable(sha, error);
    return undefined;
  }
}

/** If the walk ends before this read is used, nobody is there to handle its failure. */
function quiet<T>(read: Promise<T>): Promise<T> {
  read.catch(() => undefined);
  return read;
}

/** Every node's sha, parents first. Leaves are not read: their parents name them. */
export function walkNodes(io: NodeReader, rootSha: Sha, onUnreadable?: OnUnreadable): AsyncIterable<Sha> {
  return below(io, rootSha, undefined, onUnreadable);
}

/** @param level undefined for a root, which has to be read to know it */
async function* below(
  io: NodeReader,
  sha: Sha,
  level: number | undefined,
  onUnreadable: OnUnreadable | undefined,
): AsyncIterable<Sha> {
  yield sha;
  if (level === 0) return;
  const node = await orPassed(loadNode(io, sha), sha, onUnreadable);
  if (!node || node.kind === 'leaf') return;
  for (const child of node.children) yield* below(io, child.sha, node.level - 1, onUnreadable);
}

/** Nodes of `newRootSha` that `oldRootSha` does not have, parents first: what a commit has to store, or a mirror to copy.
 *  Reads the branches that differ and their counterparts, but no leaves.
 *  @param oldRootSha undefined: all nodes are new */
export async function* newNodes(io: NodeReader, oldRootSha: Sha | undefined, newRootSha: Sha): AsyncIterable<Sha> {
  if (oldRootSha === undefined) {
    yield* walkNodes(io, newRootSha);
  } else if (oldRootSha !== newRootSha) {
    const nodes = keepingNodes(io);
    const root = await loadNode(nodes, newRootSha);
    yield* newBelow(nodes, oldRootSha, { sha: newRootSha, last: lastPath(root) ?? '', level: root.level });
  }
}

interface Place {
  readonly sha: Sha;
  readonly last: string;
  readonly level: number;
}

async function* newBelow(nodes: NodeReader, oldRootSha: Sha, place: Place): AsyncIterable<Sha> {
  if (await hasNode(nodes, oldRootSha, place)) return;
  yield place.sha;
  if (place.level === 0) return;
  const node = await loadNode(nodes, place.sha);
  if (node.kind === 'leaf') return;
  for (const { sha, last } of node.children) yield* newBelow(nodes, oldRootSha, { sha, last, level: node.level - 1 });
}

/** A node stands for the paths below it, so an equal one can only be found on its level, under its last path. */
async function hasNode(nodes: NodeReader, rootSha: Sha, { sha, last, level }: Place): Promise<boolean> {
  if (sha === rootSha) return true;
  let node = await loadNode(nodes, rootSha);
  while (node.kind === 'branch' && node.level > level) {
    const child: Child | undefined = node.children[firstChildAt(node.children, last)];
    if (!child) return false;
    if (node.level === level + 1) return child.sha === sha;
    node = await loadNode(nodes, child.sha);
  }
  return false;
}
