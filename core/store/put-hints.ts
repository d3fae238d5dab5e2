// What a node tells the others of a large object that it puts into hot, while it is at it: where the chunks lie that are
// there already, so that they can be read before the commit comes. Only a hint (I2): it may be lost, late or wrong, nothing
// is stored of it, and whoever reads by it verifies the bytes as ever (I6).
import type { NodeId, ProjectName, Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { ChunkPlaces, ChunkReader } from './object-store.ts';

export interface PutHint {
  /** who puts it */
  readonly node: NodeId;
  /** in the project: where it is to be committed */
  readonly path: RelPath;
  readonly sha: Sha;
  readonly sizeBytes: number;
  readonly chunks: ChunkPlaces;
}

export interface PutHints extends ChunkReader {
  /** Tells all who listen now, this process too. Never throws: what cannot be told is not. */
  tell(project: ProjectName, hint: PutHint): void;
  /** @returns how to stop */
  listen(project: ProjectName, heard: (hint: PutHint) => void): () => void;
}
