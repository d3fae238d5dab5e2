// I1, I5: objects that a new commit names again must be there, and be protected from a sweep that has them in its plan. A put
// of what is there is just that; what is not there has no bytes to put.
import { type Entry, isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';

const AT_ONCE = 16;

/** @returns the paths whose object is gone
 *  @throws StoreUnavailableError */
export async function protectObjects(
  objects: Pick<ObjectStore, 'put'>,
  entries: readonly Entry[],
): Promise<ReadonlySet<RelPath>> {
  const missing = new Set<RelPath>();
  const queue = entries.filter(isFile);
  const work = async () => {
    for (let entry = queue.pop(); entry; entry = queue.pop()) {
      const { sha, size, path } = entry;
      try {
        await objects.put(sha, size, () => noBytes(sha));
      } catch (error) {
        if (!(error instanceof ObjectAbsentError)) throw error;
        missing.add(path);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    queue.length = 0;
  }
  return missing;
}

// biome-ignore lint/correctness/useYield: a source that only says that it has nothing
async function* noBytes(sha: Sha): AsyncGenerator<Uint8Array> {
  throw new ObjectAbsentError(sha, 'hot');
}
