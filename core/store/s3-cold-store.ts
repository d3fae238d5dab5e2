// The cold tier in S3. Objects lie under their sha and are never changed; a HEAD proves them. An answer that does not
// clearly say that this key is not in this bucket is an error and never an absence (I3).
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { attachment } from '../model/attachment.ts';
import { type Clock, systemClock } from '../model/clock.ts';
import { parseSha, type Sha, type Tenant } from '../model/ids.ts';
import type { ColdAdapter } from './cold-adapter.ts';
import { documentKey, objectKey, objectsPrefix, uploadsPrefix } from './cold-keys.ts';
import { type ColdCompression, coldObjects } from './cold-objects.ts';
import type { ColdStore } from './cold-store.ts';
import { leavable } from './leavable.ts';
import { collect } from './object-store.ts';
import { openBody } from './s3-download.ts';
import { s3Error } from './s3-errors.ts';
import { headOf, orAbsent, whatIsWrong } from './s3-head.ts';
import { ensureBucket, probe, removeAbandonedUploads } from './s3-probe.ts';
import { putWhole, type S3Target, upload } from './s3-upload.ts';
import { s3Uploads } from './s3-uploads.ts';
import { ObjectAbsentError, StoreUnavailableError } from './store-errors.ts';

export interface S3ColdOptions {
  readonly client: S3Client;
  readonly bucket: string;
  readonly tenant: Tenant;
  /** put before every key, such as `backup/`; default none */
  readonly prefix?: string;
  /** of objects; documents stay in the server's default class */
  readonly storageClass?: string;
  /** a key of the server's key management, which encrypts all that is put */
  readonly kmsKeyId?: string;
  /** of objects that are put; default none */
  readonly compression?: ColdCompression;
  /** whose address links have, where clients reach the server by another one; default `client` */
  readonly linkClient?: S3Client;
  readonly clock?: Clock;
}

const SHA_NAME = /^[0-9a-f]{64}$/;
/** SigV4 signs for seven days at most. */
const LONGEST_LINK_SECONDS = 7 * 24 * 3600;

export function s3ColdStore(options: S3ColdOptions): ColdStore {
  return coldObjects(s3Adapter(options), options.compression);
}

function s3Adapter(options: S3ColdOptions): ColdAdapter {
  const { client, bucket, tenant, prefix = '', storageClass, kmsKeyId } = options;
  const { linkClient = client, clock = systemClock } = options;
  const documents: S3Target = { client, bucket, clock, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) };
  const objects: S3Target = { ...documents, ...(storageClass === undefined ? {} : { storageClass }) };
  const placeOf = (sha: Sha) => ({ Bucket: bucket, Key: prefix + objectKey(tenant, sha) });
  const documentPlace = (key: string) => ({ Bucket: bucket, Key: prefix + documentKey(tenant, key) });

  const failure = async (cause: unknown) => s3Error({ bucket, endpoint: await endpointOf(client) }, cause);

  /** Whatever S3 or the network meets is told in the words of store-errors.ts. */
  async function translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw await failure(cause);
    }
  }

  async function* translatedParts<T>(parts: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* parts;
    } catch (cause) {
      throw await failure(cause);
    }
  }

  /** @param storedSha  of what is to lie there */
  const proofOf = (sha: Sha, storedSha: Sha | undefined) => headOf(objects, placeOf(sha).Key, storedSha);

  async function* keysUnder(folder: string) {
    const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: folder });
    for await (const { Contents } of translatedParts(pages)) yield* Contents ?? [];
  }

  return {
    kind: 's3',
    uploads: s3Uploads({
      ...{ objects, staged: documents, linkClient, translated, translatedParts, keysUnder },
      objectKeyOf: (sha) => placeOf(sha).Key,
      uploadsFolder: prefix + uploadsPrefix(tenant),
    }),

    async putStored(sha, stored, body, signal) {
      let left: string | undefined;
      try {
        left = await upload(objects, placeOf(sha).Key, stored, body.bytes, signal);
      } catch (cause) {
        signal?.throwIfAborted();
        throw body.fault() ?? (await failure(cause));
      }
      const proof = await translated(() => proofOf(sha, stored.sha));
      const found = whatIsWrong(proof, stored.sizeBytes, left);
      if (proof && found === undefined) return proof;
      throw new StoreUnavailableError('cold', `s3://${bucket}/${placeOf(sha).Key} was put and ${found} now`);
    },

    async checkStored(sha, expected) {
      const proof = await translated(() => proofOf(sha, expected.sha));
      if (!proof) return { kind: 'absent' };
      if (proof.sizeBytes !== expected.sizeBytes) {
        return { kind: 'different', detail: `it has ${proof.sizeBytes} bytes instead of ${expected.sizeBytes}` };
      }
      if (proof.contradicts) return { kind: 'different', detail: 'the server has another SHA-256 of it' };
      // A server's checksum of the bytes says more than its ETag, which a copy or a new encryption changes.
      if (!proof.checksumMatched && expected.etag !== undefined && proof.etag !== expected.etag) {
        return { kind: 'different', detail: `its ETag is ${proof.etag} instead of ${expected.etag}` };
      }
      return { kind: 'proven', proof };
    },

    async getStored(sha, options) {
      const opened = await translated(() => orAbsent(objects, () => openBody(client, placeOf(sha), options)));
      if (!opened) throw new ObjectAbsentError(sha, 'cold');
      return { sizeBytes: opened.sizeBytes, bytes: leavable(translatedParts(opened.bytes), opened.cancel) };
    },

    async delete(sha) {
      await translated(() => client.send(new DeleteObjectCommand(placeOf(sha))));
    },

    async *list() {
      const folder = prefix + objectsPrefix(tenant);
      for await (const { Key = '', Size = 0, LastModified } of keysUnder(folder)) {
        const name = Key.slice(folder.length);
        if (!SHA_NAME.test(name)) continue;
        yield { sha: parseSha(name), sizeBytes: Size, modifiedAt: LastModified?.getTime() ?? 0 };
      }
    },

    async storedLink(sha, { expiresInSeconds, fileName, contentType }) {
      const command = new GetObjectCommand({
        ...placeOf(sha),
        ResponseContentDisposition: attachment(fileName),
        ResponseContentType: contentType,
      });
      const expiresIn = Math.min(expiresInSeconds, LONGEST_LINK_SECONDS);
      return {
        kind: 'link',
        url: await translated(() =>
          getSignedUrl(linkClient, command, { expiresIn, signingDate: new Date(clock.now()) }),
        ),
      };
    },

    async putDocument(key, bytes) {
      const { Key } = documentPlace(key);
      await translated(() => putWhole(documents, Key, bytes));
    },

    async getDocument(key) {
      const place = documentPlace(key);
      return translated(async () => {
        const opened = await orAbsent(objects, () => openBody(client, place, {}));
        return opened && collect(opened.bytes);
      });
    },

    async deleteDocument(key) {
      await translated(() => client.send(new DeleteObjectCommand(documentPlace(key))));
    },

    async *listDocuments(start) {
      const tenantPart = `${prefix}${tenant}/`;
      for await (const { Key = '' } of keysUnder(`${tenantPart}projects/`)) {
        const key = Key.slice(tenantPart.length);
        if (key.startsWith(start)) yield key;
      }
    },

    async probe() {
      return translated(async () => {
        await ensureBucket(objects);
        const capabilities = await probe(documents, `${prefix}${tenant}/`);
        await removeAbandonedUploads(objects, prefix + objectsPrefix(tenant), clock.now());
        return capabilities;
      });
    },
  };
}

/** For messages. */
async function endpointOf(client: S3Client): Promise<string> {
  const endpoint = await client.config.endpoint?.();
  return endpoint ? `${endpoint.protocol}//${endpoint.hostname}${endpoint.port ? `:${endpoint.port}` : ''}` : 'AWS';
}
