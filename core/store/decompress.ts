// Reads the compressed form of an object, whole or in part. Nothing that lies there is believed: a frame is decompressed into
// no more memory than it may fill, has to fill it exactly and to fit its own CRC-32; of a whole read the stored bytes have to
// be those that the head names, and the caller compares the object's own SHA-256.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Sha } from '../model/ids.ts';
import type { ByteTaker } from './byte-taker.ts';
import { FRAMES_AHEAD } from './compress.ts';
import { decodeHead, frameBytesOf, type GzipHead, headBytesOf, headLength, START_BYTES } from './gzip-head.ts';
import { inOrder } from './in-order.ts';
import type { ByteRange } from './object-store.ts';
import { ObjectCorruptError } from './store-errors.ts';

const gunzipLater = promisify(gunzip);

/** @returns undefined where these are plain bytes, which are all still to be taken
 *  @throws ObjectCorruptError  the head of a compressed copy does not hold together */
export async function takeHead(bytes: ByteTaker, sha: Sha, storedBytes: number): Promise<GzipHead | undefined> {
  const start = await bytes.take(START_BYTES);
  const length = headLength(start, sha);
  if (length === undefined) {
    bytes.putBack(start);
    return undefined;
  }
  return decodeHead(Buffer.concat([start, await bytes.take(length - start.length)]), sha, storedBytes);
}

/** All of the object. @param bytes  what follows the head */
export async function* decompressed(head: GzipHead, bytes: ByteTaker): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  async function* hashed() {
    for await (const frame of framesOf(head, bytes, 0, head.frameLengths.length)) {
      hash.update(frame.bytes);
      yield frame;
    }
  }
  yield* inOrder(hashed(), FRAMES_AHEAD, (frame) => plainOf(head, frame));
  if (hash.digest('hex') !== head.framesSha) throw corrupt(head, 'does not have the bytes that were stored');
}

/** Which stored bytes a range of the object needs. */
export interface FrameSpan {
  readonly first: number;
  /** exclusive */
  readonly last: number;
  readonly stored: ByteRange;
}

/** @param range  not empty, and clipped to the object */
export function spanOf(head: GzipHead, range: ByteRange): FrameSpan {
  const frameBytes = frameBytesOf(head.sizeBytes);
  const first = Math.floor(range.start / frameBytes);
  const last = Math.ceil(range.end / frameBytes);
  const sum = (lengths: readonly number[]) => lengths.reduce((total, length) => total + length, 0);
  const start = headBytesOf(head.frameLengths.length) + sum(head.frameLengths.slice(0, first));
  return { first, last, stored: { start, end: start + sum(head.frameLengths.slice(first, last)) } };
}

/** @param bytes  the stored bytes of `span` */
export async function* decompressedRange(
  head: GzipHead,
  bytes: ByteTaker,
  { first, last }: FrameSpan,
  range: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = first * frameBytesOf(head.sizeBytes);
  for await (const plain of inOrder(framesOf(head, bytes, first, last), FRAMES_AHEAD, (one) => plainOf(head, one))) {
    const part = plain.subarray(Math.max(0, range.start - at), Math.max(0, range.end - at));
    at += plain.length;
    if (part.length > 0) yield part;
  }
}

interface Frame {
  readonly index: number;
  readonly bytes: Uint8Array;
}

async function* framesOf(head: GzipHead, bytes: ByteTaker, first: number, last: number): AsyncGenerator<Frame> {
  for (let index = first; index < last; index++) {
    const length = head.frameLengths[index] ?? 0;
    const frame = await bytes.take(length);
    if (frame.length < length) throw corrupt(head, `ends in frame ${index}`);
    yield { index, bytes: frame };
  }
  // To its end, so that what it was read from is given back whole.
  if ((await bytes.take(1)).length > 0) throw corrupt(head, 'goes on after its last frame');
}

async function plainOf(head: GzipHead, { index, bytes }: Frame): Promise<Uint8Array> {
  const frameBytes = frameBytesOf(head.sizeBytes);
  const expectedBytes = Math.min(frameBytes, head.sizeBytes - index * frameBytes);
  const plain = await gunzipLater(bytes, { maxOutputLength: expectedBytes }).catch((cause: unknown) => {
    throw corrupt(head, `cannot be decompressed in frame ${index}`, cause);
  });
  if (plain.length === expectedBytes) return plain;
  throw corrupt(head, `has ${plain.length} bytes instead of ${expectedBytes} in frame ${index}`);
}

const corrupt = ({ sha }: GzipHead, detail: string, cause?: unknown): ObjectCorruptError =>
  new ObjectCorruptError(sha, 'cold', `its compressed copy ${detail}`, cause === undefined ? {} : { cause });
