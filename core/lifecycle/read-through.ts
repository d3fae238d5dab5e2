// Reads an object from the nearest tier that has it: hot, else cold. What is read is verified either way (I6).
import type { Sha } from '../model/ids.ts';
import type { ColdStore } from '../store/cold-store.ts';
import type { ByteRange, ObjectReader, ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';

/** @throws ObjectAbsentError when neither tier has it; its tier is `cold`, the last one asked */
export async function readThrough(
  hot: Pick<ObjectStore, 'get'>,
  cold: Pick<ColdStore, 'get'>,
  sha: Sha,
  options: { readonly range?: ByteRange; readonly signal?: AbortSignal } = {},
): Promise<ObjectReader> {
  try {
    return await hot.get(sha, options);
  } catch (error) {
    if (!(error instanceof ObjectAbsentError)) throw error;
    return cold.get(sha, options);
  }
}
