// How a compressed object lies in cold: a gzip file, so that any gunzip gives back the object's bytes. Its first member is
// empty and says, in the extra field that gzip has for such things (RFC 1952), of which object it is and how long each of the
// following members is. These are frames: each holds the same number of the object's bytes and is decompressed by itself, so
// that a range costs the frames that it touches.
//
// It lies under the very key that the plain bytes would have, and needs no mark beside it: it names the SHA-256 that it is
// stored under, which no plain bytes can do, because nobody can write down a hash that changes with the writing.
import { assert } from '../model/assert.ts';
import { parseSha, type Sha } from '../model/ids.ts';
import { ObjectCorruptError } from './store-errors.ts';

export interface GzipHead {
  readonly sha: Sha;
  /** of the object */
  readonly sizeBytes: number;
  /** SHA-256 of all that follows the head */
  readonly framesSha: Sha;
  readonly frameLengths: readonly number[];
}

const MIB = 1024 * 1024;
/** So many frames at most: their lengths fit into one extra field, which ends at 64 KiB. */
const MAX_FRAMES = 8192;

/** Bytes of the object in each frame but the last: 1 MiB up to 8 GiB, then twice as much for each doubling. */
export function frameBytesOf(sizeBytes: number): number {
  let frameBytes = MIB;
  while (Math.ceil(sizeBytes / frameBytes) > MAX_FRAMES) frameBytes *= 2;
  return frameBytes;
}

/** gzip, deflate, an extra field; no time, no level, unknown system; then the extra field's length */
const MEMBER_START = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff]);
const SUBFIELD = Buffer.from('fs');
/** An empty deflate block, the CRC-32 of nothing, and its length. */
const MEMBER_END = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const SHA_AT = MEMBER_START.length + 2 + SUBFIELD.length + 2;
const SIZE_AT = SHA_AT + 64;
/** So many bytes tell whether this is a head, and how long it is. */
export const START_BYTES = SIZE_AT + 8;
/** What deflate can do at best is 1:1032; no honest object is larger. */
const MOST_RATIO = 1100;

export const headBytesOf = (frames: number): number => START_BYTES + frames * 4 + MEMBER_END.length;

export function encodeHead({ sha, sizeBytes, framesSha, frameLengths }: GzipHead): Uint8Array {
  assert(frameLengths.length <= MAX_FRAMES, 'the frames of an object fit into its head');
  const start = Buffer.alloc(START_BYTES);
  const payloadBytes = 72 + frameLengths.length * 4;
  MEMBER_START.copy(start);
  start.writeUInt16LE(payloadBytes + 4, MEMBER_START.length);
  SUBFIELD.copy(start, MEMBER_START.length + 2);
  start.writeUInt16LE(payloadBytes, SHA_AT - 2);
  Buffer.from(sha, 'hex').copy(start, SHA_AT);
  Buffer.from(framesSha, 'hex').copy(start, SHA_AT + 32);
  start.writeBigUInt64LE(BigInt(sizeBytes), SIZE_AT);
  const lengths = Buffer.alloc(frameLengths.length * 4);
  for (const [i, length] of frameLengths.entries()) lengths.writeUInt32LE(length, i * 4);
  return Buffer.concat([start, lengths, MEMBER_END]);
}

/** @param start  the first START_BYTES of what lies under the key of `sha`
 *  @returns the length of the head, or undefined where these are plain bytes */
export function headLength(start: Uint8Array, sha: Sha): number | undefined {
  const bytes = asBuffer(start);
  if (bytes.length < START_BYTES || !bytes.subarray(0, MEMBER_START.length).equals(MEMBER_START)) return undefined;
  if (!bytes.subarray(MEMBER_START.length + 2, SHA_AT - 2).equals(SUBFIELD)) return undefined;
  if (bytes.toString('hex', SHA_AT, SHA_AT + 32) !== sha) return undefined;
  return MEMBER_START.length + 2 + bytes.readUInt16LE(MEMBER_START.length) + MEMBER_END.length;
}

/** @param head  as long as `headLength` said, or shorter when the stream ended
 *  @param storedBytes  of all that lies under the key
 *  @throws ObjectCorruptError  what it says does not hold together */
export function decodeHead(head: Uint8Array, sha: Sha, storedBytes: number): GzipHead {
  const bytes = asBuffer(head);
  const corrupt = (detail: string) => new ObjectCorruptError(sha, 'cold', `its compressed copy ${detail}`);
  const size = bytes.readBigUInt64LE(SIZE_AT);
  if (size > BigInt(storedBytes) * BigInt(MOST_RATIO)) throw corrupt('claims to hold more than its length allows');
  const sizeBytes = Number(size);
  const frames = Math.ceil(sizeBytes / frameBytesOf(sizeBytes));
  if (frames > MAX_FRAMES || bytes.length !== headBytesOf(frames)) throw corrupt('has a head of another length');
  const frameLengths = Array.from({ length: frames }, (_, i) => bytes.readUInt32LE(START_BYTES + i * 4));
  const framesSha = parseSha(bytes.toString('hex', SHA_AT + 32, SIZE_AT));
  const decoded = { sha, sizeBytes, framesSha, frameLengths };
  if (!bytes.equals(encodeHead(decoded))) throw corrupt('has a head that was changed');
  const total = frameLengths.reduce((sum, length) => sum + length, bytes.length);
  if (total !== storedBytes) throw corrupt(`has ${storedBytes} bytes instead of ${total}`);
  return decoded;
}

const asBuffer = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length);
