// What clients put into cold by themselves: each under a name of its own and never under an object's key, so that who holds a
// link can overwrite nothing that is proven. It becomes an object's copy only when its bytes were found to be the object's (I6).
// A part of the cold port that only some storages have.
import type { Sha } from '../model/ids.ts';
import type { ColdProof } from './cold-store.ts';
import type { ObjectReader } from './object-store.ts';

export interface UploadedObject {
  readonly sha: Sha;
  readonly sizeBytes: number;
}

export interface UploadLink {
  readonly url: string;
  /** which the request has to have, as they are: they are signed */
  readonly headers: Readonly<Record<string, string>>;
  /** milliseconds since 1970; a request that begins before it may take longer */
  readonly expiresAt: number;
}

export type CopiedUpload =
  | { readonly kind: 'copied'; readonly proof: ColdProof }
  /** the storage has no checksum of it: only who reads it can tell */
  | { readonly kind: 'unproven' }
  /** nothing lies under the name */
  | { readonly kind: 'absent' }
  /** it is something else */
  | { readonly kind: 'wrong-bytes'; readonly detail: string };

export interface ColdUploads {
  /** What lets its holder put so many bytes under the name, by one request.
   *  @returns undefined: one request does not take as many */
  link(name: string, object: UploadedObject, expiresInSeconds: number): Promise<UploadLink | undefined>;

  /** Copies it to the object's key, in one step, where the storage itself proves the bytes; with a proof as `ColdStore.put` gives
   *  it. It also stays under its name. */
  copy(name: string, object: UploadedObject, signal: AbortSignal): Promise<CopiedUpload>;

  /** Not verified. @throws ObjectAbsentError, StoreUnavailableError */
  get(name: string, object: UploadedObject, signal: AbortSignal): Promise<ObjectReader>;

  /** Absent already is fine. */
  drop(name: string): Promise<void>;

  /** Removes what was put before that, in milliseconds since 1970. */
  sweep(before: number): Promise<void>;
}
