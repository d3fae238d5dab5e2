// What people and programs ask of a project's files: part of the interfaces between pages, the API and the server. Bytes come
// first and are named by a commit afterwards (I1); what nobody names within a day is swept.
import type { Seen } from '../core/commit/path-op.ts';
import type { Actor, CommitCounts } from '../core/model/commit.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';

/** Bytes on their way in. They are taken as they come, however many there are, and not faster than they can be stored. */
export interface Incoming {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** undefined: whoever sends them did not say */
  readonly sizeBytes: number | undefined;
}

/** One change of a project's tree; a later one sees what the ones before it did. */
export type FileOp =
  | {
      readonly kind: 'put';
      readonly path: RelPath;
      readonly sha: Sha;
      readonly sizeBytes: number;
      /** absent: what the file has there now, or 0o644 */
      readonly mode?: number | undefined;
      /** milliseconds since 1970; absent: now */
      readonly modifiedAt?: number | undefined;
      readonly seen?: Seen | undefined;
    }
  /** an empty one; nothing where there is a directory already */
  | { readonly kind: 'directory'; readonly path: RelPath }
  /** a file, or a directory with all below it */
  | { readonly kind: 'delete'; readonly path: RelPath; readonly seen?: Seen | undefined }
  /** a file, or a directory with all below it
   *  `replace`: what lies at `to` goes; else it is refused */
  | { readonly kind: 'move'; readonly from: RelPath; readonly to: RelPath; readonly replace: boolean };

export interface CommitAsked {
  readonly project: ProjectName;
  readonly ops: readonly FileOp[];
  readonly message?: string | undefined;
  /** only if this is the current commit */
  readonly ifMatch?: Sha | undefined;
  /** Only where each path that an op has a `seen` for is as that says. Else such an op wins, and what it won over is told as a
   *  conflict. */
  readonly onlySeen?: true | undefined;
}

export type CommitOutcome =
  | {
      readonly kind: 'committed';
      readonly commit: Sha;
      readonly counts: CommitCounts;
      /** where an op won over what its `seen` did not say */
      readonly conflicts: readonly { readonly path: RelPath; readonly won: Sha | null; readonly lost: Sha | null }[];
      /** where the losers were written, by the policy `keep-both` */
      readonly kept: readonly RelPath[];
      /** others' changes are in it too */
      readonly isShared: boolean;
    }
  /** all is as asked already */
  | { readonly kind: 'unchanged'; readonly commit: Sha }
  /** what was to be there is not: `ifMatch`, or a `seen` */
  | { readonly kind: 'commit-moved'; readonly current: Sha }
  | { readonly kind: 'no-project' | 'commits-busy' }
  /** an op, by its place in the list, cannot be done, and so none was */
  | { readonly kind: 'op-refused'; readonly op: number; readonly why: OpFault };

export type OpFault =
  /** no tier has it: its bytes come first (I1) */
  | { readonly kind: 'no-object'; readonly sha: Sha }
  | { readonly kind: 'other-size'; readonly sha: Sha; readonly sizeBytes: number }
  /** what is to be moved is not there */
  | { readonly kind: 'nothing-there' | 'path-taken' | 'into-itself' | 'reserved-name'; readonly path: RelPath };

/** All throw StoreUnavailableError: what was done is unknown, and may be asked again; and StoreFullError. */
export interface FileCommands {
  /** Bytes whose sha is known before. All of them are read, also where the object is there already. */
  putObject(
    sha: Sha,
    incoming: Incoming,
  ): Promise<{ readonly kind: 'stored'; readonly sizeBytes: number } | WrongBytes>;
  /** Bytes whose sha is learnt from them. */
  storeBytes(incoming: Incoming): Promise<{ readonly sha: Sha; readonly sizeBytes: number }>;
  commit(actor: Actor, asked: CommitAsked): Promise<CommitOutcome>;
}

/** What came is not what was announced; nothing of it is kept. */
export interface WrongBytes {
  readonly kind: 'wrong-bytes';
  /** why, without a full stop */
  readonly detail: string;
}
