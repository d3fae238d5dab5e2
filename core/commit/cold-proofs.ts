// What a commit of a project with the policy `durability: strict` waits for: that cold has proven copies of what it brings. A
// committer has no keys to cold, so it asks a server, as for a recall; a server archives what is not there yet.
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

export interface ColdProofs {
  /** Answers within seconds, also while objects are still on their way.
   *  @throws StoreUnavailableError  of cold: no server answers; of hot: NATS is away */
  ask(project: ProjectName, objects: readonly BroughtObject[]): Promise<ProofAnswer>;
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
  for (let at = 0; at < objects.length; at += OBJECTS_A_QUESTION) {
    await untilProven(proofs, project, objects.slice(at, at + OBJECTS_A_QUESTION), signal);
  }
}

async function untilProven(
  proofs: ColdProofs,
  project: ProjectName,
  objects: readonly BroughtObject[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let asked = 0; asked < ANSWERS_AWAITED; asked++) {
    signal?.throwIfAborted();
    const answer = await ask(proofs, project, objects);
    switch (answer.kind) {
      case 'proven':
        return;
      case 'waiting':
        break;
      case 'absent':
        throw new ObjectAbsentError(answer.sha, 'hot');
      case 'corrupt':
        throw new ObjectCorruptError(answer.sha, 'hot', answer.detail);
      case 'failed':
        throw waitsForCold(project, answer.reason);
    }
  }
  throw waitsForCold(project, 'its files are still on their way to there');
}

async function ask(proofs: ColdProofs, project: ProjectName, objects: readonly BroughtObject[]): Promise<ProofAnswer> {
  try {
    return await proofs.ask(project, objects);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError && error.tier === 'cold')) throw error;
    return { kind: 'failed', reason: error.detail };
  }
}

export const waitsForCold = (project: ProjectName, why: string): StoreUnavailableError =>
  new StoreUnavailableError('cold', `a commit to ${project} waits for it, by the policy strict: ${why}`);
