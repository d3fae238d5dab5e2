// Holds the first new nodes of a commit back, so that those of a small one are stored in one go, side by side with the
// commit itself: one wait for the disk instead of one a level. A large commit goes on storing as it is made: its memory
// stays flat.
import { type DecodedReader, decodeNode, isDecoded, loadNode } from '../manifest/node.ts';
import type { NodeIo } from '../manifest/tree.ts';
import type { Sha } from '../model/ids.ts';

/** Bytes held at the most: some hundred nodes, of which a commit of one path has four. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** Held nodes that are stored side by side. */
const WINDOW = 64;

export interface HeldNodes extends DecodedReader, NodeIo {
  /** Stores what is held. I1: to be waited for before anything refers to the nodes. */
  flush(): Promise<void>;
}

export function heldNodes(io: NodeIo, maxHeldBytes = MAX_HELD_BYTES): HeldNodes {
  const held = new Map<Sha, Uint8Array>();
  const offered: (() => void)[] = [];
  let heldBytes = 0;
  return {
    getNode: async (sha) => held.get(sha) ?? io.getNode(sha),
    getDecoded: (sha) => {
      const bytes = held.get(sha);
      return bytes ? decodeNode(sha, bytes) : loadNode(io, sha);
    },
    putNode: async (sha, bytes) => {
      if (heldBytes + bytes.length > maxHeldBytes) return io.putNode(sha, bytes);
      held.set(sha, bytes);
      heldBytes += bytes.length;
    },
    keep: (sha, node, sizeBytes) => {
      if (!isDecoded(io)) return;
      // A cache must not know a node that is not stored yet.
      if (held.has(sha)) offered.push(() => io.keep(sha, node, sizeBytes));
      else io.keep(sha, node, sizeBytes);
    },
    flush: async () => {
      const waiting = held.entries();
      const worker = async () => {
        for (const [sha, bytes] of waiting) await io.putNode(sha, bytes);
      };
      await Promise.all(Array.from({ length: Math.min(WINDOW, held.size) }, worker));
      for (const offer of offered) offer();
    },
  };
}
