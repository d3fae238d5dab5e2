// Manifest nodes and commits from hot, or from cold where hot has no good copy: a job that looks for damage, or for what is
// missing, is not ended by it.
import { Readable } from 'node:stream';
import type { NodeReader } from '../manifest/tree.ts';
import type { Sha } from '../model/ids.ts';
import { type ObjectStore, readObject } from '../store/object-store.ts';
import type { TierIo } from './tier-io.ts';
import { isLostBytes } from './unproven-files.ts';

export interface EitherTier {
  readonly hot: Pick<ObjectStore, 'get'>;
  readonly nodes: NodeReader;
}

/** @param instead  told of each part that hot has no good copy of and cold has */
export function eitherTier(
  { hot, cold }: Pick<TierIo, 'hot' | 'cold'>,
  instead: (sha: Sha) => void = () => {},
): EitherTier {
  const get: ObjectStore['get'] = async (sha) => {
    let bytes: Uint8Array;
    try {
      bytes = await readObject(hot, sha);
    } catch (error) {
      if (!isLostBytes(error)) throw error;
      bytes = await readObject(cold, sha);
      instead(sha);
    }
    return { sizeBytes: bytes.length, bytes: Readable.from([bytes]) };
  };
  return { hot: { get }, nodes: { getNode: (sha) => readObject({ get }, sha) } };
}
