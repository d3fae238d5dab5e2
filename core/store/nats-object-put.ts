// Puts an object: a look-up, its chunks, then the metadata that makes it visible. Whatever goes wrong before that leaves
// chunks that nobody sees.
//
// An object that fits into one chunk has that chunk under its own sha, so that a read needs one question and a repeated
// put leaves nothing behind. Several puts may then write the same chunk, so none of them ever purges it; the rules
// that keep it safe are in `nats-object-purge.ts`. A larger one has its chunks under a name of this attempt's own,
// and purges them when it fails.
//
// A small one whose bytes are at hand is most likely new: its chunk is sent without a look-up, on the condition that there is
// none yet. Only when that is refused is the question asked whether the object is there.
import { crc32 } from 'node:zlib';
import { nuid as nuids } from '@nats-io/transport-node';
import type { ByteBudget } from './byte-budget.ts';
import { isMoved, toStoreError } from './nats-errors.ts';
import { publish } from './nats-js-api.ts';
import { verifiedBytes, writeChunks } from './nats-object-chunks.ts';
import { chunkSubject, type ObjectPlace } from './nats-object-names.ts';
import { chunkCount, LONG_PUT_MS, purgeSubject } from './nats-object-purge.ts';
import { type Known, lookUp, ONLY_FIRST, onlyThis, type ShowIo, show } from './nats-object-show.ts';
import type { ByteSource, PutOptions } from './object-store.ts';
import { StoreFullError, StoreUnavailableError } from './store-errors.ts';

export interface PutIo extends ShowIo {
  /** bytes published and not acknowledged, over all puts */
  readonly budget: ByteBudget;
  readonly chunkBytes: number;
}

/** Up to this size a chunk that is sent in vain costs less than the look-up that would have saved it. */
const UNASKED_BYTES = 64 * 1024;

/** One attempt. @throws as ObjectStore.put does */
export async function putObject(
  io: PutIo,
  place: ObjectPlace,
  sizeBytes: number,
  body: Uint8Array | ByteSource,
  options: PutOptions,
): Promise<'stored' | 'present'> {
  const { signal, unverified = false } = options;
  signal?.throwIfAborted();
  const startedAt = io.clock.now();
  const fitsOneChunk = sizeBytes > 0 && sizeBytes <= io.chunkBytes;
  if (fitsOneChunk && sizeBytes <= UNASKED_BYTES && body instanceof Uint8Array) {
    const isHashed = unverified && body.length === sizeBytes;
    const bytes = isHashed ? body : await verifiedBytes(place, sizeBytes, body, signal);
    const first = await writeFirstChunk(io, place, bytes);
    if (first.kind === 'protected') return 'present';
    return putSmall(io, place, bytes, first, startedAt, signal);
  }
  const known = await lookUp(io, place, sizeBytes);
  if (known.kind === 'protected') return 'present';
  return fitsOneChunk
    ? putSmall(io, place, await verifiedBytes(place, sizeBytes, body, signal), known, startedAt, signal)
    : putLarge(io, place, sizeBytes, body, known, startedAt, options);
}

type Absent = Extract<Known, { kind: 'absent' }>;

/** Its chunk is written, as the first one under its subject. */
interface Begun {
  readonly kind: 'begun';
  readonly seq: number;
}

/** Without having asked. @returns what a look-up says where there is a chunk already, or no room for one */
async function writeFirstChunk(io: PutIo, place: ObjectPlace, bytes: Uint8Array): Promise<Begun | Known> {
  await io.budget.take(bytes.length);
  try {
    const subject = chunkSubject(place.bucket, place.sha);
    return { kind: 'begun', seq: (await publish(io.asker, subject, bytes, { headers: ONLY_FIRST })).seq };
  } catch (error) {
    if (isMoved(error)) return lookUp(io, place, bytes.length);
    const fault = toStoreError(error, `putting object ${place.sha.slice(0, 12)}`);
    if (!(fault instanceof StoreFullError)) throw fault;
    // An object that is there, and was touched lately, needs no room.
    const known = await lookUp(io, place, bytes.length);
    if (known.kind === 'protected') return known;
    throw fault;
  } finally {
    io.budget.give(bytes.length);
  }
}

/** @param known  that it is not there; or only its chunk, written by this put without knowing more */
async function putSmall(
  io: PutIo,
  place: ObjectPlace,
  bytes: Uint8Array,
  known: Absent | Begun,
  startedAt: number,
  signal: AbortSignal | undefined,
): Promise<'stored' | 'present'> {
  let seq = known.kind === 'begun' ? known.seq : undefined;
  // Most likely there has never been anything under its name; where there was, the metadata is refused.
  let metaSeq = known.kind === 'begun' ? 0 : known.metaSeq;
  const crcs = [crc32(bytes)];
  while (true) {
    signal?.throwIfAborted();
    seq ??= await writeOnlyChunk(io, place, bytes);
    if (io.clock.now() - startedAt > LONG_PUT_MS) throw tooSlow(place);
    const written = { nuid: place.sha, sizeBytes: bytes.length, chunkBytes: io.chunkBytes, seqs: [seq], crcs };
    const shown = await show(io, place, written, metaSeq);
    if (shown.kind !== 'moved') return shown.kind === 'shown' ? 'stored' : 'present';
    // The object was put and deleted meanwhile, and the deletion may have taken the chunk: it is written again.
    seq = undefined;
    metaSeq = shown.metaSeq;
  }
}

/** @returns the chunk's seq */
async function writeOnlyChunk(io: PutIo, place: ObjectPlace, bytes: Uint8Array): Promise<number> {
  const subject = chunkSubject(place.bucket, place.sha);
  await io.budget.take(bytes.length);
  try {
    return (await publish(io.asker, subject, bytes, { headers: ONLY_FIRST })).seq;
  } catch (error) {
    if (!isMoved(error)) throw toStoreError(error, `putting object ${place.sha.slice(0, 12)}`);
    // A put that crashed left it, or another one is at it. A fresh one is out of the sweep's reach, and for stock
    // clients there must be one only.
    return (await publish(io.asker, subject, bytes, { headers: onlyThis() })).seq;
  } finally {
    io.budget.give(bytes.length);
  }
}

async function putLarge(
  io: PutIo,
  place: ObjectPlace,
  sizeBytes: number,
  body: Uint8Array | ByteSource,
  known: Absent,
  startedAt: number,
  options: PutOptions,
): Promise<'stored' | 'present'> {
  const nuid = nuids.next();
  const subject = chunkSubject(place.bucket, nuid);
  let askedToShow = false;
  try {
    const written = await writeChunks(io, place, nuid, sizeBytes, body, options);
    if (io.clock.now() - startedAt > LONG_PUT_MS) {
      const found = await chunkCount(io.link, place.stream, subject);
      if (found !== written.seqs.length) throw tooSlow(place);
    }
    options.signal?.throwIfAborted();
    askedToShow = true;
    let shown = await show(io, place, written, known.metaSeq);
    while (shown.kind === 'moved') shown = await show(io, place, written, shown.metaSeq);
    if (shown.kind === 'present') await purgeQuietly(io, place, subject);
    return shown.kind === 'shown' ? 'stored' : 'present';
  } catch (error) {
    // With no answer to the metadata it may be in, and then its chunks are an object's.
    if (!(askedToShow && error instanceof StoreUnavailableError)) await purgeQuietly(io, place, subject);
    throw error;
  }
}

const tooSlow = (place: ObjectPlace) =>
  new StoreUnavailableError(
    'hot',
    `the put of object ${place.sha.slice(0, 12)} took so long that its chunks may have been swept: put again`,
  );

async function purgeQuietly({ link }: PutIo, place: ObjectPlace, subject: string): Promise<void> {
  if (!link.isConnected) return;
  // What stays is invisible, and the sweep finds it; the failure that led here is what its caller needs to know.
  await purgeSubject(link, place.stream, subject).catch(() => {});
}
