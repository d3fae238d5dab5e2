// What a commit of a project with the policy `durability: strict` waits for, and a workspace that is to go from a node: that
// cold has proven copies. Nodes have no keys to cold, so they ask a server, as for a recall; it archives what is not there yet.
import { type Entry, isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { mimeOf } from '../model/mime.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';

export interface BroughtObject {
  readonly sha: Sha;
  readonly size: number;
  readonly mime: string;
}

export type ProofAnswer =
  /** every one of them is proven in cold */
  | { readonly kind: 'proven' }
  /** they are on their way: ask again */
  | { readonly kind: 'waiting' }
  /** hot does not have it, so nobody can archive it */
  | { readonly kind: 'absent'; readonly sha: Sha }
  | { readonly kind: 'corrupt'; readonly sha: Sha; readonly detail: string }
  /** why not now, without a full stop */
  | { readonly kind: 'failed'; readonly reason: string };

/** `record`: what was proven when it was archived counts. `fresh`: cold itself is asked now (I3), for who drops a copy. */
export type Freshness = 'record' | 'fresh';

export interface ColdProofs {
  /** Answers within seconds, also while objects are still on their way.
   *  @throws StoreUnavailableError  of cold: no server answers; of hot: NATS is away */
  ask(project: ProjectName, objects: readonly BroughtObject[], freshness?: Freshness): Promise<ProofAnswer>;
}

/** The objects of these files, each once. */
export function broughtBy(entries: Iterable<Entry>): BroughtObject[] {
  const brought = new Map<Sha, BroughtObject>();
  for (const entry of entries) {
    if (isFile(entry)) brought.set(entry.sha, { sha: entry.sha, size: entry.size, mime: mimeOf(entry.path) });
  }
  return [...brought.values()];
}

/** Objects of one question. */
const OBJECTS_A_QUESTION = 1_000;
/** Who still waits then says so and asks again later, while the copying goes on: each answer takes some 2 s. */
const ANSWERS_AWAITED = 10;

/** @throws StoreUnavailableError, of cold: they are not proven yet; ObjectAbsentError, ObjectCorruptError  hot has no good copy */
export async function provenInCold(
  proofs: ColdProofs,
  project: ProjectName,
  objects: readonly BroughtObject[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const why = await whyUnproven(proofs, project, objects, 'record', signal);
  if (why !== undefined) throw waitsForCold(project, why);
}

/** @returns why they are not proven yet, without a full stop; undefined: they are
 *  @throws ObjectAbsentError, ObjectCorruptError  neither cold nor hot has a good copy; StoreUnavailableError, of hot */
export async function whyUnproven(
  proofs: ColdProofs,
  project: ProjectName,
  objects: readonly BroughtObject[],
  freshness: Freshness,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  for (let at = 0; at < objects.length; at += OBJECTS_A_QUESTION) {
    const asked = objects.slice(at, at + OBJECTS_A_QUESTION);
    const why = await untilProven(() => ask(proofs, project, asked, freshness), signal);
    if (why !== undefined) return why;
  }
  return undefined;
}

async function untilProven(
  question: () => Promise<ProofAnswer>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  for (let asked = 0; asked < ANSWERS_AWAITED; asked++) {
    signal?.throwIfAborted();
    const answer = await question();
    switch (answer.kind) {
      case 'proven':
        return undefined;
      case 'waiting':
        break;
      case 'absent':
        throw new ObjectAbsentError(answer.sha, 'hot');
      case 'corrupt':
        throw new ObjectCorruptError(answer.sha, 'hot', answer.detail);
      case 'failed':
        return answer.reason;
    }
  }
  return 'its files are still on their way to there';
}

async function ask(
  proofs: ColdProofs,
  project: ProjectName,
  objects: readonly BroughtObject[],
  freshness: Freshness,
): Promise<ProofAnswer> {
  try {
    return await proofs.ask(project, objects, freshness);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError && error.tier === 'cold')) throw error;
    return { kind: 'failed', reason: error.detail };
  }
}

export const waitsForCold = (project: ProjectName, why: string): StoreUnavailableError =>
  new StoreUnavailableError('cold', `a commit to ${project} waits for it, by the policy strict: ${why}`);
