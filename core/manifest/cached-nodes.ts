// Keeps the nodes that were used last, decoded: the top of a tree is on the way of every read and commit, and reading a
// node again costs more in parsing than in fetching. Nodes never change, so nothing here is ever stale.
import type { Sha } from '../model/ids.ts';
import { type DecodedReader, decodeNode, isDecoded, type TreeNode } from './node.ts';
import type { NodeIo, NodeReader } from './tree.ts';

export interface CacheOptions {
  /** of nodes as stored; decoded they take about three times as much memory */
  readonly maxBytes: number;
}

/** @returns the same store, remembering what is read and what is put */
export function cachedNodes(io: NodeIo, options: CacheOptions): NodeIo & DecodedReader {
  const cache = new NodeCache(io, options.maxBytes);
  return {
    getNode: (sha) => cache.bytesOf(sha),
    getDecoded: (sha) => cache.node(sha),
    keep: (sha, node, size) => cache.remember(sha, { node, size }),
    async putNode(sha, bytes) {
      await io.putNode(sha, bytes);
      cache.remember(sha, { bytes, size: bytes.byteLength });
    },
  };
}

/** What one operation needs to read ahead and to pass the upper levels more than once. */
const OPERATION_BYTES = 16 * 1024 * 1024;

/** The reader itself if it keeps nodes, else a cache for the time of one operation. */
export function keepingNodes(io: NodeReader): DecodedReader {
  return isDecoded(io) ? io : cachedReader(io, { maxBytes: OPERATION_BYTES });
}

/** The same as `cachedNodes` for who only reads. */
export function cachedReader(io: NodeReader, options: CacheOptions): DecodedReader {
  const cache = new NodeCache(io, options.maxBytes);
  return {
    getNode: (sha) => cache.bytesOf(sha),
    getDecoded: (sha) => cache.node(sha),
    keep: (sha, node, size) => cache.remember(sha, { node, size }),
  };
}

/** A node that was put is kept as bytes until someone reads it. */
type Kept = { readonly size: number } & ({ readonly bytes: Uint8Array } | { readonly node: TreeNode });

class NodeCache {
  /** oldest use first */
  private readonly kept = new Map<Sha, Kept>();
  private readonly loading = new Map<Sha, Promise<TreeNode>>();
  private size = 0;

  constructor(
    private readonly io: NodeReader,
    private readonly maxBytes: number,
  ) {}

  async bytesOf(sha: Sha): Promise<Uint8Array> {
    const kept = this.kept.get(sha);
    return kept && 'bytes' in kept ? kept.bytes : this.io.getNode(sha);
  }

  node(sha: Sha): Promise<TreeNode> | TreeNode {
    const kept = this.kept.get(sha);
    if (kept) {
      const node = 'node' in kept ? kept.node : decodeNode(sha, kept.bytes);
      this.remember(sha, { node, size: kept.size });
      return node;
    }
    // Many readers that want the same node at once share one read.
    let load = this.loading.get(sha);
    if (!load) {
      load = this.load(sha).finally(() => this.loading.delete(sha));
      this.loading.set(sha, load);
    }
    return load;
  }

  private async load(sha: Sha): Promise<TreeNode> {
    const bytes = await this.io.getNode(sha);
    const node = decodeNode(sha, bytes);
    this.remember(sha, { node, size: bytes.byteLength });
    return node;
  }

  /** Also marks the node as just used. */
  remember(sha: Sha, kept: Kept): void {
    const before = this.kept.get(sha);
    if (before) {
      this.kept.delete(sha);
      this.size -= before.size;
    }
    this.kept.set(sha, kept);
    this.size += kept.size;
    for (const [oldest, { size }] of this.kept) {
      if (this.size <= this.maxBytes) break;
      this.kept.delete(oldest);
      this.size -= size;
    }
  }
}
