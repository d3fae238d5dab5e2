// Where an object is in NATS: its shard's bucket and stream, and the subjects that the Object Store protocol gives to
// its metadata and its chunks.
import { parseSha, type Sha, type Tenant } from '../model/ids.ts';
import { objectBucket, objectStream, shardOf } from './nats-names.ts';

export interface ObjectPlace {
  readonly sha: Sha;
  readonly bucket: string;
  readonly stream: string;
  readonly metaSubject: string;
}

/** One bucket of the tenant. */
export interface Shard {
  readonly bucket: string;
  readonly stream: string;
}

export function shardsOf(tenant: Tenant, shards: number): Shard[] {
  return Array.from({ length: shards }, (_, shard) => {
    const bucket = objectBucket(tenant, shard);
    return { bucket, stream: objectStream(bucket) };
  });
}

export function placeOf(tenant: Tenant, shards: number, sha: Sha): ObjectPlace {
  const bucket = objectBucket(tenant, shardOf(sha, shards));
  return { sha, bucket, stream: objectStream(bucket), metaSubject: metaSubjects(bucket, encodeName(sha)) };
}

export const metaSubjects = (bucket: string, encodedName: string): string => `$O.${bucket}.M.${encodedName}`;
export const chunkSubject = (bucket: string, nuid: string): string => `$O.${bucket}.C.${nuid}`;
export const allChunks = (bucket: string): string => `$O.${bucket}.C.>`;
export const allMetas = (bucket: string): string => `$O.${bucket}.M.>`;
export const nuidOf = (subject: string): string => subject.slice(subject.lastIndexOf('.') + 1);

/** Base64url with padding: 64 characters always leave two. */
const encodeName = (sha: Sha): string => `${Buffer.from(sha).toString('base64url')}==`;

/** @returns undefined when the name under the subject is no sha: something that others keep in the bucket */
export function shaOfMetaSubject(subject: string): Sha | undefined {
  const name = Buffer.from(nuidOf(subject), 'base64url').toString('utf8');
  try {
    return parseSha(name);
  } catch {
    return undefined;
  }
}
