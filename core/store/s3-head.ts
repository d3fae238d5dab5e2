// What a HEAD says of what lies under a key: the proof of a copy, or its absence, and what speaks against it.
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { systemClock } from '../model/clock.ts';
import type { Sha } from '../model/ids.ts';
import type { ColdProof } from './cold-store.ts';
import { httpStatus, s3Code } from './s3-errors.ts';
import { requireBucket } from './s3-probe.ts';
import { type S3Target, unquoted } from './s3-upload.ts';
import { StoreUnavailableError } from './store-errors.ts';

export interface Head extends ColdProof {
  /** the server knows a SHA-256 of all bytes, and it is another */
  readonly contradicts: boolean;
}

/** A checksum of the parts' checksums ends with their number. */
const OF_PARTS = /-\d+$/;

/** @param storedSha  of what is to lie there
 *  @throws the SDK's errors, also where the key is unknown because of the bucket */
export async function headOf(target: S3Target, key: string, storedSha: Sha | undefined): Promise<Head | undefined> {
  const { client, bucket, clock = systemClock } = target;
  const command = new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' });
  const head = await orAbsent(target, () => client.send(command));
  if (!head) return undefined;
  const { ETag: etag, ContentLength: sizeBytes, ChecksumSHA256: checksum, StorageClass: storageClass } = head;
  if (etag === undefined || sizeBytes === undefined) {
    throw new StoreUnavailableError('cold', `a HEAD of s3://${bucket}/${key} has no ETag or no length`);
  }
  const isKnown = storedSha !== undefined && checksum !== undefined;
  const checksumMatched = isKnown && checksum === Buffer.from(storedSha, 'hex').toString('base64');
  return {
    bucket,
    key,
    sizeBytes,
    etag,
    ...(storageClass === undefined ? {} : { storageClass }),
    checksumMatched,
    contradicts: isKnown && !checksumMatched && !OF_PARTS.test(checksum),
    verifiedAt: clock.now(),
  };
}

/** A HEAD's 404 says that the key is absent only while the bucket is there; and its 403 does not say why. */
export async function orAbsent<T>(target: S3Target, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    const status = httpStatus(cause);
    if (status === 404 && s3Code(cause) === 'NoSuchKey') return undefined;
    if (status === 404 || status === 403) await requireBucket(target);
    if (status === 404) return undefined;
    throw cause;
  }
}

/** @param left  the ETag that a put or a copy left, without quotes, where it said one
 *  @returns undefined: what a HEAD shows is what was left */
export function whatIsWrong(head: Head | undefined, sizeBytes: number, left: string | undefined): string | undefined {
  if (!head) return 'is not there';
  if (head.sizeBytes !== sizeBytes) return `has ${head.sizeBytes} bytes`;
  if (head.contradicts) return 'has another SHA-256';
  if (left !== undefined && unquoted(head.etag) !== left) return `has the ETag ${head.etag} instead of ${left}`;
  return undefined;
}
