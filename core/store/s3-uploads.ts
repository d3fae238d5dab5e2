// Uploads that go to S3 by themselves, by a link signed for one request: with the bytes' length, and with their SHA-256. A server
// that keeps checksums refuses other bytes by it, now and as long as the link holds, and says so by a HEAD: there S3 copies what
// came to the object's key by itself. Of others what came has to be read.
import {
  type _Object,
  CopyObjectCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { assert } from '../model/assert.ts';
import { systemClock } from '../model/clock.ts';
import type { Sha } from '../model/ids.ts';
import type { ColdUploads } from './cold-uploads.ts';
import { leavable } from './leavable.ts';
import type { ObjectReader } from './object-store.ts';
import { abortedBy } from './s3-connect.ts';
import { openBody } from './s3-download.ts';
import { headOf, orAbsent, whatIsWrong } from './s3-head.ts';
import { optionsOf, type S3Target, unquoted } from './s3-upload.ts';
import { ObjectAbsentError, StoreUnavailableError } from './store-errors.ts';

export interface S3UploadsIo {
  /** how objects are put */
  readonly objects: S3Target;
  /** how all else is */
  readonly staged: S3Target;
  readonly linkClient: S3Client;
  readonly objectKeyOf: (sha: Sha) => string;
  /** what all their keys begin with */
  readonly uploadsFolder: string;
  readonly translated: <T>(work: () => Promise<T>) => Promise<T>;
  readonly translatedParts: <T>(parts: AsyncIterable<T>) => AsyncGenerator<T>;
  readonly keysUnder: (folder: string) => AsyncIterable<Pick<_Object, 'Key' | 'LastModified'>>;
}

/** S3's own limit of one put, and of one copy. */
const MOST_BYTES = 5 * 2 ** 30;
const NAME = /^[0-9a-z-]{1,200}$/;
const CHECKSUM = 'x-amz-checksum-sha256';

export function s3Uploads(io: S3UploadsIo): ColdUploads {
  const { objects, staged, linkClient, objectKeyOf, uploadsFolder, translated, translatedParts, keysUnder } = io;
  const { client, bucket: Bucket, clock = systemClock } = objects;

  function keyOf(name: string): string {
    assert(NAME.test(name), `${name} is the name of an upload`);
    return uploadsFolder + name;
  }

  const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket, Key }));

  async function copyTo(key: string, from: string, signal: AbortSignal): Promise<string | undefined> {
    const CopySource = [Bucket, ...from.split('/')].map(encodeURIComponent).join('/');
    const command = new CopyObjectCommand({ ...optionsOf(objects), Bucket, Key: key, CopySource });
    const { CopyObjectResult } = await client.send(command, abortedBy(signal));
    return unquoted(CopyObjectResult?.ETag) || undefined;
  }

  return {
    async link(name, { sha, sizeBytes }, expiresInSeconds) {
      if (sizeBytes > MOST_BYTES) return undefined;
      const checksum = Buffer.from(sha, 'hex').toString('base64');
      const command = new PutObjectCommand({
        ...optionsOf(staged),
        ...{ Bucket, Key: keyOf(name), ContentLength: sizeBytes, ChecksumSHA256: checksum },
      });
      const now = clock.now();
      const key = staged.kmsKeyId;
      return {
        url: await translated(() =>
          getSignedUrl(linkClient, command, {
            expiresIn: expiresInSeconds,
            signingDate: new Date(now),
            unhoistableHeaders: new Set([CHECKSUM]),
          }),
        ),
        headers: {
          [CHECKSUM]: checksum,
          ...(key !== undefined && {
            'x-amz-server-side-encryption': 'aws:kms',
            'x-amz-server-side-encryption-aws-kms-key-id': key,
          }),
        },
        expiresAt: now + expiresInSeconds * 1_000,
      };
    },

    copy: (name, { sha, sizeBytes }, signal) =>
      translated(async () => {
        const put = await headOf(staged, keyOf(name), sha);
        if (!put) return { kind: 'absent' };
        if (put.sizeBytes !== sizeBytes) {
          return { kind: 'wrong-bytes', detail: `it has ${put.sizeBytes} bytes instead of ${sizeBytes}` };
        }
        if (put.contradicts) return { kind: 'wrong-bytes', detail: 'S3 has another SHA-256 of it' };
        if (!put.checksumMatched) return { kind: 'unproven' };
        const key = objectKeyOf(sha);
        const etag = await copyTo(key, keyOf(name), signal);
        const proof = await headOf(objects, key, sha);
        const wrong = whatIsWrong(proof, sizeBytes, etag) ?? (proof?.checksumMatched ? undefined : 'has no SHA-256');
        if (proof && wrong === undefined) return { kind: 'copied', proof };
        throw new StoreUnavailableError('cold', `s3://${Bucket}/${key} was copied and ${wrong} now`);
      }),

    async get(name, { sha }, signal): Promise<ObjectReader> {
      const open = () => openBody(client, { Bucket, Key: keyOf(name) }, { signal });
      const opened = await translated(() => orAbsent(staged, open));
      if (!opened) throw new ObjectAbsentError(sha, 'cold');
      return { sizeBytes: opened.sizeBytes, bytes: leavable(translatedParts(opened.bytes), opened.cancel) };
    },

    async drop(name) {
      await translated(() => remove(keyOf(name)));
    },

    async sweep(before) {
      for await (const { Key, LastModified } of keysUnder(uploadsFolder)) {
        if (Key !== undefined && LastModified !== undefined && LastModified.getTime() < before) {
          await translated(() => remove(Key));
        }
      }
    },
  };
}
