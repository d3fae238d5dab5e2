// Puts an object: chunks first, many on their way at once and hashed while they go, then the metadata that makes them
// visible. Whatever goes wrong before that leaves chunks that nobody sees; they are purged, and what a crash leaves is
// swept later.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { headers, type MsgHdrs, nuid as nuids } from '@nats-io/transport-node';
import type { Clock } from '../model/clock.ts';
import type { ByteBudget } from './byte-budget.ts';
import { BULK_BYTES } from './nats-bulk-lane.ts';
import type { NatsLink } from './nats-connect.ts';
import { directLast, leaderLast, type StoredMessage } from './nats-direct-get.ts';
import { isMoved, toStoreError } from './nats-errors.ts';
import { publish } from './nats-js-api.ts';
import { decodeMeta, encodeMeta, type WrittenChunks } from './nats-object-meta.ts';
import { chunkSubject, type ObjectPlace } from './nats-object-names.ts';
import { chunkCount, purgeSubject } from './nats-object-purge.ts';
import type { ByteSource } from './object-store.ts';
import { ObjectCorruptError, StoreUnavailableError } from './store-errors.ts';

export interface PutIo {
  readonly link: NatsLink;
  readonly clock: Clock;
  /** bytes published and not acknowledged, over all puts */
  readonly budget: ByteBudget;
  readonly chunkBytes: number;
  /** An object that was touched within this time is protected already. */
  readonly touchAfterMs: number;
}

/** Chunks of one put that are on their way at once. With 512 KiB each it saturates a connection (measured). */
const WINDOW = 8;
/** A put that takes longer makes sure that no sweep took its chunks for a crashed put's. */
const LONG_PUT_MS = 10 * 60_000;

const EXPECTED_SEQ = 'Nats-Expected-Last-Subject-Sequence';
const ROLLUP = 'Nats-Rollup';

/** @throws as ObjectStore.put does */
export async function putObject(
  io: PutIo,
  place: ObjectPlace,
  sizeBytes: number,
  body: Uint8Array | ByteSource,
  signal: AbortSignal | undefined,
): Promise<'stored' | 'present'> {
  signal?.throwIfAborted();
  const there = await directLast(io.link, place.stream, place.metaSubject);
  const known = await protect(io, place, sizeBytes, there);
  if (known.kind === 'protected') return 'present';

  const nuid = nuids.next();
  const startedAt = io.clock.now();
  let askedToShow = false;
  try {
    const written = await writeChunks(io, place, nuid, sizeBytes, body, signal);
    if (io.clock.now() - startedAt > LONG_PUT_MS) await requireChunks(io, place, written);
    signal?.throwIfAborted();
    askedToShow = true;
    const outcome = await publishMeta(io, place, written, known.metaSeq);
    if (outcome === 'present') await purgeQuietly(io, place, nuid);
    return outcome;
  } catch (error) {
    // With no answer to the metadata it may be in, and then its chunks are an object's.
    if (!(askedToShow && error instanceof StoreUnavailableError)) await purgeQuietly(io, place, nuid);
    throw error;
  }
}

type Known =
  | { readonly kind: 'protected' }
  /** not there, deleted, or not what its name says; `metaSeq` is the last seq under its name, 0 for none */
  | { readonly kind: 'absent'; readonly metaSeq: number };

/** I5: what is there is touched, unless it was lately. The touch is a compare-and-swap, so that it never brings back
 *  what was deleted at the same moment. */
async function protect(
  io: PutIo,
  place: ObjectPlace,
  sizeBytes: number,
  there: StoredMessage | undefined,
): Promise<Known> {
  if (!there) return { kind: 'absent', metaSeq: 0 };
  const decoded = decodeMeta(there.data);
  const intact = decoded.kind === 'object' && decoded.meta.sha === place.sha && decoded.meta.sizeBytes === sizeBytes;
  if (!intact) return { kind: 'absent', metaSeq: there.seq };
  const ageMs = io.clock.now() - there.storedAt;
  // A negative age is a clock that differs from the server's: then nothing is known, and a touch is safe.
  if (ageMs >= 0 && ageMs < io.touchAfterMs) return { kind: 'protected' };
  try {
    await publish(io.link, place.metaSubject, there.data, { headers: replacing(there.seq) });
    return { kind: 'protected' };
  } catch (error) {
    if (!isMoved(error)) throw toStoreError(error, `touching object ${place.sha.slice(0, 12)}`);
    return protect(io, place, sizeBytes, await leaderLast(io.link, place.stream, place.metaSubject));
  }
}

async function writeChunks(
  io: PutIo,
  place: ObjectPlace,
  nuid: string,
  sizeBytes: number,
  body: Uint8Array | ByteSource,
  signal: AbortSignal | undefined,
): Promise<WrittenChunks> {
  const subject = chunkSubject(place.bucket, nuid);
  // One for all chunks: stock clients read them in the order in which the stream has them.
  const asker = sizeBytes >= BULK_BYTES ? await io.link.forChunks() : io.link;
  const hash = createHash('sha256');
  const seqs: number[] = [];
  const crcs: number[] = [];
  const onTheirWay = new Set<Promise<void>>();
  let failure: unknown;
  let total = 0;

  const send = async (chunk: Uint8Array, index: number) => {
    try {
      seqs[index] = (await publish(asker, subject, chunk)).seq;
    } catch (error) {
      failure ??= toStoreError(error, `putting object ${place.sha.slice(0, 12)}`);
    } finally {
      io.budget.give(chunk.length);
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
      // A small object is checked before its only chunk leaves; nothing is to be purged then.
      if (total === sizeBytes && onTheirWay.size === 0 && seqs.length === 0)
        requireSha(place, hash.copy().digest('hex'));
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
  if (total !== sizeBytes) throw corrupt(place, `${total} bytes where ${sizeBytes} were announced`);
  requireSha(place, hash.digest('hex'));
  if (seqs.some((seq, i) => i > 0 && seq <= (seqs[i - 1] ?? 0))) {
    throw new StoreUnavailableError(
      'hot',
      `chunks of object ${place.sha.slice(0, 12)} arrived out of order: put again`,
    );
  }
  return { nuid, sizeBytes, chunkBytes: io.chunkBytes, seqs, crcs };
}

function requireSha(place: ObjectPlace, found: string): void {
  if (found !== place.sha) throw corrupt(place, `the bytes have the SHA-256 ${found.slice(0, 12)}…`);
}

const corrupt = (place: ObjectPlace, detail: string) => new ObjectCorruptError(place.sha, 'hot', detail);

/** Cuts a body into chunks of `chunkBytes`; only the last one is smaller. Each is a buffer of its own, because it is
 *  on its way while the next one fills. */
async function* chunksOf(body: Uint8Array | ByteSource, chunkBytes: number): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    for (let at = 0; at < body.length; at += chunkBytes) yield body.subarray(at, at + chunkBytes);
    return;
  }
  let chunk: Buffer | undefined;
  let filled = 0;
  for await (const part of body()) {
    let at = 0;
    while (at < part.length) {
      chunk ??= Buffer.allocUnsafeSlow(chunkBytes);
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

/** @returns 'present' when somebody else has put the same object meanwhile */
async function publishMeta(
  io: PutIo,
  place: ObjectPlace,
  written: WrittenChunks,
  metaSeq: number,
): Promise<'stored' | 'present'> {
  try {
    await publish(io.link, place.metaSubject, encodeMeta(place, written, io.clock.now()), {
      headers: replacing(metaSeq),
    });
    return 'stored';
  } catch (error) {
    if (!isMoved(error)) throw toStoreError(error, `putting object ${place.sha.slice(0, 12)}`);
  }
  const there = await leaderLast(io.link, place.stream, place.metaSubject);
  const decoded = there && decodeMeta(there.data);
  // An acknowledgement that was lost: what is there is what this put wrote.
  if (decoded?.kind === 'object' && decoded.meta.nuid === written.nuid) return 'stored';
  const known = await protect(io, place, written.sizeBytes, there);
  return known.kind === 'protected' ? 'present' : publishMeta(io, place, written, known.metaSeq);
}

/** Only the newest metadata is kept; a first one has nothing to replace. */
function replacing(metaSeq: number): MsgHdrs {
  const meta = headers();
  meta.set(EXPECTED_SEQ, String(metaSeq));
  if (metaSeq > 0) meta.set(ROLLUP, 'sub');
  return meta;
}

async function requireChunks(io: PutIo, place: ObjectPlace, written: WrittenChunks): Promise<void> {
  const found = await chunkCount(io.link, place.stream, chunkSubject(place.bucket, written.nuid));
  if (found === written.seqs.length) return;
  throw new StoreUnavailableError(
    'hot',
    `chunks of a slow put of object ${place.sha.slice(0, 12)} were swept: put again`,
  );
}

async function purgeQuietly({ link }: PutIo, place: ObjectPlace, nuid: string): Promise<void> {
  if (!link.isConnected) return;
  // What stays is invisible, and the sweep finds it; the failure that led here is what its caller needs to know.
  await purgeSubject(link, place.stream, chunkSubject(place.bucket, nuid)).catch(() => {});
}
