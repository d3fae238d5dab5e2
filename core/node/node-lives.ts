// Whether the agent of a node is at work, as far as its record tells: it has not said that it left, and was heard of a moment
// ago. How the clocks of the node, and of who asks, go says nothing of that; the store's time does.
import type { NodeId } from '../model/ids.ts';
import { nodeTimeKey } from '../model/index-keys.ts';
import { NODE_OFFLINE_AFTER_MS } from '../model/node-status.ts';
import type { KeyValue, KvEntry } from '../store/key-value.ts';
import { decodeStatus } from './read-status.ts';
import { storeTime } from './store-time.ts';

/** @param said  the record of its status
 *  @throws StoreUnavailableError */
export async function nodeLives(
  nodes: Pick<KeyValue, 'get' | 'put' | 'delete'>,
  node: NodeId,
  said: KvEntry,
): Promise<boolean> {
  const decoded = decodeStatus(said.value);
  if (decoded.kind === 'status' && decoded.status.left) return false;
  return (await storeTime(nodes, nodeTimeKey(node))) - said.storedAt <= NODE_OFFLINE_AFTER_MS;
}
