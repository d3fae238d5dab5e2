// Writes nodes through a bounded window, so that a bulk build waits for bandwidth and not for each acknowledgement, and
// its memory stays flat.

import { assert } from '../model/assert.ts';
import type { Sha } from '../model/ids.ts';
import { type Child, type DecodedReader, encodeNode, lastPath, type TreeNode, totalsOf } from './node.ts';
import type { NodeWriter } from './tree.ts';

/** Puts in flight at once. At 12 KiB a node this is under 1 MB, and hides some milliseconds of latency each. */
const WINDOW = 64;

export class NodeSink {
  private readonly inFlight = new Set<Promise<void>>();
  private failure: { readonly cause: unknown } | undefined;

  constructor(private readonly io: NodeWriter) {}

  /** Starts a put; waits only while the window is full.
   *  @throws what an earlier put threw */
  async put({ child, node, bytes }: Sealed): Promise<void> {
    while (this.inFlight.size >= WINDOW) await Promise.race(this.inFlight);
    this.check();
    const done: Promise<void> = this.store(child.sha, node, bytes)
      .catch((cause) => {
        this.failure ??= { cause };
      })
      .finally(() => this.inFlight.delete(done));
    this.inFlight.add(done);
  }

  private async store(sha: Sha, node: TreeNode, bytes: Uint8Array): Promise<void> {
    await this.io.putNode(sha, bytes);
    // The next edit passes the branches again; that it meets the same leaf is rare.
    if (node.kind === 'branch' && isKeeping(this.io)) this.io.keep(sha, node, bytes.byteLength);
  }

  /** Resolves when all nodes are stored. */
  async drain(): Promise<void> {
    await Promise.all(this.inFlight);
    this.check();
  }

  private check(): void {
    if (this.failure) throw this.failure.cause;
  }
}

const isKeeping = (io: NodeWriter): io is NodeWriter & Pick<DecodedReader, 'keep'> => 'keep' in io;

/** A node ready to be stored, and how its parent refers to it. */
export interface Sealed {
  readonly child: Child;
  readonly node: TreeNode;
  readonly bytes: Uint8Array;
}

export function seal(node: TreeNode): Sealed {
  const last = lastPath(node);
  assert(last !== undefined, 'only the root of an empty tree is empty, and it has no parent');
  const { sha, bytes } = encodeNode(node);
  return { child: { ...totalsOf(node), last, sha }, node, bytes };
}
