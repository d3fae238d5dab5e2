// Nodes in memory, with counts of what was read and written: for tests and simulations of all that uses trees.
import { assert } from '../model/assert.ts';
import { type Sha, shaOf } from '../model/ids.ts';
import type { NodeIo } from './tree.ts';

export interface MemoryNodes extends NodeIo {
  readonly nodes: ReadonlyMap<Sha, Uint8Array>;
  /** since the last `resetCounts` */
  readonly reads: readonly Sha[];
  readonly writes: readonly Sha[];
  resetCounts(): void;
}

export function memoryNodes(): MemoryNodes {
  const nodes = new Map<Sha, Uint8Array>();
  const reads: Sha[] = [];
  const writes: Sha[] = [];
  return {
    nodes,
    reads,
    writes,
    resetCounts() {
      reads.length = 0;
      writes.length = 0;
    },
    async getNode(sha) {
      reads.push(sha);
      const bytes = nodes.get(sha);
      assert(bytes, `node ${sha} was put before it is read`);
      return bytes;
    },
    async putNode(sha, bytes) {
      assert(shaOf(bytes) === sha, `node ${sha} has the bytes of its sha`);
      writes.push(sha);
      nodes.set(sha, bytes);
    },
  };
}
