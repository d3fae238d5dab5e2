// Bytes on their way between tiers pass through here: counted and hashed once, and refused at their end when they are not
// the object's (I6). Whoever stores them makes them visible only after the last one has come through.
import { createHash } from 'node:crypto';
import type { Sha } from '../model/ids.ts';
import type { ByteRange, ByteSource } from './object-store.ts';
import { ObjectCorruptError, type Tier } from './store-errors.ts';

/** @throws ObjectCorruptError  as soon as there are too many bytes, or at the end when they are too few or others */
export async function* verified(
  sha: Sha,
  sizeBytes: number,
  tier: Tier,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let seen = 0;
  for await (const part of bytes) {
    seen += part.length;
    if (seen > sizeBytes)
      throw new ObjectCorruptError(sha, tier, `there are more than the ${sizeBytes} bytes announced`);
    hash.update(part);
    yield part;
  }
  if (seen < sizeBytes) throw new ObjectCorruptError(sha, tier, `it ends after ${seen} of ${sizeBytes} bytes`);
  const actual = hash.digest('hex');
  if (actual !== sha) throw new ObjectCorruptError(sha, tier, `its bytes have the SHA-256 ${actual.slice(0, 12)}…`);
}

export interface PutBody {
  /** verified; to be read once */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The error that the bytes ended in: the source's, the verification's or the signal's. A store that translates its
   *  own failures passes this one on as it is. */
  fault(): unknown;
}

export function putBody(
  sha: Sha,
  sizeBytes: number,
  tier: Tier,
  body: Uint8Array | ByteSource,
  signal: AbortSignal | undefined,
): PutBody {
  const source = body instanceof Uint8Array ? [body] : body();
  return watched(verified(sha, sizeBytes, tier, source), signal);
}

/** Remembers what the bytes ended in, and ends them with the signal. */
export function watched(parts: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): PutBody {
  let fault: unknown;
  async function* bytes() {
    try {
      for await (const part of parts) {
        signal?.throwIfAborted();
        yield part;
      }
    } catch (error) {
      fault = error;
      throw error;
    }
  }
  return { bytes: bytes(), fault: () => fault };
}

/** A range clipped to an object, as the ports promise. @param range  undefined: all of it */
export function clip(range: ByteRange | undefined, sizeBytes: number): ByteRange {
  const start = Math.min(Math.max(0, range?.start ?? 0), sizeBytes);
  return { start, end: Math.max(start, Math.min(range?.end ?? sizeBytes, sizeBytes)) };
}
