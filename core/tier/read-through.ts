// Reads an object from the nearest tier that has it: hot, else cold. A reader is not torn: when the object is evicted while
// it is read, the rest comes from cold. A whole read is verified over both (I6).
import type { Sha } from '../model/ids.ts';
import type { ColdStore } from '../store/cold-store.ts';
import type { ByteRange, ObjectReader, ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';
import { clip, verified } from '../store/verify-bytes.ts';

interface ReadOptions {
  readonly range?: ByteRange;
  readonly signal?: AbortSignal;
}

/** @throws ObjectAbsentError when neither tier has it; its tier is `cold`, the last one asked */
export async function readThrough(
  hot: Pick<ObjectStore, 'get'>,
  cold: Pick<ColdStore, 'get'>,
  sha: Sha,
  options: ReadOptions = {},
): Promise<ObjectReader> {
  let reader: ObjectReader;
  try {
    reader = await hot.get(sha, { ...options, unverified: options.range === undefined });
  } catch (error) {
    if (!(error instanceof ObjectAbsentError)) throw error;
    return cold.get(sha, options);
  }
  const { sizeBytes } = reader;
  const bytes = goingOn(reader, cold, sha, options);
  return { sizeBytes, bytes: options.range ? bytes : verified(sha, sizeBytes, 'hot', bytes) };
}

/** What hot gives, and from where it ends, what cold gives. */
async function* goingOn(
  { sizeBytes, bytes }: ObjectReader,
  cold: Pick<ColdStore, 'get'>,
  sha: Sha,
  { range, signal }: ReadOptions,
): AsyncIterable<Uint8Array> {
  const { start, end } = clip(range, sizeBytes);
  let at = start;
  try {
    for await (const part of bytes) {
      at += part.length;
      yield part;
    }
  } catch (error) {
    if (!(error instanceof ObjectAbsentError)) throw error;
    const rest = await cold.get(sha, { range: { start: at, end }, ...(signal === undefined ? {} : { signal }) });
    yield* rest.bytes;
  }
}
