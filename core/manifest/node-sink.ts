// Writes nodes through a bounded window, so that a bulk build waits for bandwidth and not for each acknowledgement, and
// its memory stays flat.

import { assert } from '../model/assert.ts';
import { encodeNode } from './encode-node.ts';
import { type Child, type DecodedReader, lastPath, type TreeNode, totalsOf } from './node.ts';
import type { NodeWriter } from './tree.ts';

/** Puts in flight at once. At 12 KiB a node this is under 1 MB, and hides some milliseconds of latency each. */
const WINDOW = 64;

/** For one writer that waits for each `put` before the next. */
export class NodeSink {
  private inFlight = 0;
  private failure: { readonly cause: unknown } | undefined;
  private wake = () => {};

  constructor(private readonly io: NodeWriter) {}

  /** Starts a put; waits only while the window is full.
   *  @throws what an earlier put threw */
  async put(sealed: Sealed): Promise<void> {
    await this.until(WINDOW - 1);
    this.inFlight += 1;
    void this.store(sealed);
  }

  /** Resolves when all nodes are stored. */
  drain(): Promise<void> {
    return this.until(0);
  }

  private async until(most: number): Promise<void> {
    while (this.inFlight > most) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.failure) throw this.failure.cause;
  }

  /** Never throws: a failure waits for the writer. */
  private async store({ child, node, bytes }: Sealed): Promise<void> {
    try {
      await this.io.putNode(child.sha, bytes);
      // The next edit passes the branches again; that it meets the same leaf is rare.
      if (node.kind === 'branch' && isKeeping(this.io)) this.io.keep(child.sha, node, bytes.byteLength);
    } catch (cause) {
      this.failure ??= { cause };
    }
    this.inFlight -= 1;
    this.wake();
  }
}

const isKeeping = (io: NodeWriter): io is NodeWriter & Pick<DecodedReader, 'keep'> => 'keep' in io;

/** A node ready to be stored, and how its parent refers to it. */
export interface Sealed {
  readonly child: Child;
  readonly node: TreeNode;
  readonly bytes: Uint8Array;
}

/** @param was the node that this one replaces, if there was one */
export function seal(node: TreeNode, was?: TreeNode): Sealed {
  const last = lastPath(node);
  assert(last !== undefined, 'only the root of an empty tree is empty, and it has no parent');
  const { sha, bytes } = encodeNode(node, was);
  return { child: { ...totalsOf(node), last, sha }, node, bytes };
}
