// Commits are small and never change, and pages walk the newest ones again and again: what was read once is kept.

import type { Sha } from '../core/model/ids.ts';
import { Remembered } from '../core/model/remembered.ts';
import { collect, type ObjectStore } from '../core/store/object-store.ts';

const COMMITS_KEPT = 5_000;
/** One that lists many conflicts is read again. */
const MAX_KEPT_BYTES = 8 * 1024;

/** @returns the same store, for reading commits alone */
export function keptCommits(objects: ObjectStore): ObjectStore {
  const kept = new Remembered<Uint8Array>(COMMITS_KEPT);
  return {
    ...objects,
    async get(sha: Sha) {
      const known = kept.get(sha);
      if (known) return { sizeBytes: known.length, bytes: once(known) };
      const { sizeBytes, bytes } = await objects.get(sha);
      if (sizeBytes > MAX_KEPT_BYTES) return { sizeBytes, bytes };
      const all = await collect(bytes);
      kept.set(sha, all);
      return { sizeBytes, bytes: once(all) };
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
