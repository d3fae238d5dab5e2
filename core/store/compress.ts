// Makes the compressed form of an object, when that is worth it. gzip, because everybody can read it for ever and Node has it
// (zstd comes with Node 22); in frames of their own, which cost it one or two per cent. The first pass finds out how long each
// frame will be, which the head says in front of them; what does not fit into a little memory is made a second time while it
// is stored. So nothing is uploaded that turns out not to shrink.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { assert } from '../model/assert.ts';
import { parseSha, type Sha, shaOf } from '../model/ids.ts';
import { encodeHead, frameBytesOf } from './gzip-head.ts';
import { inOrder } from './in-order.ts';
import { inParts } from './in-parts.ts';
import type { ByteSource } from './object-store.ts';
import { putBody } from './verify-bytes.ts';

/** What is stored in the place of an object's own bytes. */
export interface CompressedObject {
  readonly sizeBytes: number;
  /** of what is stored; of a large one it is not known before it is stored, and no server could be asked for it later */
  readonly sha?: Sha;
  /** to be read once; verified against the object's sha in the first pass, and against that pass in the second */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Beginning with this many bytes most files show what they are. 64 KiB. */
const SAMPLE_BYTES = 64 * 1024;
/** Less is no gain: reading has its price too, and cold storage its smallest sizes. */
const SMALLEST_BYTES = 1024;
/** Stored bytes to plain ones; above, the object stays as it is. */
const WORTH_SHARE = 0.9;
/** Most of what level 6 gains at twice its speed: of source code 26 % are left instead of 25 %, at 77 MB/s a core. */
const LEVEL = 4;
/** Frames at work at once, in Node's thread pool. */
export const FRAMES_AHEAD = 3;
/** Of frames kept from the first pass. Not less than S3 takes in one request, whose hash is signed before it is sent. */
const KEPT_BYTES = 8 * 1024 * 1024;

const gzipLater = promisify(gzip);
const gzipFrame = (bytes: Uint8Array): Promise<Uint8Array> => gzipLater(bytes, { level: LEVEL });

/** @returns undefined when its bytes do not shrink
 *  @throws ObjectCorruptError  `body` is not the bytes of `sha` */
export async function compressObject(
  sha: Sha,
  sizeBytes: number,
  body: Uint8Array | ByteSource,
  signal: AbortSignal | undefined,
): Promise<CompressedObject | undefined> {
  if (sizeBytes < SMALLEST_BYTES) return undefined;
  const frameBytes = Math.min(sizeBytes, frameBytesOf(sizeBytes));
  const plainFrames = () => inParts(putBody(sha, sizeBytes, 'cold', body, signal).bytes, frameBytes);
  const mostBytes = sizeBytes * WORTH_SHARE;
  const hash = createHash('sha256');
  const frameLengths: number[] = [];
  const kept: Uint8Array[] = [];
  let total = 0;
  for await (const frame of inOrder(unlessHard(plainFrames()), FRAMES_AHEAD, gzipFrame)) {
    hash.update(frame);
    frameLengths.push(frame.length);
    total += frame.length;
    if (total > mostBytes) return undefined;
    if (total <= KEPT_BYTES) kept.push(frame);
    else kept.length = 0;
  }
  const framesSha = parseSha(hash.digest('hex'));
  const head = encodeHead({ sha, sizeBytes, framesSha, frameLengths });
  const storedBytes = head.length + total;
  if (total === 0 || storedBytes > mostBytes) return undefined;
  if (storedBytes <= KEPT_BYTES) {
    const whole = Buffer.concat([head, ...kept]);
    return { sizeBytes: whole.length, sha: shaOf(whole), bytes: Readable.from([whole]) };
  }
  return { sizeBytes: storedBytes, bytes: secondPass(head, framesSha, plainFrames()) };
}

/** Ends before the first frame when its beginning does not shrink. A frame that is no longer than a sample is its own. */
async function* unlessHard(frames: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isTried = false;
  for await (const frame of frames) {
    if (!isTried && frame.length > SAMPLE_BYTES) {
      const sample = await gzipFrame(frame.subarray(0, SAMPLE_BYTES));
      if (sample.length > SAMPLE_BYTES * WORTH_SHARE) return;
    }
    isTried = true;
    yield frame;
  }
}

async function* secondPass(
  head: Uint8Array,
  framesSha: Sha,
  frames: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  yield head;
  for await (const frame of inOrder(frames, FRAMES_AHEAD, gzipFrame)) {
    hash.update(frame);
    yield frame;
  }
  assert(hash.digest('hex') === framesSha, 'the same bytes are compressed to the same bytes');
}
