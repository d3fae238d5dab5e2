// Writes an object's chunks, hashed while they go and many on their way at once. Nothing here makes them visible.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { shaOf } from '../model/ids.ts';
import type { ByteBudget } from './byte-budget.ts';
import { giveChunkMemory, takeChunkMemory } from './chunk-memory.ts';
import type { Asker } from './nats-connect.ts';
import { toStoreError } from './nats-errors.ts';
import { publish } from './nats-js-api.ts';
import type { WrittenChunks } from './nats-object-meta.ts';
import { chunkSubject, type ObjectPlace } from './nats-object-names.ts';
import { type ByteSource, MAX_TOLD_CHUNKS, type PutOptions, TOLD_CHUNKS } from './object-store.ts';
import { ObjectCorruptError, StoreUnavailableError } from './store-errors.ts';

export interface ChunkIo {
  /** One for all chunks: stock clients read them in the order in which the stream has them. */
  readonly asker: Asker;
  /** bytes published and not acknowledged, over all puts */
  readonly budget: ByteBudget;
  readonly chunkBytes: number;
}

/** Chunks of one put that are on their way at once; with 512 KiB each they fill a connection (measured). */
const WINDOW = 8;

/** @throws ObjectCorruptError  the body is not what was announced; StoreFullError, StoreUnavailableError; what the body throws */
export async function writeChunks(
  io: ChunkIo,
  place: ObjectPlace,
  nuid: string,
  sizeBytes: number,
  body: Uint8Array | ByteSource,
  { signal, placed }: PutOptions,
): Promise<WrittenChunks> {
  const subject = chunkSubject(place.bucket, nuid);
  const hash = createHash('sha256');
  const seqs: number[] = [];
  const crcs: number[] = [];
  const onTheirWay = new Set<Promise<void>>();
  let failure: Error | undefined;
  let total = 0;
  /** all chunks before this one are stored */
  let stored = 0;
  let told = 0;

  const tell = () => {
    while (seqs[stored] !== undefined) stored++;
    if (!placed || stored - told < TOLD_CHUNKS) return;
    told = stored;
    const first = Math.max(0, stored - MAX_TOLD_CHUNKS);
    placed({ attempt: nuid, chunkBytes: io.chunkBytes, first, seqs: seqs.slice(first, stored) });
  };
  const send = async (chunk: Uint8Array, index: number) => {
    const bytes = chunk.length;
    try {
      seqs[index] = (await publish(io.asker, subject, chunk)).seq;
      giveChunkMemory(chunk);
      tell();
    } catch (error) {
      failure ??= toStoreError(error, `putting object ${place.sha.slice(0, 12)}`);
    } finally {
      io.budget.give(bytes);
    }
  };

  try {
    for await (const chunk of chunksOf(body, io.chunkBytes)) {
      signal?.throwIfAborted();
      if (failure) throw failure;
      total += chunk.length;
      if (total > sizeBytes) throw corrupt(place, `more than the announced ${sizeBytes} bytes`);
      hash.update(chunk);
      crcs.push(crc32(chunk));
      await io.budget.take(chunk.length);
      const sending: Promise<void> = send(chunk, crcs.length - 1).finally(() => onTheirWay.delete(sending));
      onTheirWay.add(sending);
      if (onTheirWay.size >= WINDOW) await Promise.race(onTheirWay);
    }
  } finally {
    // Also after a failure: a purge must not overtake what is still on its way.
    await Promise.all(onTheirWay);
  }
  if (failure) throw failure;
  // A body that ends early because of the signal is no broken one.
  signal?.throwIfAborted();
  requireBytes(place, sizeBytes, total, hash.digest('hex'));
  if (seqs.some((seq, i) => i > 0 && seq <= (seqs[i - 1] ?? 0))) {
    throw new StoreUnavailableError(
      'hot',
      `chunks of object ${place.sha.slice(0, 12)} arrived out of order: put again`,
    );
  }
  return { nuid, sizeBytes, chunkBytes: io.chunkBytes, seqs, crcs };
}

/** The whole of a body that fits into one chunk. @throws as `writeChunks` does */
export async function verifiedBytes(
  place: ObjectPlace,
  sizeBytes: number,
  body: Uint8Array | ByteSource,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = body instanceof Uint8Array ? body : await collectAtMost(place, sizeBytes, body, signal);
  signal?.throwIfAborted();
  requireBytes(place, sizeBytes, bytes.length, shaOf(bytes));
  return bytes;
}

async function collectAtMost(
  place: ObjectPlace,
  sizeBytes: number,
  source: ByteSource,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  let filled = 0;
  for await (const part of source()) {
    signal?.throwIfAborted();
    if (filled + part.length > sizeBytes) throw corrupt(place, `more than the announced ${sizeBytes} bytes`);
    bytes.set(part, filled);
    filled += part.length;
  }
  return bytes.subarray(0, filled);
}

function requireBytes(place: ObjectPlace, announcedBytes: number, foundBytes: number, foundSha: string): void {
  if (foundBytes !== announcedBytes) {
    throw corrupt(place, `${foundBytes} bytes where ${announcedBytes} were announced`);
  }
  if (foundSha !== place.sha) throw corrupt(place, `the bytes have the SHA-256 ${foundSha.slice(0, 12)}…`);
}

const corrupt = (place: ObjectPlace, detail: string) => new ObjectCorruptError(place.sha, 'hot', detail);

/** Cuts a body into chunks of `chunkBytes`; only the last one is smaller. Each is a buffer of its own, because it is
 *  on its way while the next one fills; a part that is a chunk already goes as it is. */
async function* chunksOf(body: Uint8Array | ByteSource, chunkBytes: number): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    for (let at = 0; at < body.length; at += chunkBytes) yield body.subarray(at, at + chunkBytes);
    return;
  }
  let chunk: Buffer | undefined;
  let filled = 0;
  for await (const part of body()) {
    if (!chunk && part.length === chunkBytes) {
      yield part;
      continue;
    }
    let at = 0;
    while (at < part.length) {
      chunk ??= takeChunkMemory(chunkBytes);
      const copied = Math.min(chunkBytes - filled, part.length - at);
      chunk.set(part.subarray(at, at + copied), filled);
      filled += copied;
      at += copied;
      if (filled < chunkBytes) continue;
      yield chunk;
      chunk = undefined;
      filled = 0;
    }
  }
  if (chunk && filled > 0) yield chunk.subarray(0, filled);
}
