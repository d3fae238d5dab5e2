// Keeps the nodes that were used last, decoded: the top of a tree is on the way of every read and commit, and reading a
// node again costs more in parsing than in fetching. Nodes never change, so nothing here is ever stale.
import type { Sha } from '../model/ids.ts';
import { type LeafRows, rowsOf, ScannedRows } from './leaf-rows.ts';
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
    getRows: (sha) => cache.rows(sha),
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
    getRows: (sha) => cache.rows(sha),
    keep: (sha, node, size) => cache.remember(sha, { node, size }),
  };
}

/** A node that was put is kept as bytes until someone reads it, a leaf that was passed as its rows until it is wanted whole. */
type Kept = { readonly size: number } & (
  | { readonly bytes: Uint8Array }
  | { readonly rows: ScannedRows }
  | { readonly node: TreeNode }
);

class NodeCache {
  /** oldest use first */
  private readonly kept = new Map<Sha, Kept>();
  private readonly loading = new Map<Sha, Promise<Kept>>();
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
    const kept = this.kept.get(sha) ?? this.load(sha);
    return kept instanceof Promise ? kept.then((loaded) => this.decoded(sha, loaded)) : this.decoded(sha, kept);
  }

  rows(sha: Sha): Promise<LeafRows> | LeafRows {
    const kept = this.kept.get(sha) ?? this.load(sha);
    return kept instanceof Promise ? kept.then((loaded) => this.scanned(sha, loaded)) : this.scanned(sha, kept);
  }

  private decoded(sha: Sha, loaded: Kept): TreeNode {
    const kept = this.kept.get(sha) ?? loaded;
    const node = 'node' in kept ? kept.node : 'rows' in kept ? kept.rows.decode() : decodeNode(sha, kept.bytes);
    this.remember(sha, { node, size: kept.size });
    return node;
  }

  private scanned(sha: Sha, loaded: Kept): LeafRows {
    const kept = this.kept.get(sha) ?? loaded;
    const rows = 'rows' in kept ? kept.rows : 'bytes' in kept ? ScannedRows.scan(sha, kept.bytes) : undefined;
    if (!rows) return rowsOf(sha, this.decoded(sha, kept));
    this.remember(sha, { rows, size: kept.size });
    return rows;
  }

  /** Many readers that want the same node at once share one read. */
  private load(sha: Sha): Promise<Kept> {
    let load = this.loading.get(sha);
    if (!load) {
      load = this.read(sha).finally(() => this.loading.delete(sha));
      this.loading.set(sha, load);
    }
    return load;
  }

  private async read(sha: Sha): Promise<Kept> {
    const bytes = await this.io.getNode(sha);
    return { bytes, size: bytes.byteLength };
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
    // A map is slow to find its first entry after many were taken out of it.
    if (this.size <= this.maxBytes) return;
    for (const [oldest, { size }] of this.kept) {
      if (this.size <= this.maxBytes) break;
      this.kept.delete(oldest);
      this.size -= size;
    }
  }
}
