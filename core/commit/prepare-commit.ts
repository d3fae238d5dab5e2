// Stores what a commit needs before `current` can name it: the new manifest nodes and the commit itself. Nothing refers to
// them yet, so that a repetition, or a rebase, leaves nothing behind but what a sweep removes (I1). Files that gave way to
// later ones get a commit of their own below it, which `current` never names: so history has them, and no node ever takes
// them for what is current.
import { applyEdits } from '../manifest/apply.ts';
import { diffTrees, pairMoves } from '../manifest/diff.ts';
import { withoutFilledDirs } from '../manifest/filled-dirs.ts';
import type { Change, Edit, NodeIo, NodeReader } from '../manifest/tree.ts';
import { isoTime } from '../model/clock.ts';
import {
  type Commit,
  type CommitCounts,
  type CurrentAt,
  type CurrentChanges,
  encodeCommit,
  MAX_CURRENT_CHANGES,
} from '../model/commit.ts';
import { type Entry, isFile, sameEntry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { broughtBy, provenInCold, waitsForCold } from './cold-proofs.ts';
import type { CommitIo, CommitRequest } from './commit.ts';
import { heldNodes } from './held-nodes.ts';
import { type KeptBeside, losersBeside } from './keep-both.ts';
import type { WrittenBy } from './later-wins.ts';
import { listedConflicts } from './listed-conflicts.ts';
import { readPolicy } from './policy.ts';
import { type GaveWay, type ReplacedUnseen, type ResolvedOps, resolveOps, seenAs } from './resolve-ops.ts';

/** How many commits one swap of `current` adds to the chain at most: its own, and one below it. */
export const COMMITS_A_SWAP = 2;

/** Every node receives it, whether it wants to know or not. */
const MAX_TOLD_CHARACTERS = 4 * 1024;

export interface Unchanged {
  readonly kind: 'unchanged';
  readonly gaveWay: readonly GaveWay[];
}

/** `onlySeen` was asked for, and an op met what it has not seen. */
export interface Unseen {
  readonly kind: 'unseen';
}

export interface PreparedCommit {
  readonly kind: 'prepared';
  readonly commit: Commit;
  readonly commitSha: Sha;
  /** the commit that was current before */
  readonly onto: Sha;
  /** files of the ops that were not put */
  readonly gaveWay: readonly GaveWay[];
  /** all of them, where the commit lists the first */
  readonly conflicts: readonly ReplacedUnseen[];
  /** losers that were written beside the winners, by the policy `keep-both`; the committer has yet to bring them to disk */
  readonly besides: readonly KeptBeside[];
  /** what `current` says of it */
  readonly changes: CurrentChanges | undefined;
}

export async function prepareCommit(
  io: CommitIo,
  at: CurrentAt,
  request: CommitRequest,
): Promise<PreparedCommit | Unchanged | Unseen> {
  const { manifest_sha: base, commit_sha: onto, ts } = at.current;
  const now = io.clock.now();
  const by = { ours: now, theirs: Date.parse(ts) };
  const { edits, was, conflicts, besides, gaveWay } = await resolve(io, base, request, by);
  if (request.onlySeen && conflicts.length + gaveWay.length > 0) return { kind: 'unseen' };
  const fresh = heldNodes(io.nodes);
  const root = await applyEdits(fresh, base, edits);
  const lost = gaveWay.filter(({ entry, to }) => isFile(entry) && seenAs(to) !== entry.sha);
  if (root.sha === base && lost.length === 0) {
    await request.objects;
    return { kind: 'unchanged', gaveWay };
  }

  const changes = await changesOf(was, edits);
  const common = { v: 1, project: request.project, actor: request.actor, ts: isoTime(now) } as const;
  const copies = lost.length > 0 ? await keepInHistory(io.nodes, fresh, at, lost) : undefined;
  const below = copies && encodeCommit({ ...common, ...copies });
  const next: Commit = {
    ...common,
    manifest_sha: root.sha,
    parents: [below?.sha ?? onto],
    counts: countsOf(copies ? await changesBetween(fresh, copies.manifest_sha, root.sha) : changes),
    files: root.files,
    bytes: root.bytes,
    ...(request.message === undefined ? {} : { message: request.message }),
    ...listedConflicts(conflicts, besides),
  };
  const { sha, bytes } = encodeCommit(next);
  // Among themselves they are unreachable, so they go in parallel, beside the ops' own objects.
  await Promise.all([
    fresh.flush(),
    below && io.objects.put(below.sha, below.bytes.length, below.bytes),
    io.objects.put(sha, bytes.length, bytes),
    request.objects,
  ]);
  if (at.current.strict)
    await proveInCold(io, request, [
      ...changes.flatMap((change) => (change.kind === 'removed' ? [] : [change.entry])),
      ...lost.map(({ entry }) => entry),
    ]);
  return {
    kind: 'prepared',
    commit: next,
    commitSha: sha,
    onto,
    gaveWay,
    conflicts,
    besides: besides.map(({ op, of }) => ({ op: of.op, path: op.entry.path })),
    changes: toldInCurrent(base, changes),
  };
}

/** Whoever hears of a strict project's commit can rely on cold alone for the files that it brings. */
async function proveInCold(
  io: CommitIo,
  { project, proven, signal }: CommitRequest,
  entries: readonly Entry[],
): Promise<void> {
  const brought = broughtBy(entries).filter(({ sha }) => !proven?.has(sha));
  if (brought.length === 0) return;
  if (!io.proofs) throw waitsForCold(project, 'this program does not ask for proofs');
  await provenInCold(io.proofs, project, brought, signal);
}

/** What is current, with the files that gave way in their places: a commit that is only ever passed over. */
async function keepInHistory(
  nodes: NodeReader,
  fresh: NodeIo,
  { current }: CurrentAt,
  lost: readonly GaveWay[],
): Promise<Pick<Commit, 'manifest_sha' | 'parents' | 'counts' | 'files' | 'bytes' | 'message'>> {
  const base = current.manifest_sha;
  const puts = lost.map(({ entry }) => ({ kind: 'put', entry }) as const);
  const { edits, was } = await resolveOps(nodes, base, puts);
  const root = await applyEdits(fresh, base, edits);
  return {
    manifest_sha: root.sha,
    parents: [current.commit_sha],
    counts: countsOf(await changesOf(was, edits)),
    files: root.files,
    bytes: root.bytes,
    message: `For history: ${lost.length === 1 ? 'a file that gave' : `${lost.length} files that gave`} way to later ones`,
  };
}

async function changesBetween(nodes: NodeReader, from: Sha, to: Sha): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const change of diffTrees(nodes, from, to)) changes.push(change);
  return changes;
}

/** Conflicts are rare, so that the policy is asked for only then. */
async function resolve({ nodes, index }: CommitIo, base: Sha, { project, ops }: CommitRequest, by: WrittenBy) {
  const resolved = await resolveOps(nodes, base, ops, by);
  const keepsBoth = resolved.conflicts.length > 0 && (await readPolicy(index, project)).conflicts === 'keep-both';
  const besides = keepsBoth ? await losersBeside(nodes, base, ops, resolved.conflicts) : [];
  if (besides.length === 0) return { ...resolved, besides };
  const { edits, was } = await resolveOps(nodes, base, [...ops, ...besides.map(({ op }) => op)], by);
  return { ...resolved, edits, was, besides };
}

async function changesOf(wasAt: ResolvedOps['was'], edits: readonly Edit[]): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const edit of edits) {
    const was = await wasAt(edit.kind === 'put' ? edit.entry.path : edit.path);
    if (edit.kind === 'remove') {
      if (was) changes.push({ kind: 'removed', was });
    } else if (!was) changes.push({ kind: 'added', entry: edit.entry });
    else if (!sameEntry(was, edit.entry)) changes.push({ kind: 'updated', entry: edit.entry, was });
  }
  return changes;
}

/** A few changes are told together with `current`, so that a node can bring them to disk without reading the tree. */
function toldInCurrent(since: Sha, changes: readonly Change[]): CurrentChanges | undefined {
  if (changes.length > MAX_CURRENT_CHANGES) return undefined;
  const told: CurrentChanges = {
    since,
    put: changes.flatMap((change) => (change.kind === 'removed' ? [] : [change.entry])),
    removed: changes.flatMap((change) => (change.kind === 'removed' ? [change.was.path] : [])),
  };
  return JSON.stringify(told).length > MAX_TOLD_CHARACTERS ? undefined : told;
}

function countsOf(changes: readonly Change[]): CommitCounts {
  // How many pair up does not depend on the order of the changes.
  const counts = { added: 0, updated: 0, removed: 0, moved: 0 };
  for (const { kind } of pairMoves(withoutFilledDirs(changes))) counts[kind] += 1;
  const { added, updated, removed, moved } = counts;
  return { added, updated, deleted: removed, moved };
}
