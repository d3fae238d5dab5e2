// What an adapter of the cold tier does: it moves bytes that lie under the key of an object, in whatever form they are, and
// knows nothing of forms. `cold-objects.ts` makes a cold store of it, so that S3, the directory and memory agree on what an
// object is, how it is verified and what proves it.
import type { Sha } from '../model/ids.ts';
import type { ColdCheck, ColdLink, ColdProof, ColdStore, LinkOptions } from './cold-store.ts';
import type { ByteRange, ObjectReader } from './object-store.ts';
import type { PutBody } from './verify-bytes.ts';

/** What is to lie under a key. */
export interface StoredBytes {
  readonly sizeBytes: number;
  /** of these bytes; known where one request takes them all */
  readonly sha?: Sha;
}

export interface ColdAdapter extends Omit<ColdStore, 'put' | 'check' | 'get' | 'signedLink'> {
  /** Replaces what is there, in one step and only when `body` came to its end. A good copy of the very bytes may stay as it
   *  is, and with it the proof that others have of it.
   *  @returns the proof of what is stored: `sizeBytes` and `checksumMatched` are about that
   *  @throws what `body` ended in; then nothing has changed */
  putStored(sha: Sha, stored: StoredBytes, body: PutBody, signal: AbortSignal | undefined): Promise<ColdProof>;

  checkStored(sha: Sha, expected: StoredBytes & { readonly etag?: string }): Promise<ColdCheck>;

  /** Not verified; a range and the reader's `sizeBytes` are of what is stored. */
  getStored(sha: Sha, options: { readonly range?: ByteRange; readonly signal?: AbortSignal }): Promise<ObjectReader>;

  /** To what is stored. */
  storedLink(sha: Sha, options: LinkOptions): Promise<ColdLink>;
}
