// What a manifest is to the rest of the system: an immutable, content-addressed search tree over paths (DESIGN §4).
// The functions live beside this file, one a file: build, get, list, apply, diff, walk.
import type { Entry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';

/** Reads nodes by sha; the bytes are already verified (I6). */
export interface NodeReader {
  getNode(sha: Sha): Promise<Uint8Array>;
}

/** Collects new nodes. Nothing refers to them until a commit does, so their order does not matter; all must be stored before it. */
export interface NodeWriter {
  putNode(sha: Sha, bytes: Uint8Array): Promise<void>;
}

export interface NodeIo extends NodeReader, NodeWriter {}

/** A tree: its root node's sha, and the totals of all that it lists. */
export interface TreeRoot {
  readonly sha: Sha;
  readonly files: number;
  readonly bytes: number;
}

/** One change of one path. */
export type Edit =
  | { readonly kind: 'put'; readonly entry: Entry }
  | { readonly kind: 'remove'; readonly path: RelPath };

/** A list may have any order, and of several edits of a path the last counts. A stream may be longer than memory: it comes
 *  in path order (`comparePaths`), each path once. */
export type Edits = readonly Edit[] | Iterable<Edit> | AsyncIterable<Edit>;

export type Change =
  | { readonly kind: 'added'; readonly entry: Entry }
  | { readonly kind: 'updated'; readonly entry: Entry; readonly was: Entry }
  | { readonly kind: 'removed'; readonly was: Entry };

/** A row of a directory listing. A directory's totals come from the tree's counts, not from a walk. */
export type ListedRow =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'dir'; readonly path: RelPath; readonly files: number; readonly bytes: number };

export interface ListPage {
  readonly rows: readonly ListedRow[];
  /** give it as `cursor` for the next page; undefined on the last one */
  readonly next: string | undefined;
}
