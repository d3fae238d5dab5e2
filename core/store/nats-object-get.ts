// Reads an object: its metadata, then its chunks by their seqs, some ahead of the reader, verified while they pass.
// Objects that stock clients wrote have no seqs in their metadata; their chunks are found one after the other.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { shaOf } from '../model/ids.ts';
import type { ByteBudget } from './byte-budget.ts';
import { giveChunkMemory } from './chunk-memory.ts';
import type { Asker, NatsLink } from './nats-connect.ts';
import {
  directBatch,
  directGet,
  directLast,
  directLastBytes,
  hasBatchGet,
  leaderGet,
  leaderLast,
  type StoredMessage,
} from './nats-direct-get.ts';
import { toStoreError } from './nats-errors.ts';
import { type DecodedMeta, decodeMeta, type ObjectMeta } from './nats-object-meta.ts';
import { chunkSubject, type ObjectPlace } from './nats-object-names.ts';
import { overShortAbsence } from './nats-retry.ts';
import type { ByteRange, ChunkPlaces, GetOptions, ObjectReader } from './object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from './store-errors.ts';
import { clip } from './verify-bytes.ts';

/** A server's usual largest message. */
const UNKNOWN_CHUNK_BYTES = 1024 * 1024;

/** Chunks that are asked for ahead of the reader. */
const AHEAD = 8;

export interface GetIo {
  readonly link: NatsLink;
  /** Bytes asked for and not arrived, over all gets: a server cuts off whoever lets too many pile up. It does not count
   *  what waits for its reader, so that a slow one holds up nobody else. */
  readonly budget: ByteBudget;
}

/** @throws as ObjectStore.get does */
export async function getObject(
  { link, budget }: GetIo,
  place: ObjectPlace,
  { range, unverified = false, passing = false, signal }: GetOptions,
): Promise<ObjectReader> {
  signal?.throwIfAborted();
  const small = await readSmall(link, place);
  if (small) return readerOf(small, range, signal);
  const meta = await readMeta(link, place);
  const { sizeBytes } = meta;
  const { start, end } = clip(range, sizeBytes);
  const read = { link, budget, place, meta, passing, signal };
  const isWhole = start === 0 && end === sizeBytes && !unverified;
  return { sizeBytes, bytes: isWhole ? readWhole(read) : readPart(read, start, end) };
}

/** What a put that is under way has stored; see `ChunkReader`. */
export async function* getChunks(
  io: GetIo,
  place: ObjectPlace,
  { attempt, chunkBytes, first, seqs }: ChunkPlaces,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const meta = { nuid: attempt, chunkBytes, sizeBytes: chunkBytes * seqs.length };
  const read = { ...io, place, meta, passing: true, signal };
  for await (const chunk of chunksBySeq(read, seqs, first)) {
    if (!chunk) return;
    yield chunk.data;
  }
}

/** An object that fits into one chunk has it under its own sha. The sha proves that these bytes are all of it.
 *  @returns undefined: it is larger, or somebody else wrote it, or it is not there */
async function readSmall(link: NatsLink, place: ObjectPlace): Promise<Uint8Array | undefined> {
  try {
    const found = await directLastBytes(await link.forObjects(), place.stream, chunkSubject(place.bucket, place.sha));
    return found && shaOf(found) === place.sha ? found : undefined;
  } catch (error) {
    throw toStoreError(error, reading(place));
  }
}

function readerOf(data: Uint8Array, range: ByteRange | undefined, signal: AbortSignal | undefined): ObjectReader {
  const { start, end } = clip(range, data.length);
  async function* bytes() {
    signal?.throwIfAborted();
    if (start < end) yield data.subarray(start, end);
  }
  return { sizeBytes: data.length, bytes: bytes(), isVerified: true };
}

interface ReadOf<Meta> extends GetIo {
  readonly place: ObjectPlace;
  readonly meta: Meta;
  /** a chunk's memory is used again when the next one is asked for */
  readonly passing: boolean;
  readonly signal: AbortSignal | undefined;
}

type Read = ReadOf<ObjectMeta>;
/** Of what chunks are found by when their seqs are known. */
type SeqRead = ReadOf<Pick<ObjectMeta, 'nuid' | 'sizeBytes' | 'chunkBytes'>>;

interface LastMeta {
  readonly message: StoredMessage;
  readonly decoded: Exclude<DecodedMeta, { readonly kind: 'deleted' }>;
}

/** @returns undefined: it is absent, and so the leader says: a server that lags may not know of it yet, or of its return */
export async function lastMeta(asker: Asker, { stream, metaSubject }: ObjectPlace): Promise<LastMeta | undefined> {
  for (const read of [directLast, leaderLast]) {
    const message = await read(asker, stream, metaSubject);
    const decoded = message && decodeMeta(message.data);
    if (decoded && decoded.kind !== 'deleted') return { message, decoded };
  }
  return undefined;
}

/** @throws ObjectAbsentError, ObjectCorruptError, StoreUnavailableError */
export async function readMeta(link: NatsLink, place: ObjectPlace): Promise<ObjectMeta> {
  let last: LastMeta | undefined;
  try {
    last = await lastMeta(await link.forObjects(), place);
  } catch (error) {
    throw toStoreError(error, reading(place));
  }
  if (!last) throw new ObjectAbsentError(place.sha, 'hot');
  const { decoded } = last;
  if (decoded.kind === 'unreadable') throw corrupt(place, decoded.detail);
  if (decoded.meta.sha !== undefined && decoded.meta.sha !== place.sha) {
    throw corrupt(place, `its metadata names the bytes of ${decoded.meta.sha.slice(0, 12)}`);
  }
  return decoded.meta;
}

async function* readWhole(read: Read): AsyncGenerator<Uint8Array> {
  const { place, meta } = read;
  const hash = createHash('sha256');
  let total = 0;
  for await (const { data } of chunksFrom(read, 0, meta.chunks)) {
    total += data.length;
    hash.update(data);
    yield data;
  }
  if (total !== meta.sizeBytes) throw corrupt(place, `it has ${total} bytes where its metadata says ${meta.sizeBytes}`);
  const found = hash.digest('hex');
  if (found !== place.sha) throw corrupt(place, `the bytes have the SHA-256 ${found.slice(0, 12)}…`);
}

async function* readPart(read: Read, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (start === end) return;
  const { place, meta } = read;
  const { chunkBytes } = meta;
  // Where every chunk's place is known, the others are not read. Otherwise the walk starts at the first one.
  const direct = chunkBytes !== undefined && meta.seqs !== undefined;
  const first = direct ? Math.floor(start / chunkBytes) : 0;
  const last = direct ? Math.ceil(end / chunkBytes) : meta.chunks;
  let at = direct ? first * chunkBytes : 0;
  for await (const { data, index } of chunksFrom(read, first, last)) {
    const crc = meta.crcs?.[index];
    if (crc !== undefined && crc32(data) !== crc) throw corrupt(place, `chunk ${index} has another checksum`);
    if (direct && data.length !== Math.min(chunkBytes, meta.sizeBytes - at)) {
      throw corrupt(place, `chunk ${index} has ${data.length} bytes`);
    }
    const from = Math.max(start, at);
    const to = Math.min(end, at + data.length);
    if (from < to) yield data.subarray(from - at, to - at);
    at += data.length;
    if (at >= end) return;
  }
  throw corrupt(place, `it ends at byte ${at} where its metadata says ${meta.sizeBytes}`);
}

interface Chunk {
  readonly index: number;
  readonly seq: number;
  readonly data: Uint8Array;
}

/** Chunks `first` to before `last`, in order. */
async function* chunksFrom(read: Read, first: number, last: number): AsyncGenerator<Chunk> {
  let index = first;
  let previousSeq: number | undefined;
  if (read.meta.seqs) {
    for await (const chunk of chunksBySeq(read, read.meta.seqs.slice(first, last), first)) {
      // The seqs are those of another stream, as after a copy of the bucket: the subject still tells.
      if (!chunk) break;
      previousSeq = chunk.seq;
      index = chunk.index + 1;
      yield chunk;
    }
  }
  if (index < last) yield* chunksBySubject(read, index, last, previousSeq);
}

/** Ends with undefined where no chunk of the object is under its seq. */
async function* chunksBySeq(read: SeqRead, seqs: readonly number[], first: number): AsyncGenerator<Chunk | undefined> {
  const subject = chunkSubject(read.place.bucket, read.meta.nuid);
  const ahead: Promise<StoredMessage | undefined>[] = [];
  let asked = 0;
  for (const [i, seq] of seqs.entries()) {
    while (asked < seqs.length && asked - i < AHEAD) {
      const more = askAhead(read, subject, seqs.slice(asked, asked + AHEAD));
      ahead.push(...more);
      asked += more.length;
    }
    const found = await arrived(read, ahead.shift(), seq);
    if (found?.subject !== subject) {
      yield undefined;
      return;
    }
    yield { index: first + i, seq, data: found.data };
    if (read.passing) giveChunkMemory(found.data);
  }
}

/** By one question for all where the server can, else for the first one. */
function askAhead(read: SeqRead, subject: string, seqs: readonly number[]): Promise<StoredMessage | undefined>[] {
  const { link, place, budget, meta } = read;
  const together = seqs.length > 1 && hasBatchGet(link);
  const wanted = together ? seqs : seqs.slice(0, 1);
  const turn = budget.take(sizeOf(meta, wanted.length)).then(() => link.forObjects());
  const asked = together
    ? directBatch(turn, place.stream, subject, wanted)
    : wanted.map(async (seq) => directGet(await turn, place.stream, { seq }));
  void Promise.allSettled(asked).then(() => budget.give(sizeOf(meta, wanted.length)));
  return asked;
}

/** At most what so many chunks take. */
const sizeOf = ({ chunkBytes, sizeBytes }: SeqRead['meta'], chunks: number): number =>
  Math.min(sizeBytes, (chunkBytes ?? UNKNOWN_CHUNK_BYTES) * chunks);

async function arrived(
  read: SeqRead,
  asked: Promise<StoredMessage | undefined> | undefined,
  seq: number,
): Promise<StoredMessage | undefined> {
  read.signal?.throwIfAborted();
  try {
    const found = await asked;
    if (found) return found;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw toStoreError(error, reading(read.place));
  }
  // Lost on the way, or not on the replica that was asked.
  return askFor(read, { seq });
}

/** @param previousSeq  the chunk before `index`; undefined: the walk starts at the object's first */
async function* chunksBySubject(
  read: Read,
  index: number,
  last: number,
  previousSeq: number | undefined,
): AsyncGenerator<Chunk> {
  const subject = chunkSubject(read.place.bucket, read.meta.nuid);
  let seq = previousSeq ?? 0;
  for (let i = previousSeq === undefined ? 0 : index; i < last; i++) {
    // A replica that lags does not prove that a chunk is missing.
    const question = { seq: seq + 1, next_by_subj: subject };
    const found = (await askFor(read, question)) ?? (await leaderGet(read.link, read.place.stream, question));
    if (!found) throw await missing(read, i);
    seq = found.seq;
    if (i >= index) yield { index: i, seq, data: found.data };
  }
}

async function askFor(
  read: Omit<Read, 'meta'>,
  question: { readonly seq: number; readonly next_by_subj?: string },
): Promise<StoredMessage | undefined> {
  const { link, place, signal } = read;
  signal?.throwIfAborted();
  try {
    return await overShortAbsence(
      link,
      signal,
      async () => directGet(await link.forObjects(), place.stream, question),
      {
        begins: false,
      },
    );
  } catch (error) {
    throw toStoreError(error, reading(place));
  }
}

/** A chunk that is not there: the object is not intact, or it was deleted or replaced since the read began. */
async function missing({ link, place, meta }: Read, index: number): Promise<Error> {
  const now = await readMeta(link, place);
  if (now.nuid !== meta.nuid) {
    return new StoreUnavailableError(
      'hot',
      `object ${place.sha.slice(0, 12)} was stored anew while it was read: read again`,
    );
  }
  return corrupt(place, `chunk ${index} of ${meta.chunks} is missing`);
}

const reading = (place: ObjectPlace): string => `reading object ${place.sha.slice(0, 12)}`;

const corrupt = (place: ObjectPlace, detail: string) => new ObjectCorruptError(place.sha, 'hot', detail);
