// How a copy of an object is: only reading it to its end tells, because its store verifies while it gives.
import type { ObjectReader } from '../store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../store/store-errors.ts';

export type CopyState = 'good' | 'absent' | 'damaged';

/** @throws StoreUnavailableError and the like: unknown is none of these (I3) */
export async function stateOf(open: () => Promise<ObjectReader>): Promise<CopyState> {
  try {
    for await (const _ of (await open()).bytes) {
      // Nothing is kept of it.
    }
    return 'good';
  } catch (error) {
    if (error instanceof ObjectAbsentError) return 'absent';
    if (error instanceof ObjectCorruptError) return 'damaged';
    throw error;
  }
}
