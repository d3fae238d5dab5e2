// Manifest nodes are objects like any other: stored under their sha, verified when read (I6).
import { type ObjectStore, readObject } from '../store/object-store.ts';
import type { NodeIo } from './tree.ts';

export function objectNodes(store: Pick<ObjectStore, 'get' | 'put'>): NodeIo {
  return {
    getNode: (sha) => readObject(store, sha),
    async putNode(sha, bytes) {
      await store.put(sha, bytes.byteLength, bytes);
    },
  };
}
