// How a node gets what is only in cold: it has no keys to S3, so it asks a server to bring the object back to hot, and reads
// it there. Reads of a store that recalls are as before, only later. Only what files have in them is read so: commits and
// manifest nodes never leave hot, and one that is missing is a hole, whether a server runs or not.
import type { ProjectName, Sha } from '../model/ids.ts';
import type { GetOptions, ObjectReader, ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';

export type RecallAnswer =
  /** hot has it */
  | { readonly kind: 'there' }
  /** it is on its way: ask again */
  | { readonly kind: 'waiting' }
  /** no tier has it */
  | { readonly kind: 'absent' }
  /** cold's copy is damaged; what of it */
  | { readonly kind: 'corrupt'; readonly detail: string }
  /** it cannot be brought back now; why, without a full stop */
  | { readonly kind: 'failed'; readonly reason: string };

export interface Recall {
  /** Answers within seconds, also while the object is still on its way.
   *  @param project  whose file is read; absent: nobody knows
   *  @throws StoreUnavailableError  of cold: no server answers; of hot: NATS is away */
  ask(sha: Sha, project?: ProjectName): Promise<RecallAnswer>;
}

/** @throws ObjectAbsentError  no tier has it; ObjectCorruptError  cold has no good copy; StoreUnavailableError, of cold: no
 *          server answers, or cold does not; of hot: NATS is away */
export async function recall(from: Recall, sha: Sha, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const answer = await from.ask(sha);
    if (answer.kind === 'there') return;
    if (answer.kind === 'absent') throw new ObjectAbsentError(sha, 'cold');
    if (answer.kind === 'corrupt') throw new ObjectCorruptError(sha, 'cold', answer.detail);
    if (answer.kind === 'failed') throw new StoreUnavailableError('cold', answer.reason);
  }
}

/** Says with every question whose file is read, so that a project that was taken off comes back. */
export const recallFor = (from: Recall, project: ProjectName): Recall => ({ ask: (sha) => from.ask(sha, project) });

/** The same store, whose `get` brings back what is only in cold. */
export function recallingObjects(objects: ObjectStore, from: Recall): ObjectStore {
  return {
    ...objects,
    async get(sha: Sha, options: GetOptions = {}): Promise<ObjectReader> {
      try {
        return await objects.get(sha, options);
      } catch (error) {
        if (!(error instanceof ObjectAbsentError)) throw error;
      }
      await recall(from, sha, options.signal);
      return objects.get(sha, options);
    },
  };
}
