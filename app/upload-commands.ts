// Uploads in parts: what came before a cut is there still, and the next part goes on from it, after a restart of the server
// too; and uploads past the server, straight to cold. Part of the interfaces between the API and the server.
import type { Actor } from '../core/model/commit.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { WrongBytes } from './file-commands.ts';

/** One upload is one actor's of one object: whoever announces it again goes on with it. */
export interface UploadKey {
  readonly actor: Actor;
  readonly sha: Sha;
  readonly sizeBytes: number;
}

export type AppendOutcome =
  /** that was the last part: the object is stored, and the upload is over */
  | { readonly kind: 'stored' }
  | { readonly kind: 'appended'; readonly offset: number }
  /** the part does not begin where the upload is */
  | { readonly kind: 'other-offset'; readonly offset: number }
  /** it has more bytes than were announced; what fits was taken */
  | { readonly kind: 'too-long'; readonly offset: number }
  /** the upload begins anew */
  | WrongBytes;

/** All throw StoreFullError, and StoreUnavailableError: what came is kept, and may be gone on with. */
export interface UploadCommands {
  /** How many bytes are there. A part that is under way ends: whoever asks has lost it. */
  offset(key: UploadKey): Promise<number>;
  /** Keeps what comes, until the bytes end or are cut off; then it throws what they ended in, and the rest is kept. */
  append(key: UploadKey, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<AppendOutcome>;
  drop(key: UploadKey): Promise<void>;
}

export interface UploadLink {
  readonly url: string;
  /** signed: the request has them as they are */
  readonly headers: Readonly<Record<string, string>>;
  /** milliseconds since 1970; it has begun by then */
  readonly expiresAt: number;
}

export type CompleteOutcome =
  /** proven: cold has the object */
  | { readonly kind: 'stored' }
  | { readonly kind: 'absent' }
  /** nothing of it was kept */
  | WrongBytes;

export interface DirectUploads {
  /** @returns undefined: cold takes none, or not now, or not as large a one in one request */
  link(key: UploadKey): Promise<UploadLink | undefined>;
  /** @param project  is told of it
   *  @throws StoreUnavailableError: what was put is still there */
  complete(key: UploadKey, project: ProjectName): Promise<CompleteOutcome>;
  /** What was put is forgotten. */
  drop(key: UploadKey): Promise<void>;
}
