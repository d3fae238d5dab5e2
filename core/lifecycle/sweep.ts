// Finds and removes objects that no kept commit reaches. Mark and sweep, made safe by three things: only objects that were
// not touched for a grace time (a put that finds its object touches it, I5), only those that two sweeps in a row found
// unreachable, and a deletion that the store itself refuses when the object was touched in between. Plan and execution are
// apart; a plan is its own dry run (I4).
import { walkChain } from '../commit/chain.ts';
import { readCurrent } from '../commit/current.ts';
import { listDeleted } from '../commit/delete-project.ts';
import { readPolicy } from '../commit/policy.ts';
import { listProjects } from '../commit/project.ts';
import { loadNode, type TreeNode } from '../manifest/node.ts';
import type { NodeReader } from '../manifest/tree.ts';
import type { Clock } from '../model/clock.ts';
import { isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { Retention } from '../model/policy.ts';
import { ShaSet } from '../model/sha-set.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';
import { type Listed, ListedObjects } from './listed-objects.ts';
import { keptCommits } from './retention.ts';

export interface SweepIo {
  readonly objects: ObjectStore;
  /** each is read once */
  readonly nodes: NodeReader;
  readonly index: KeyValue;
  readonly clock: Clock;
}

export interface SweepCandidate {
  readonly sha: Sha;
  readonly sizeBytes: number;
  readonly touchedAt: number;
  /** when a sweep first found it unreachable */
  readonly foundAt: number;
}

export interface SweepPlan {
  readonly plannedAt: number;
  /** found unreachable by this sweep and by an earlier one, and old enough: these go */
  readonly remove: readonly SweepCandidate[];
  /** unreachable, but found for the first time or touched within the grace time: these wait */
  readonly wait: readonly SweepCandidate[];
  readonly reachable: number;
}

/** An object younger than this is never swept: the commit that will name it may be under way. One day. */
export const SWEEP_GRACE_MS = 24 * 3600 * 1000;

/** @param earlier  the candidates of the sweep before (its `remove` and `wait`)
 *  @throws when any commit, manifest or list cannot be read: unknown is never unreachable (I3) */
export async function planSweep(
  io: SweepIo,
  earlier: readonly SweepCandidate[],
  graceMs = SWEEP_GRACE_MS,
): Promise<SweepPlan> {
  const plannedAt = io.clock.now();
  // The list comes first: an object stored after it cannot be in the plan, however long marking takes.
  const stored = new ListedObjects();
  for await (const object of io.objects.list()) stored.add(object);
  return judge(stored, await markReachable(io), earlier, { plannedAt, graceMs });
}

/** @param stored  listed before `reachable` was marked */
export function judge(
  stored: Iterable<Listed>,
  reachable: Reachable,
  earlier: readonly SweepCandidate[],
  { plannedAt, graceMs }: { readonly plannedAt: number; readonly graceMs: number },
): SweepPlan {
  const before = new Map(earlier.map((candidate) => [candidate.sha, candidate]));
  const remove: SweepCandidate[] = [];
  const wait: SweepCandidate[] = [];
  for (const { sha, sizeBytes, touchedAt } of stored) {
    if (reachable.has(sha)) continue;
    const known = before.get(sha);
    // A touch since the last sweep starts its two cycles anew.
    const again = known !== undefined && known.touchedAt === touchedAt;
    const candidate = { sha, sizeBytes, touchedAt, foundAt: again ? known.foundAt : plannedAt };
    const old = plannedAt - touchedAt > graceMs;
    (again && old ? remove : wait).push(candidate);
  }
  return { plannedAt, remove, wait, reachable: reachable.size };
}

export interface SweepResult {
  readonly removed: number;
  readonly freedBytes: number;
  /** touched since the plan, and so kept */
  readonly kept: number;
}

export async function executeSweep(
  io: Pick<SweepIo, 'objects'>,
  plan: SweepPlan,
  signal?: AbortSignal,
  tell?: (removed: SweepCandidate) => Promise<void>,
): Promise<SweepResult> {
  let removed = 0;
  let freedBytes = 0;
  let kept = 0;
  for (const candidate of plan.remove) {
    const { sha, sizeBytes, touchedAt } = candidate;
    signal?.throwIfAborted();
    if (await io.objects.delete(sha, { untouchedSince: touchedAt })) {
      removed++;
      freedBytes += sizeBytes;
      await tell?.(candidate);
    } else kept++;
  }
  return { removed, freedBytes, kept };
}

export type Reachable = Pick<ShaSet, 'has' | 'size'>;

/** Everything that a kept commit reaches, of all projects, the deleted ones in their grace time included. Commits themselves
 *  are always kept: they are a project's record of who did what, and small. */
export async function markReachable(io: SweepIo): Promise<Reachable> {
  const reachable = new ShaSet();
  // Apart from `reachable`, because a file may hold the very bytes of a manifest node whose children nobody has marked.
  const walked = new Set<Sha>();
  const past: Sha[] = [];
  for (const { head, retention } of await heads(io)) {
    const chain: { sha: Sha; at: number; manifest: Sha }[] = [];
    for await (const { sha, commit } of walkChain(io.objects, head)) {
      reachable.add(sha);
      chain.push({ sha, at: Date.parse(commit.ts), manifest: commit.manifest_sha });
    }
    const kept = keptCommits(chain, retention, io.clock.now());
    for (const { sha, manifest } of chain) {
      if (sha === head) await markManifest(io, { manifest, isPast: false }, walked, reachable);
      else if (kept.has(sha)) past.push(manifest);
    }
  }
  // After all that is current: what is walked is not looked at again, and there nothing may be missing.
  for (const manifest of past) await markManifest(io, { manifest, isPast: true }, walked, reachable);
  return reachable;
}

/** A line of commits that is to be marked, and the rules of the project that it is. */
interface Head {
  readonly head: Sha;
  readonly retention: Retention;
}

/** Deletion and its undoing write the new place before they leave the old one, so that between two lists of the projects
 *  none can hide from all three. A deleted project's rules are in its record: its name has none any more, or another's. */
async function heads(io: SweepIo): Promise<Head[]> {
  const found = await liveHeads(io);
  for (const { deleted } of await listDeleted(io.index)) {
    found.push({ head: deleted.current.commit_sha, retention: deleted.policy.retention });
  }
  return [...found, ...(await liveHeads(io))];
}

/** The rules are read here and not while marking, which takes long: a project that is deleted meanwhile leaves none under
 *  its name, and would be judged by the defaults. */
async function liveHeads(io: SweepIo): Promise<Head[]> {
  const found: Head[] = [];
  for (const project of await listProjects(io.index)) {
    const at = await readCurrent(io.index, project);
    if (!at) continue;
    const { retention } = await readPolicy(io.index, project);
    found.push({ head: at.current.commit_sha, retention });
  }
  return found;
}

interface MarkedTree {
  readonly manifest: Sha;
  /** Not current. A retention that was loosened names commits whose content an earlier sweep took, or some of it, when it was
   *  cut off; what is still there of such a one is kept, and of what is current nothing may be missing. */
  readonly isPast: boolean;
}

/** Nodes that were walked before are not walked again, so that a thousand commits cost little more than one. */
async function markManifest(io: SweepIo, tree: MarkedTree, walked: Set<Sha>, reachable: ShaSet): Promise<void> {
  const waiting = [tree.manifest];
  for (let sha = waiting.pop(); sha !== undefined; sha = waiting.pop()) {
    if (walked.has(sha)) continue;
    const node = await readNode(io, sha, tree.isPast);
    if (!node) continue;
    walked.add(sha);
    reachable.add(sha);
    if (node.kind === 'branch') waiting.push(...node.children.map((child) => child.sha));
    else for (const entry of node.entries) if (isFile(entry)) reachable.add(entry.sha);
  }
}

/** @returns undefined when it is proven to be absent, and may be */
async function readNode(io: SweepIo, sha: Sha, mayBeAbsent: boolean): Promise<TreeNode | undefined> {
  try {
    return await loadNode(io.nodes, sha);
  } catch (error) {
    if (mayBeAbsent && error instanceof ObjectAbsentError) return undefined;
    throw error;
  }
}
