// Walks a tree in path order: its entries, its nodes, or only the nodes that another tree does not have.
import type { Entry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { comparePaths, isUnder, type RelPath } from '../model/rel-path.ts';
import { cachedReader } from './cached-nodes.ts';
import { TreeCursor } from './cursor.ts';
import { type Child, firstChildAt, isDecoded, lastPath, loadNode } from './node.ts';
import { rangeOf } from './totals.ts';
import type { NodeReader } from './tree.ts';

export interface WalkOptions {
  /** first path, itself included */
  readonly from?: string | undefined;
  /** only what is below this directory */
  readonly prefix?: RelPath | '' | undefined;
}

export async function* walkTree(io: NodeReader, rootSha: Sha, options: WalkOptions = {}): AsyncIterable<Entry> {
  const { from = '', prefix = '' } = options;
  const cursor = await TreeCursor.open(io, rootSha);
  const start = rangeOf(prefix).from;
  await cursor.seek(comparePaths(from, start) > 0 ? from : start);
  while (cursor.entry && isUnder(cursor.entry.path, prefix)) {
    yield cursor.entry;
    if (!cursor.step()) await cursor.nextLeaf();
  }
}

export interface WalkNodesOptions {
  /** true: neither this node nor those below it are given */
  readonly skip?: ((sha: Sha) => boolean) | undefined;
}

/** Every node's sha, parents first. Leaves are not read: their parents name them. */
export async function* walkNodes(io: NodeReader, rootSha: Sha, options: WalkNodesOptions = {}): AsyncIterable<Sha> {
  const skip = options.skip ?? (() => false);
  if (!skip(rootSha)) yield* below(io, rootSha, undefined, skip);
}

/** @param level undefined for a root, which has to be read to know it */
async function* below(
  io: NodeReader,
  sha: Sha,
  level: number | undefined,
  skip: (sha: Sha) => boolean,
): AsyncIterable<Sha> {
  yield sha;
  if (level === 0) return;
  const node = await loadNode(io, sha);
  if (node.kind === 'leaf') return;
  for (const child of node.children) if (!skip(child.sha)) yield* below(io, child.sha, node.level - 1, skip);
}

/** Nodes of `newRootSha` that `oldRootSha` does not have, parents first: what a commit has to store, or a mirror to copy.
 *  Reads the branches that differ and their counterparts, but no leaves.
 *  @param oldRootSha undefined: all nodes are new */
export async function* newNodes(io: NodeReader, oldRootSha: Sha | undefined, newRootSha: Sha): AsyncIterable<Sha> {
  if (oldRootSha === undefined) {
    yield* walkNodes(io, newRootSha);
  } else if (oldRootSha !== newRootSha) {
    const nodes = isDecoded(io) ? io : cachedReader(io, { maxBytes: CACHE_BYTES });
    const root = await loadNode(nodes, newRootSha);
    yield* newBelow(nodes, oldRootSha, { sha: newRootSha, last: lastPath(root) ?? '', level: root.level });
  }
}

/** The old tree's upper branches are looked at once for each node that is compared. */
const CACHE_BYTES = 8 * 1024 * 1024;

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
