// What differs between two trees, a page at a time. A diff that is not too large is gone through once, so that moves are
// told as moves and the whole is counted; of a larger one each page is read by itself, and a move is two changes.
import { diffTrees, type Moved, pairMoves } from '../manifest/diff.ts';
import { withoutFilledDirs } from '../manifest/filled-dirs.ts';
import { kindAt } from '../manifest/kind-at.ts';
import type { Change, NodeReader } from '../manifest/tree.ts';
import { isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { comparePaths, type RelPath } from '../model/rel-path.ts';

export type Difference = Change | Moved;

export interface DiffPage {
  /** in path order; a move stands at its new path */
  readonly changes: readonly Difference[];
  /** give it as `after` for the next page; undefined on the last one */
  readonly next: RelPath | undefined;
  /** of the whole diff; undefined: it is too large to be gone through, and moves are told as removed and added */
  readonly totals: DiffTotals | undefined;
}

export interface DiffTotals {
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  readonly moved: number;
  /** of the files that were put, and of those that went */
  readonly putBytes: number;
  readonly goneBytes: number;
}

/** About 3 MB, and some tens of milliseconds. */
export const MAX_WHOLE = 5_000;

/** @returns undefined when there are more than `most` changes */
export async function wholeDiff(
  nodes: NodeReader,
  from: Sha,
  to: Sha,
  most = MAX_WHOLE,
): Promise<readonly Difference[] | undefined> {
  const changes: Change[] = [];
  for await (const change of diffTrees(nodes, from, to)) {
    if (changes.length === most) return undefined;
    changes.push(change);
  }
  return pairMoves(withoutFilledDirs(changes));
}

/** Of so few changes a move is known as one. */
const GLANCED_AT = 8;

/** The first of what differs, at the cost of reading little more than that. */
export async function firstDifference(nodes: NodeReader, from: Sha, to: Sha): Promise<Difference | undefined> {
  const changes: Change[] = [];
  for await (const change of diffTrees(nodes, from, to)) {
    changes.push(change);
    if (changes.length === GLANCED_AT) return withoutFilledDirs(changes)[0];
  }
  return pairMoves(withoutFilledDirs(changes))[0];
}

/** A page of a diff that is known whole. */
export function pageOfDiff(
  all: readonly Difference[],
  { after, limit }: { readonly after?: RelPath | undefined; readonly limit: number },
): DiffPage {
  const start = after === undefined ? 0 : all.findIndex((one) => comparePaths(pathOf(one), after) > 0);
  const changes = start < 0 ? [] : all.slice(start, start + limit);
  const last = changes.at(-1);
  const hasMore = start >= 0 && start + limit < all.length;
  return { changes, next: hasMore && last ? pathOf(last) : undefined, totals: totalsOf(all) };
}

/** A page of a diff of any size: only it is read. */
export async function pageOfLargeDiff(
  nodes: NodeReader,
  from: Sha,
  to: Sha,
  { after, limit }: { readonly after?: RelPath | undefined; readonly limit: number },
): Promise<DiffPage> {
  const changes: Change[] = [];
  // The earliest path that can come after another is that one with a NUL behind it.
  for await (const change of diffTrees(nodes, from, to, after === undefined ? {} : { from: `${after}\0` })) {
    if (await isFilledDir(nodes, change, to)) continue;
    if (changes.length === limit) {
      const last = changes.at(-1);
      return { changes, next: last && pathOf(last), totals: undefined };
    }
    changes.push(change);
  }
  return { changes, next: undefined, totals: undefined };
}

/** What came into a directory may be pages away: the tree is asked. */
const isFilledDir = async (nodes: NodeReader, change: Change, to: Sha): Promise<boolean> =>
  change.kind === 'removed' && !isFile(change.was) && (await kindAt(nodes, to, change.was.path)) === 'directory';

export const pathOf = (one: Difference): RelPath => (one.kind === 'removed' ? one.was.path : one.entry.path);

function totalsOf(all: readonly Difference[]): DiffTotals {
  const totals = { added: 0, updated: 0, removed: 0, moved: 0, putBytes: 0, goneBytes: 0 };
  for (const one of all) {
    totals[one.kind] += 1;
    if (one.kind !== 'removed' && one.kind !== 'moved') totals.putBytes += sizeOf(one.entry);
    if (one.kind !== 'added' && one.kind !== 'moved') totals.goneBytes += sizeOf(one.was);
  }
  return totals;
}

const sizeOf = (entry: Parameters<typeof isFile>[0]): number => (isFile(entry) ? entry.size : 0);
