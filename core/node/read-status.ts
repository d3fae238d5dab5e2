// What a node says about itself, as text from outside: read with a schema, and never the reason why others are not shown.
import type { NodeId } from '../model/ids.ts';
import { nodeStatusKey } from '../model/index-keys.ts';
import { type NodeStatus, nodeStatusSchema } from '../model/node-status.ts';
import type { KeyValue } from '../store/key-value.ts';

export type DecodedStatus =
  | { readonly kind: 'status'; readonly status: NodeStatus }
  | { readonly kind: 'unreadable'; readonly reason: string };

export function decodeStatus(bytes: Uint8Array): DecodedStatus {
  let raw: unknown;
  try {
    raw = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return { kind: 'unreadable', reason: 'it is not JSON' };
  }
  const parsed = nodeStatusSchema.safeParse(raw);
  return parsed.success
    ? { kind: 'status', status: parsed.data }
    : { kind: 'unreadable', reason: parsed.error.message };
}

/** @returns undefined when the node never said anything, or nothing that this version understands
 *  @throws StoreUnavailableError */
export async function readStatus(nodes: Pick<KeyValue, 'get'>, node: NodeId): Promise<NodeStatus | undefined> {
  const entry = await nodes.get(nodeStatusKey(node));
  const decoded = entry && decodeStatus(entry.value);
  return decoded?.kind === 'status' ? decoded.status : undefined;
}
