// Turns ops into edits of a tree. Here live the rules that keep a tree a possible directory: a file and a directory
// never share a path, and a directory has an entry only while it is empty. Later ops see the effect of earlier ones.
// An op wins over what its committer had not seen, but for two: an empty directory, come or gone, holds nothing and never
// takes a file away, and a file that was never shared gives way to a later one, and to any above it or below it.
import type { Edit, NodeReader } from '../manifest/tree.ts';
import { type Entry, type FileEntry, isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { isUnder, parseRelPath, type RelPath } from '../model/rel-path.ts';
import { DraftTree } from './draft-tree.ts';
import { isLater, type WrittenBy } from './later-wins.ts';
import type { PathOp, Seen } from './path-op.ts';

/** A path where an op met something that its committer had not seen: it won over that, or gave way to it. */
export interface ReplacedUnseen {
  readonly path: RelPath;
  readonly won: Sha | null;
  readonly lost: Sha | null;
  /** undefined: what lost was no file */
  readonly lostEntry: FileEntry | undefined;
  /** the path beside which there is room for the loser */
  readonly beside: RelPath;
  /** which op it was, by its place in the list */
  readonly op: number;
}

/** What an op did not put, because a file that the project has in its place stays: one with the same bytes, one that is as
 *  late, any above it or below it, or any in the place of an empty directory. */
export interface GaveWay {
  readonly entry: Entry;
  /** what the project has at its path; undefined: nothing, because of a file above it or files below it */
  readonly to: Entry | undefined;
  /** which op it was, by its place in the list */
  readonly op: number;
}

export interface ResolvedOps {
  readonly edits: readonly Edit[];
  /** What the tree has at a path, as it was before the ops. */
  was(path: RelPath): Promise<Entry | undefined>;
  readonly conflicts: readonly ReplacedUnseen[];
  readonly gaveWay: readonly GaveWay[];
}

/** @param by  absent: no op gives way */
export async function resolveOps(
  nodes: NodeReader,
  root: Sha,
  ops: readonly PathOp[],
  by?: WrittenBy,
): Promise<ResolvedOps> {
  const draft = new DraftTree(nodes, root);
  const conflicts: ReplacedUnseen[] = [];
  const gaveWay: GaveWay[] = [];
  for (const [index, op] of ops.entries()) {
    switch (op.kind) {
      case 'put': {
        const met = await put(draft, op, index, by);
        conflicts.push(...met.conflicts);
        if (met.gaveWay) gaveWay.push(met.gaveWay);
        break;
      }
      case 'delete': {
        const before = await draft.get(op.path);
        if (op.seen === 'dir' && before && isFile(before)) break;
        if (before && missed(op.seen, before, undefined)) conflicts.push(conflict(index, op.path, undefined, before));
        // What came below the path unseen is not the committer's to delete.
        if (op.seen === undefined) await draft.removeAll(op.path);
        else draft.remove(op.path, before);
        break;
      }
      case 'move': {
        const moving = await draft.under(op.from);
        // Said again after it was done, or by a second person: what is at `to` is the result.
        if (moving.length === 0) break;
        await draft.removeAll(op.from);
        await draft.removeAll(op.to);
        for (const entry of moving) {
          await put(
            draft,
            { entry: { ...entry, path: parseRelPath(op.to + entry.path.slice(op.from.length)) } },
            index,
          );
        }
        break;
      }
    }
  }
  return { edits: draft.edits(), was: (path) => draft.was(path), conflicts, gaveWay };
}

interface Met {
  readonly conflicts: readonly ReplacedUnseen[];
  readonly gaveWay?: GaveWay;
}

const NOTHING: Met = { conflicts: [] };

async function put(
  draft: DraftTree,
  { entry, seen, unseen }: Omit<Extract<PathOp, { kind: 'put' }>, 'kind'>,
  op: number,
  by?: WrittenBy,
): Promise<Met> {
  const before = await draft.get(entry.path);
  const displaced = await draft.inTheWayOf(entry);
  if (displaced === 'filled') return NOTHING;
  const files = displaced.filter(isFile);
  const isUnseen = missed(seen, before, entry);
  const gaveWay = { entry, to: before, op };
  if (!isFile(entry)) {
    const isOverUnseen = (isUnseen && before && isFile(before)) || (unseen === 'later-wins' && files.length > 0);
    if (isOverUnseen) return { conflicts: [], gaveWay };
  } else if (by && unseen === 'later-wins') {
    if (seenAs(before) === entry.sha) return { conflicts: [], gaveWay };
    // A file in the place of a directory, or the other way round: one op would decide about many files, of which other
    // batches may know more. So times do not count here, and all of them come to the same.
    const stays = files[0] ?? (before && isFile(before) && !isLater(entry, before, by) ? before : undefined);
    if (stays) return { conflicts: [conflict(op, entry.path, before, entry, stays)], gaveWay };
  }
  draft.put(entry, displaced);
  const conflicts = isUnseen ? [conflict(op, entry.path, entry, before)] : [];
  // A committer that says what it saw deletes by itself what it knew to be in the way.
  if (seen === undefined) return { conflicts };
  return { conflicts: [...conflicts, ...files.map((file) => conflict(op, file.path, undefined, file, entry))] };
}

/** True when `before` is neither what the committer saw nor what it makes. */
function missed(seen: Seen | undefined, before: Entry | undefined, after: Entry | undefined): boolean {
  if (seen === undefined) return false;
  const now = seenAs(before);
  return now !== seen && now !== seenAs(after);
}

export function seenAs(entry: Entry | undefined): Seen {
  if (!entry) return 'absent';
  return isFile(entry) ? entry.sha : 'dir';
}

/** @param won  what is at the path now
 *  @param elsewhere  what won, where that is above the path or below it */
function conflict(
  op: number,
  path: RelPath,
  won: Entry | undefined,
  lost: Entry | undefined,
  elsewhere?: Entry,
): ReplacedUnseen {
  const beside = elsewhere && isUnder(path, elsewhere.path) ? elsewhere.path : path;
  const sha = (entry: Entry | undefined) => (entry && isFile(entry) ? entry.sha : null);
  const lostEntry = lost && isFile(lost) ? lost : undefined;
  return { path, won: sha(won), lost: sha(lost), lostEntry, beside, op };
}
