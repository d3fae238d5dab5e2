// The port of a store of immutable objects addressed by SHA-256. The hot tier (NATS) and the in-memory store implement
// it and pass `object-store.contract.ts`; caching, tiering and retry wrap it with the same interface.
import type { Sha } from '../model/ids.ts';

/** Opens the bytes from their start; called again when a transfer is retried. Nobody writes to a part again: it may be on
 *  its way while the next one is read. A part of `chunk-memory.ts` is the store's, which gives it back. */
export type ByteSource = () => AsyncIterable<Uint8Array>;

/** Half-open range of bytes; `end` is exclusive and clipped to the object. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type ObjectStat =
  | {
      readonly kind: 'present';
      readonly sizeBytes: number;
      /** when it was stored or last protected by a put (I5); milliseconds since 1970 */
      readonly touchedAt: number;
    }
  | { readonly kind: 'absent' };

export interface GetOptions {
  readonly range?: ByteRange;
  readonly unverified?: boolean;
  /** Each part is good only until the next one is asked for: its memory is used again. */
  readonly passing?: boolean;
  readonly signal?: AbortSignal;
}

/** Where chunks lie that a put has stored while it is still under way. Nothing says yet that they will be the object's. */
export interface ChunkPlaces {
  /** the put's own name for them */
  readonly attempt: string;
  /** size of each but the object's last */
  readonly chunkBytes: number;
  /** which of the object's chunks the first of `seqs` is, from 0 */
  readonly first: number;
  /** rising */
  readonly seqs: readonly number[];
}

export interface PutOptions {
  readonly signal?: AbortSignal;
  /** Bytes that are given whole need not be hashed here (I6): who puts them has just done it. */
  readonly unverified?: boolean;
  /** Told of a large object's chunks as they are stored, some at a time; not of all. What was told lately is told again. */
  placed?(chunks: ChunkPlaces): void;
}

/** Of a store whose large objects are chunks. */
export interface ChunkReader {
  /** The chunks' bytes in order, not verified, each good only until the next one is asked for. Ends early where one of them
   *  is not there.
   *  @throws StoreUnavailableError  while reading */
  readChunks(sha: Sha, chunks: ChunkPlaces, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** So many more are stored when they are told of. */
export const TOLD_CHUNKS = 8;
/** So many are told of at once, so that one word that is lost costs nothing. */
export const MAX_TOLD_CHUNKS = 64;

export interface ObjectReader {
  /** size of the whole object, whatever the range */
  readonly sizeBytes: number;
  /** Verified (I6), unless it was said not to: a whole read ends in ObjectCorruptError when the bytes are not those of the
   *  sha. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** True: the bytes are known to be those of the sha before the first one is read. */
  readonly isVerified?: boolean;
}

export interface ListedObject {
  readonly sha: Sha;
  readonly sizeBytes: number;
  readonly touchedAt: number;
}

export interface ObjectStore {
  /** Stores the bytes under their sha, in one pass and with flat memory. Nothing is visible until all are verified and durable.
   *  An object that is there already costs a look-up (a small one may be sent in vain before) and is touched (I5).
   *  @throws ObjectCorruptError      the bytes are not those of `sha` and `sizeBytes`; nothing is stored
   *  @throws StoreFullError          the store has no room; nothing is visible
   *  @throws StoreUnavailableError   connection lost or no answer; nothing is visible, the put may be repeated */
  put(sha: Sha, sizeBytes: number, body: Uint8Array | ByteSource, options?: PutOptions): Promise<'stored' | 'present'>;

  /** With `unverified` a whole read need not be hashed here (I6): who asks for that does it, and only one of both has to.
   *  @throws ObjectAbsentError       before any byte
   *  @throws ObjectCorruptError      here or while reading: wrong hash, missing chunk, wrong size
   *  @throws StoreUnavailableError   here or while reading */
  get(sha: Sha, options?: GetOptions): Promise<ObjectReader>;

  /** Says present, says absent, or throws: an unknown never looks like an absence (I3). */
  stat(sha: Sha): Promise<ObjectStat>;

  /** Deletes the object and frees its bytes; absent already is fine. With `untouchedSince` (milliseconds since 1970) only
   *  when no put has touched it after that time (I5), decided in one step with the deletion.
   *  @returns false when it was touched, and so was kept */
  delete(sha: Sha, options?: { readonly untouchedSince?: number }): Promise<boolean>;

  list(): AsyncIterable<ListedObject>;
}

/** Reads a small object whole, such as a manifest node. */
export async function readObject(store: Pick<ObjectStore, 'get'>, sha: Sha): Promise<Uint8Array> {
  const { bytes } = await store.get(sha);
  return collect(bytes);
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}
