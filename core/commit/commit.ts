// Moves `current` to a manifest that has some ops applied (DESIGN §5). Everything before the swap can be repeated and is
// invisible; the swap is one compare-and-swap; events are derived from the chain afterwards (`event/announce.ts`).
import { applyEdits } from '../manifest/apply.ts';
import { getEntry } from '../manifest/get.ts';
import { type DecodedReader, decodeNode, isDecoded, loadNode } from '../manifest/node.ts';
import type { Edit, NodeIo, NodeReader } from '../manifest/tree.ts';
import { type Clock, isoTime } from '../model/clock.ts';
import { type Actor, type Commit, type CommitCounts, type CurrentAt, encodeCommit } from '../model/commit.ts';
import { type Entry, isFile, sameEntry } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { currentKey } from '../model/index-keys.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { walkChain } from './chain.ts';
import { Contention } from './contention.ts';
import { encodeCurrent, readCurrent } from './current.ts';
import type { PathOp } from './path-op.ts';
import { type ReplacedUnseen, resolveOps } from './resolve-ops.ts';

export interface CommitIo {
  readonly objects: ObjectStore;
  readonly nodes: NodeIo;
  readonly index: KeyValue;
  readonly clock: Clock;
  /** 0 ≤ value < 1; spreads committers that wait. Default Math.random; simulations give their seeded own. */
  readonly random?: () => number;
}

export interface CommitRequest {
  readonly project: ProjectName;
  /** Applied in order, onto whatever `current` is: the last writer wins per path. Their objects are in hot already (I1). */
  readonly ops: readonly PathOp[];
  readonly actor: Actor;
  readonly message?: string;
  /** What `current` was when the caller last heard of it: saves asking. When it has moved since, the first try is lost. */
  readonly lastHeard?: CurrentAt;
  /** Commit only if this is the current commit. */
  readonly ifMatch?: Sha;
  readonly signal?: AbortSignal;
}

export type CommitResult =
  | {
      readonly kind: 'committed';
      readonly commit: Commit;
      readonly commitSha: Sha;
      /** `current` as it is now; someone may have built on the commit already */
      readonly at: CurrentAt;
    }
  /** the ops change nothing */
  | { readonly kind: 'unchanged'; readonly at: CurrentAt }
  /** `ifMatch` is not the current commit */
  | { readonly kind: 'mismatch'; readonly at: CurrentAt }
  | { readonly kind: 'no-project' };

/** How far behind `current` a commit whose ack was lost is looked for. */
const LOST_ACK_DEPTH = 100;

/** @throws StoreUnavailableError  the commit may or may not be visible; repeating the same ops is safe (I1) */
export async function commit(io: CommitIo, request: CommitRequest): Promise<CommitResult> {
  const { project, signal } = request;
  const contention = contentionOf(io, project);
  let heard = request.lastHeard;
  for (;;) {
    const pauseMs = contention.pauseMs(io.random ?? Math.random);
    if (pauseMs > 0) await io.clock.sleep(pauseMs, signal);
    signal?.throwIfAborted();
    // Where many commit, what was heard is old by now.
    const isHearsay = heard !== undefined && pauseMs === 0;
    const result = await attempt(io, request, isHearsay ? heard : await readCurrent(io.index, project));
    heard = undefined;
    if (result.kind === 'committed') contention.won();
    else if (isHearsay) continue;
    else if (result.kind === 'moved') contention.lost();
    if (result.kind !== 'moved') return result;
  }
}

/** Each committer's own memory of how crowded its projects are. */
const contentions = new WeakMap<CommitIo, Map<ProjectName, Contention>>();

function contentionOf(io: CommitIo, project: ProjectName): Contention {
  const own = contentions.get(io) ?? new Map<ProjectName, Contention>();
  contentions.set(io, own);
  const contention = own.get(project) ?? new Contention();
  own.set(project, contention);
  return contention;
}

async function attempt(io: CommitIo, request: CommitRequest, at: CurrentAt | undefined): Promise<CommitResult | Moved> {
  if (!at) return { kind: 'no-project' };
  if (request.ifMatch !== undefined && at.current.commit_sha !== request.ifMatch) return { kind: 'mismatch', at };
  const prepared = await prepare(io, at, request);
  if (prepared === 'unchanged') return { kind: 'unchanged', at };
  return swap(io, at, prepared);
}

interface PreparedCommit {
  readonly commit: Commit;
  readonly commitSha: Sha;
}

/** Stores the new manifest nodes and the commit; nothing refers to them yet. */
async function prepare(io: CommitIo, at: CurrentAt, request: CommitRequest): Promise<PreparedCommit | 'unchanged'> {
  const base = at.current.manifest_sha;
  const { edits, conflicts } = await resolveOps(io.nodes, base, request.ops);
  const fresh = collectNodes(io.nodes);
  const root = await applyEdits(fresh, base, edits);
  if (root.sha === base) return 'unchanged';

  const next: Commit = {
    v: 1,
    project: request.project,
    manifest_sha: root.sha,
    parents: [at.current.commit_sha],
    actor: request.actor,
    ts: isoTime(io.clock.now()),
    counts: await countChanges(io.nodes, base, edits),
    files: root.files,
    bytes: root.bytes,
    ...(request.message === undefined ? {} : { message: request.message }),
    ...(conflicts.length === 0 ? {} : { conflicts: firstConflicts(conflicts) }),
  };
  const { sha, bytes } = encodeCommit(next);
  // I1 asks for nodes and commit before `current`; among themselves they are unreachable until then and go in parallel.
  await Promise.all([fresh.flush(), io.objects.put(sha, bytes.length, bytes)]);
  return { commit: next, commitSha: sha };
}

const firstConflicts = (conflicts: readonly ReplacedUnseen[]) => conflicts.slice(0, 1000);

/** Someone else was first: rebase on what is current now. */
interface Moved {
  readonly kind: 'moved';
}

/** The compare-and-swap. An ack that was lost is recognised by finding our commit in the chain, not repeated. */
async function swap(io: CommitIo, at: CurrentAt, prepared: PreparedCommit): Promise<CommitResult | Moved> {
  const { commit: next, commitSha } = prepared;
  const current = {
    manifest_sha: next.manifest_sha,
    commit_sha: commitSha,
    files: next.files,
    bytes: next.bytes,
    ts: next.ts,
  };
  try {
    const outcome = await io.index.compareAndSet(currentKey(at.project), encodeCurrent(current), at.revision);
    if (outcome.kind === 'set') {
      return { kind: 'committed', commit: next, commitSha, at: { ...at, current, revision: outcome.revision } };
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
  }
  const now = await readCurrent(io.index, at.project);
  if (now && now.revision !== at.revision && (await wasCommitted(io, now, commitSha, at.current.commit_sha))) {
    return { kind: 'committed', commit: next, commitSha, at: now };
  }
  return { kind: 'moved' };
}

/** Looks for our commit between what is current now and what it was built on; a longer chain is followed only so far. */
async function wasCommitted(io: CommitIo, now: CurrentAt, ours: Sha, base: Sha): Promise<boolean> {
  let looked = 0;
  for await (const { sha } of walkChain(io.objects, now.current.commit_sha)) {
    if (sha === ours) return true;
    if (sha === base || ++looked >= LOST_ACK_DEPTH) return false;
  }
  return false;
}

/** Holds new nodes back until the whole tree is known, then stores them all at once. */
function collectNodes(io: NodeIo): DecodedReader & NodeIo & { flush(): Promise<void> } {
  const fresh = new Map<Sha, Uint8Array>();
  const offered: (() => void)[] = [];
  return {
    getNode: async (sha) => fresh.get(sha) ?? io.getNode(sha),
    getDecoded: (sha) => {
      const bytes = fresh.get(sha);
      return bytes ? decodeNode(sha, bytes) : loadNode(io, sha);
    },
    putNode: async (sha, bytes) => {
      fresh.set(sha, bytes);
    },
    keep: (sha, node, sizeBytes) => {
      if (isDecoded(io)) offered.push(() => io.keep(sha, node, sizeBytes));
    },
    flush: async () => {
      await Promise.all(Array.from(fresh, ([sha, bytes]) => io.putNode(sha, bytes)));
      for (const offer of offered) offer();
    },
  };
}

async function countChanges(nodes: NodeReader, base: Sha, edits: readonly Edit[]): Promise<CommitCounts> {
  const added: Entry[] = [];
  const removed: Entry[] = [];
  let updated = 0;
  for (const edit of edits) {
    const path: RelPath = edit.kind === 'put' ? edit.entry.path : edit.path;
    const before = await getEntry(nodes, base, path);
    if (edit.kind === 'remove') {
      if (before) removed.push(before);
    } else if (!before) added.push(edit.entry);
    else if (!sameEntry(before, edit.entry)) updated++;
  }
  const moved = countMoves(added, removed);
  return { added: added.length - moved, updated, deleted: removed.length - moved, moved };
}

/** Files that went and files that came with the same bytes pair up, as `pairMoves` does for events. */
function countMoves(added: readonly Entry[], removed: readonly Entry[]): number {
  const gone = new Map<Sha, number>();
  for (const entry of removed) if (isFile(entry)) gone.set(entry.sha, (gone.get(entry.sha) ?? 0) + 1);
  let moved = 0;
  for (const entry of added) {
    const left = isFile(entry) ? (gone.get(entry.sha) ?? 0) : 0;
    if (!isFile(entry) || left === 0) continue;
    gone.set(entry.sha, left - 1);
    moved++;
  }
  return moved;
}
