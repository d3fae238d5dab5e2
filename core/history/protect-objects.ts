// I1, I5: objects that a new commit names again must be there, and be protected from a sweep that has them in its plan. A put
// of what is there is just that; what is not there has no bytes to put.
import { type Entry, type FileEntry, isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';

const AT_ONCE = 16;

/** @returns the paths whose object no tier has that the store reaches
 *  @throws StoreUnavailableError */
export async function protectObjects(
  objects: Pick<ObjectStore, 'get' | 'put'>,
  entries: readonly Entry[],
): Promise<ReadonlySet<RelPath>> {
  const missing = new Set<RelPath>();
  const queue = entries.filter(isFile);
  const work = async () => {
    for (let entry = queue.pop(); entry; entry = queue.pop()) {
      if (await protect(objects, entry)) continue;
      if ((await recalled(objects, entry.sha)) && (await protect(objects, entry))) continue;
      missing.add(entry.path);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    queue.length = 0;
  }
  return missing;
}

/** @returns false when hot does not have it */
async function protect(objects: Pick<ObjectStore, 'put'>, { sha, size }: FileEntry): Promise<boolean> {
  return isThere(() => objects.put(sha, size, () => noBytes(sha)));
}

async function recalled(objects: Pick<ObjectStore, 'get'>, sha: Sha): Promise<boolean> {
  return isThere(async () => {
    const { bytes } = await objects.get(sha, { range: { start: 0, end: 1 } });
    for await (const _ of bytes);
  });
}

async function isThere(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (!(error instanceof ObjectAbsentError)) throw error;
    return false;
  }
}

// biome-ignore lint/correctness/useYield: a source that only says that it has nothing
async function* noBytes(sha: Sha): AsyncGenerator<Uint8Array> {
  throw new ObjectAbsentError(sha, 'hot');
}
