// The port of the cold tier: the same objects under `<tenant>/objects/<sha>`, and small documents such as a project's
// restore point under `<tenant>/projects/…`. S3, the embedded directory and, for tests, memory
// implement it and pass `cold-store.contract.ts`.
import type { Sha } from '../model/ids.ts';
import type { ColdUploads } from './cold-uploads.ts';
import type { ByteRange, ByteSource, ObjectReader } from './object-store.ts';

/** What a fresh HEAD said about a copy in cold. Evict acts on nothing less (I3). */
export interface ColdProof {
  readonly bucket: string;
  readonly key: string;
  /** of the object */
  readonly sizeBytes: number;
  /** the ETag that the verified put left; the directory gives its own */
  readonly etag: string;
  readonly storageClass?: string;
  /** absent: the object's own bytes lie there */
  readonly stored?: StoredForm;
  /** true where the server answered with the SHA-256 of what is to lie there */
  readonly checksumMatched: boolean;
  /** milliseconds since 1970 */
  readonly verifiedAt: number;
}

/** How an object lies there when its bytes were compressed. */
export interface StoredForm {
  readonly form: 'gzip';
  readonly sizeBytes: number;
  /** of what is stored, where it went in one request: a server that keeps checksums has the same one */
  readonly sha?: Sha;
}

export type ColdCheck =
  | { readonly kind: 'proven'; readonly proof: ColdProof }
  | { readonly kind: 'absent' }
  /** something else lies under the key: wrong size, wrong checksum, or not the ETag that the put left */
  | { readonly kind: 'different'; readonly detail: string };

export interface ListedColdObject {
  readonly sha: Sha;
  /** of what lies there, compressed or not */
  readonly sizeBytes: number;
  readonly modifiedAt: number;
}

/** What the endpoint was seen to do at start; shown by `doctor`. */
export interface ColdCapabilities {
  readonly kind: 'directory' | 's3' | 'memory';
  /** the server refuses a body whose hash is not the signed one */
  readonly verifiesPayloadHash: boolean;
  /** HEAD answers with the object's SHA-256 */
  readonly returnsSha256: boolean;
  /** short-lived links can be given to clients */
  readonly signedLinks: boolean;
}

export interface ColdGetOptions {
  readonly range?: ByteRange;
  /** of the object, where it is known: a copy that claims another is corrupt, and nothing of it is read */
  readonly sizeBytes?: number;
  readonly signal?: AbortSignal;
}

export interface LinkOptions {
  readonly expiresInSeconds: number;
  /** under which the bytes are saved, any characters */
  readonly fileName: string;
  readonly contentType: string;
}

export type ColdLink =
  | { readonly kind: 'link'; readonly url: string }
  /** why there is none, in words for people, without a full stop */
  | { readonly kind: 'none'; readonly reason: string };

export interface ColdStore {
  readonly kind: 'directory' | 's3' | 'memory';
  /** absent: clients cannot put anything here by themselves */
  readonly uploads?: ColdUploads;
  /** Streams the bytes in, verified on the way; multipart above a size. Proven by a HEAD before it returns. Repeatable.
   *  @throws ObjectCorruptError  `body` is not the bytes of `sha`; nothing is left under the key */
  put(
    sha: Sha,
    sizeBytes: number,
    body: Uint8Array | ByteSource,
    options?: { readonly signal?: AbortSignal },
  ): Promise<ColdProof>;

  /** A fresh proof (HEAD). Says proven, absent or different, or throws: unknown is none of them.
   *  @param expected  the object's size, and of the recorded proof, where there is one, the ETag and the form */
  check(
    sha: Sha,
    expected: { readonly sizeBytes: number; readonly etag?: string; readonly stored?: StoredForm },
  ): Promise<ColdCheck>;

  /** @throws ObjectAbsentError, ObjectCorruptError, StoreUnavailableError as ObjectStore.get does */
  get(sha: Sha, options?: ColdGetOptions): Promise<ObjectReader>;

  delete(sha: Sha): Promise<void>;
  list(): AsyncIterable<ListedColdObject>;

  /** A link that gives the bytes to whoever holds it, whole and in ranges, until it expires.
   *  @throws ObjectAbsentError, StoreUnavailableError */
  signedLink(sha: Sha, options: LinkOptions): Promise<ColdLink>;

  /** Small JSON documents, by a key such as `projects/demo/current.json`. */
  putDocument(key: string, bytes: Uint8Array): Promise<void>;
  /** @returns undefined when there is none */
  getDocument(key: string): Promise<Uint8Array | undefined>;
  listDocuments(prefix: string): AsyncIterable<string>;
  /** Absent already is fine. */
  deleteDocument(key: string): Promise<void>;

  /** Writes, reads and removes a small object to see what the endpoint can do.
   *  @throws StoreUnavailableError, StoreDeniedError with the next step in the message */
  probe(): Promise<ColdCapabilities>;
}
