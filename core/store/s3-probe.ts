// Finds out what an S3 endpoint can do, and whether these credentials may do it, by doing it; and removes what killed
// writers left there.
import { randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { shaOf } from '../model/ids.ts';
import type { ColdCapabilities } from './cold-store.ts';
import { httpStatus, s3Code } from './s3-errors.ts';
import { putWhole, type S3Target } from './s3-upload.ts';
import { StoreUnavailableError } from './store-errors.ts';

/** No put takes a day. */
const ABANDONED_AFTER_MS = 24 * 3600_000;

/** Asks by listing, whose answer says what is wrong: a HEAD's has no room for more than a status.
 *  @throws the SDK's NoSuchBucket, InvalidAccessKeyId, … */
export async function requireBucket({ client, bucket }: S3Target): Promise<void> {
  await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }));
}

/** Makes the bucket when it is not there and the credentials allow it. */
export async function ensureBucket(target: S3Target): Promise<void> {
  try {
    await requireBucket(target);
  } catch (error) {
    if (s3Code(error) !== 'NoSuchBucket') throw error;
    await target.client.send(new CreateBucketCommand({ Bucket: target.bucket })).catch((cause: unknown) => {
      // Another server of the fleet was quicker.
      if (s3Code(cause) !== 'BucketAlreadyOwnedByYou') throw cause;
    });
  }
}

/** @param prefix  the tenant's part of the bucket */
export async function probe(target: S3Target, prefix: string): Promise<ColdCapabilities> {
  const { client, bucket } = target;
  const place = { Bucket: bucket, Key: `${prefix}probe/${randomUUID()}` };
  const body = Buffer.from('probe');
  try {
    const verifiesPayloadHash = await refusesWrongHash(target, place.Key, body);
    await putWhole(target, place.Key, body);
    const head = await client.send(new HeadObjectCommand({ ...place, ChecksumMode: 'ENABLED' }));
    const { Body } = await client.send(new GetObjectCommand(place));
    const read = await Body?.transformToByteArray();
    if (!read || !body.equals(read)) {
      throw new StoreUnavailableError('cold', `s3://${bucket} gives back other bytes than were put`);
    }
    return { kind: 's3', verifiesPayloadHash, returnsSha256: head.ChecksumSHA256 !== undefined, signedLinks: true };
  } finally {
    await client.send(new DeleteObjectCommand(place)).catch(() => undefined);
  }
}

async function refusesWrongHash(target: S3Target, key: string, body: Uint8Array): Promise<boolean> {
  try {
    await putWhole(target, key, body, { sha: shaOf('something else') });
    return false;
  } catch (error) {
    if (httpStatus(error) === 400) return true;
    throw error;
  }
}

/** Unfinished uploads are invisible, and cost like objects. */
export async function removeAbandonedUploads({ client, bucket }: S3Target, prefix: string, now: number): Promise<void> {
  let next: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> | undefined = {};
  while (next) {
    const input: ListMultipartUploadsCommandInput = { Bucket: bucket, Prefix: prefix, ...next };
    const listed: ListMultipartUploadsCommandOutput = await client.send(new ListMultipartUploadsCommand(input));
    for (const { Key, UploadId, Initiated } of listed.Uploads ?? []) {
      if (Initiated === undefined || now - Initiated.getTime() < ABANDONED_AFTER_MS) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    }
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = listed;
    next = IsTruncated ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
  }
}
