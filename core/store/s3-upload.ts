// Puts verified bytes into S3 so that the server checks them again: the hash of every request's body is signed, and a
// body that arrives as anything else is refused. Small objects go in one request, whose signed hash is the object's own
// id; larger ones in parts, of which only a few are in memory at once, and which appear only when all bytes are verified.
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
import { type Sha, shaOf } from '../model/ids.ts';
import { abortedBy } from './s3-connect.ts';

export interface S3Target {
  readonly client: S3Client;
  readonly bucket: string;
  readonly storageClass?: string;
  readonly kmsKeyId?: string;
}

/** Also the size of a part. Parts are kept in memory, so that a request that fails can be sent again. */
export const SINGLE_PUT_BYTES = 8 * 2 ** 20;
/** S3's own limit. */
const MAX_PARTS = 10_000;
/** With the part that is being filled, 32 MiB for a put of up to 80 GB. */
const PARTS_IN_FLIGHT = 3;

/** @param bytes  throws at its end when they are not those of `sha`; then nothing appears under the key */
export async function upload(
  target: S3Target,
  key: string,
  sha: Sha,
  sizeBytes: number,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (sizeBytes > SINGLE_PUT_BYTES) return uploadParts(target, key, sizeBytes, bytes, signal);
  for await (const whole of inParts(bytes, sizeBytes)) await putWhole(target, key, whole, { sha, signal });
}

/** One request, whose signed hash a server that keeps checksums is also given to keep.
 *  @param options.sha  the body's hash where it is known already; a wrong one is refused by the server */
export async function putWhole(
  target: S3Target,
  key: string,
  body: Uint8Array,
  { sha = shaOf(body), signal }: { readonly sha?: Sha; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const command = new PutObjectCommand({
    ...optionsOf(target),
    Bucket: target.bucket,
    Key: key,
    Body: body,
    ContentLength: body.length,
    ChecksumSHA256: Buffer.from(sha, 'hex').toString('base64'),
  });
  command.middlewareStack.add(signPayload(sha), { step: 'build', name: 'signPayload' });
  await target.client.send(command, abortedBy(signal));
}

async function uploadParts(
  target: S3Target,
  key: string,
  sizeBytes: number,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
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
    for await (const body of inParts(bytes, Math.max(SINGLE_PUT_BYTES, Math.ceil(sizeBytes / MAX_PARTS)))) {
      const PartNumber = parts.length + 1;
      const part: CompletedPart = { PartNumber };
      parts.push(part);
      const sending = sendPart(client, { ...upload, PartNumber }, body, signal)
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
    const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } });
    await client.send(complete, abortedBy(signal));
  } catch (error) {
    // A part that arrives after the abort would stay for ever.
    await Promise.all(inFlight);
    // Best effort: what cannot be removed now is removed when the store is probed next.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

async function sendPart(
  client: S3Client,
  part: { Bucket: string; Key: string; UploadId: string | undefined; PartNumber: number },
  body: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<string> {
  const command = new UploadPartCommand({ ...part, Body: body, ContentLength: body.length });
  command.middlewareStack.add(signPayload(shaOf(body)), { step: 'build', name: 'signPayload' });
  const { ETag } = await client.send(command, abortedBy(signal));
  assert(ETag !== undefined, 'S3 answers a part with its ETag');
  return ETag;
}

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

/** Cuts a stream into buffers of exactly `partBytes`, the last one shorter; one empty one for an empty stream. */
async function* inParts(bytes: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Uint8Array> {
  let part = Buffer.allocUnsafe(partBytes);
  let filled = 0;
  let parts = 0;
  for await (let rest of bytes) {
    while (rest.length > 0) {
      if (filled === partBytes) {
        parts++;
        yield part;
        part = Buffer.allocUnsafe(partBytes);
        filled = 0;
      }
      const taken = rest.subarray(0, partBytes - filled);
      part.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
    }
  }
  if (filled > 0 || parts === 0) yield part.subarray(0, filled);
}

/** The SDK's type lists AWS's own classes; other servers have classes with names of their own. */
const optionsOf = ({ storageClass, kmsKeyId }: S3Target) => ({
  ...(storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass }),
  ...(kmsKeyId === undefined ? {} : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKeyId }),
});
