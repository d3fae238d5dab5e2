// An object's metadata message, as the Object Store protocol has it. What stock clients need is in the protocol's own
// fields; what only we use (the chunks' seqs and checksums) is in its free `metadata`, and may be missing.
import { z } from 'zod';
import type { Sha } from '../model/ids.ts';
import { decodeSeqs, encodeSeqs } from './nats-chunk-seqs.ts';
import type { ObjectPlace } from './nats-object-names.ts';

const SEQS = 'fs_seqs';
const CRCS = 'fs_crc32';
const DIGEST = 'SHA-256=';

/** Above this, or where the message would grow too large for the server, seqs and checksums are left out: tens of
 *  thousands of chunks are read by their subject instead. */
const MAX_EXTRA_BYTES = 256 * 1024;
/** more than what the protocol's own fields and the headers of a touch take */
const OTHER_BYTES = 2 * 1024;

const wireSchema = z.looseObject({
  name: z.string(),
  nuid: z.string().min(1),
  size: z.int().min(0),
  chunks: z.int().min(0),
  digest: z.string().optional(),
  deleted: z.boolean().optional(),
  options: z.looseObject({ max_chunk_size: z.int().positive().optional(), link: z.unknown() }).partial().optional(),
  metadata: z.record(z.string(), z.string()).nullish(),
});

export interface ObjectMeta {
  readonly nuid: string;
  readonly sizeBytes: number;
  readonly chunks: number;
  /** what the writer says that the bytes hash to; undefined for another kind of digest */
  readonly sha: Sha | undefined;
  /** size of every chunk but the last, where the writer said it */
  readonly chunkBytes: number | undefined;
  readonly seqs: readonly number[] | undefined;
  readonly crcs: readonly number[] | undefined;
}

export type DecodedMeta =
  | { readonly kind: 'object'; readonly meta: ObjectMeta }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'unreadable'; readonly detail: string };

export interface WrittenChunks {
  readonly nuid: string;
  readonly sizeBytes: number;
  readonly chunkBytes: number;
  readonly seqs: readonly number[];
  readonly crcs: readonly number[];
}

/** @param maxPayloadBytes  largest message that the server takes */
export function encodeMeta(place: ObjectPlace, written: WrittenChunks, at: number, maxPayloadBytes: number): string {
  const maxExtraBytes = Math.min(MAX_EXTRA_BYTES, maxPayloadBytes - OTHER_BYTES);
  const seqs = encodeSeqs(written.seqs);
  const crcs = encodeCrcs(written.crcs);
  return JSON.stringify({
    name: place.sha,
    bucket: place.bucket,
    nuid: written.nuid,
    size: written.sizeBytes,
    chunks: written.seqs.length,
    mtime: new Date(at).toISOString(),
    digest: `${DIGEST}${paddedBase64Url(Buffer.from(place.sha, 'hex'))}`,
    deleted: false,
    options: { max_chunk_size: written.chunkBytes },
    ...(seqs.length + crcs.length <= maxExtraBytes && { metadata: { [SEQS]: seqs, [CRCS]: crcs } }),
  });
}

/** What stock clients leave and understand as deleted. */
export function encodeDeletedMeta(place: ObjectPlace, nuid: string, at: number): string {
  return JSON.stringify({
    name: place.sha,
    bucket: place.bucket,
    nuid,
    size: 0,
    chunks: 0,
    mtime: new Date(at).toISOString(),
    digest: '',
    deleted: true,
  });
}

export function decodeMeta(data: Uint8Array): DecodedMeta {
  let raw: unknown;
  try {
    raw = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
  } catch {
    return { kind: 'unreadable', detail: 'its metadata is no JSON' };
  }
  const parsed = wireSchema.safeParse(raw);
  if (!parsed.success) return { kind: 'unreadable', detail: `its metadata is malformed: ${parsed.error.message}` };
  const wire = parsed.data;
  if (wire.deleted) return { kind: 'deleted' };
  if (wire.options?.link !== undefined) return { kind: 'unreadable', detail: 'it is a link to another object' };
  const seqs = wire.metadata?.[SEQS];
  const crcs = wire.metadata?.[CRCS];
  return {
    kind: 'object',
    meta: {
      nuid: wire.nuid,
      sizeBytes: wire.size,
      chunks: wire.chunks,
      sha: decodeDigest(wire.digest),
      chunkBytes: wire.options?.max_chunk_size,
      seqs: seqs === undefined ? undefined : decodeSeqs(seqs, wire.chunks),
      crcs: crcs === undefined ? undefined : decodeCrcs(crcs, wire.chunks),
    },
  };
}

/** Writers differ in padding. */
function decodeDigest(digest: string | undefined): Sha | undefined {
  if (!digest?.startsWith(DIGEST)) return undefined;
  const bytes = Buffer.from(digest.slice(DIGEST.length), 'base64url');
  return bytes.length === 32 ? (bytes.toString('hex') as Sha) : undefined;
}

function encodeCrcs(crcs: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(crcs.length * 4);
  for (const [i, crc] of crcs.entries()) bytes.writeUInt32BE(crc, i * 4);
  return bytes.toString('base64url');
}

function decodeCrcs(text: string, count: number): number[] | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== count * 4) return undefined;
  return Array.from({ length: count }, (_, i) => bytes.readUInt32BE(i * 4));
}

function paddedBase64Url(bytes: Buffer): string {
  const text = bytes.toString('base64url');
  return text + '='.repeat((4 - (text.length % 4)) % 4);
}
