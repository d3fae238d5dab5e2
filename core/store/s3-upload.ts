// Puts verified bytes into S3 so that the server checks them again: the hash of every request's body is signed, and a
// body that arrives as anything else is refused. Small objects go in one request, whose signed hash is the object's own
// id; larger ones in parts, of which only a few are in memory at once, and which appear only when all bytes are verified.
// What a put answers is the ETag that the object has from then on; a HEAD has to show the same.
import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  type StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { assert } from '../model/assert.ts';
import { type Clock, systemClock } from '../model/clock.ts';
import { type Sha, shaOf } from '../model/ids.ts';
import type { StoredBytes } from './cold-adapter.ts';
import { inParts } from './in-parts.ts';
import { abortedBy } from './s3-connect.ts';
import { httpStatus, s3Code } from './s3-errors.ts';

export interface S3Target {
  readonly client: S3Client;
  readonly bucket: string;
  readonly storageClass?: string;
  readonly kmsKeyId?: string;
  readonly clock?: Clock;
}

/** Also the size of a part. Parts are kept in memory, so that a request that fails can be sent again. */
export const SINGLE_PUT_BYTES = 8 * 2 ** 20;
/** S3's own limit. */
const MAX_PARTS = 10_000;
/** With the part that is being filled, 32 MiB for a put of up to 80 GB. */
const PARTS_IN_FLIGHT = 3;

/** A part whose request fails is sent again after pauses that double from this, some 30 s in all: what a server needs for a
 *  start does not cost the gigabytes before it. */
const PART_PAUSE_MS = 1_000;
const PART_TRIES = 6;

/** So many bytes a part that S3's limit of parts holds for the object. */
export const partBytesFor = (sizeBytes: number): number => Math.max(SINGLE_PUT_BYTES, Math.ceil(sizeBytes / MAX_PARTS));

/** @param bytes  what they end in is thrown; then nothing appears under the key
 *  @returns the ETag that the server gave it, without quotes; undefined: it did not say, and it cannot be worked out */
export async function upload(
  target: S3Target,
  key: string,
  { sizeBytes, sha }: StoredBytes,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (sizeBytes > SINGLE_PUT_BYTES) return uploadParts(target, key, sizeBytes, bytes, signal);
  let etag: string | undefined;
  for await (const whole of inParts(bytes, sizeBytes)) {
    etag = await putWhole(target, key, whole, { signal, ...(sha && { sha }) });
  }
  return etag;
}

/** One request, whose signed hash a server that keeps checksums is also given to keep.
 *  @param options.sha  the body's hash where it is known already; a wrong one is refused by the server
 *  @returns its ETag, without quotes */
export async function putWhole(
  target: S3Target,
  key: string,
  body: Uint8Array,
  { sha = shaOf(body), signal }: { readonly sha?: Sha; readonly signal?: AbortSignal | undefined } = {},
): Promise<string | undefined> {
  const command = new PutObjectCommand({
    ...optionsOf(target),
    Bucket: target.bucket,
    Key: key,
    Body: body,
    ContentLength: body.length,
    ChecksumSHA256: Buffer.from(sha, 'hex').toString('base64'),
  });
  command.middlewareStack.add(signPayload(sha), { step: 'build', name: 'signPayload' });
  const { ETag } = await target.client.send(command, abortedBy(signal));
  return unquoted(ETag);
}

async function uploadParts(
  target: S3Target,
  key: string,
  sizeBytes: number,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const place = { Bucket: target.bucket, Key: key };
  const { client } = target;
  const created = await client.send(
    new CreateMultipartUploadCommand({ ...optionsOf(target), ...place }),
    abortedBy(signal),
  );
  const upload = { ...place, UploadId: created.UploadId };
  const inFlight = new Set<Promise<void>>();
  const parts: CompletedPart[] = [];
  let failed: { readonly cause: unknown } | undefined;
  try {
    for await (const body of inParts(bytes, partBytesFor(sizeBytes))) {
      const PartNumber = parts.length + 1;
      const part: CompletedPart = { PartNumber };
      parts.push(part);
      const sending = sendPart(target, { ...upload, PartNumber }, body, signal)
        .then((etag) => {
          part.ETag = etag;
        })
        .catch((cause: unknown) => {
          failed ??= { cause };
        })
        .finally(() => inFlight.delete(sending));
      inFlight.add(sending);
      if (inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(inFlight);
      if (failed) throw failed.cause;
    }
    await Promise.all(inFlight);
    if (failed) throw failed.cause;
    const expected = etagOfParts(parts);
    const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } });
    const answer = await client.send(complete, abortedBy(signal)).catch((cause: unknown) => {
      // An upload that nobody has ended but this request: it was done at a first try, whose answer was lost.
      if (s3Code(cause) === 'NoSuchUpload' && expected !== undefined) return undefined;
      throw cause;
    });
    // radosgw answers with an empty one.
    return unquoted(answer?.ETag) || expected;
  } catch (error) {
    // A part that arrives after the abort would stay for ever.
    await Promise.all(inFlight);
    // Best effort: what cannot be removed now is removed when the store is probed next.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

async function sendPart(
  { client, clock = systemClock }: S3Target,
  part: { Bucket: string; Key: string; UploadId: string | undefined; PartNumber: number },
  body: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<string> {
  const command = new UploadPartCommand({ ...part, Body: body, ContentLength: body.length });
  command.middlewareStack.add(signPayload(shaOf(body)), { step: 'build', name: 'signPayload' });
  for (let tried = 1; ; tried++) {
    try {
      const { ETag } = await client.send(command, abortedBy(signal));
      assert(ETag !== undefined, 'S3 answers a part with its ETag');
      return ETag;
    } catch (error) {
      if (signal?.aborted || tried === PART_TRIES || !mayPass(error)) throw error;
      await clock.sleep(PART_PAUSE_MS * 2 ** (tried - 1) * (0.5 + Math.random() / 2), signal);
    }
  }
}

/** Of what a server says, only that it cannot now; a connection that failed has no status. */
function mayPass(error: unknown): boolean {
  const status = httpStatus(error);
  return status === undefined || status === 429 || status >= 500;
}

/** What all S3 servers give an object of parts whose ETags are MD5s: the MD5 of these, and their number.
 *  @returns undefined where they are not, as with keys of a key management */
export function etagOfParts(parts: readonly CompletedPart[]): string | undefined {
  const md5 = createHash('md5');
  for (const { ETag } of parts) {
    const hex = unquoted(ETag) ?? '';
    if (!/^[0-9a-f]{32}$/.test(hex)) return undefined;
    md5.update(hex, 'hex');
  }
  return `${md5.digest('hex')}-${parts.length}`;
}

/** Some servers quote an ETag here and not there. */
export const unquoted = (etag: string | undefined): string | undefined => etag?.replaceAll('"', '');

/** Gives the signer the hash of the body: it takes the header where there is one, and signs it. */
function signPayload(sha: Sha) {
  return <A extends { request: unknown }, R>(next: (args: A) => Promise<R>) =>
    (args: A): Promise<R> => {
      const { request } = args;
      assert(typeof request === 'object' && request !== null && 'headers' in request, 'an S3 request has headers');
      Object.assign(request.headers as Record<string, string>, { 'x-amz-content-sha256': sha });
      return next(args);
    };
}

/** The SDK's type lists AWS's own classes; other servers have classes with names of their own. */
export const optionsOf = ({ storageClass, kmsKeyId }: S3Target) => ({
  ...(storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass }),
  ...(kmsKeyId === undefined ? {} : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKeyId }),
});
