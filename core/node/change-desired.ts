// Changes what a node is asked to be, by compare-and-swap, so that two people's changes both hold.
import { InvalidValueError, type NodeId } from '../model/ids.ts';
import { nodeDesiredKey } from '../model/index-keys.ts';
import {
  decodeDesired,
  encodeDesired,
  NOTHING_DESIRED,
  type NodeDesired,
  nodeDesiredSchema,
} from '../model/node-desired.ts';
import type { KeyValue } from '../store/key-value.ts';

export type Desiring = Pick<KeyValue, 'get' | 'compareAndSet'>;

/** @returns undefined when the node was never asked for anything
 *  @throws InvalidValueError  the record is none that this version understands */
export async function readDesired(nodes: Pick<KeyValue, 'get'>, node: NodeId): Promise<NodeDesired | undefined> {
  const entry = await nodes.get(nodeDesiredKey(node));
  return entry && decoded(entry.key, entry.value);
}

/** @param change  asked again when another change came first; what gives back the very record that it got changes nothing
 *  @throws InvalidValueError  the record is none that this version understands: it is left as it is */
export async function changeDesired(
  nodes: Desiring,
  node: NodeId,
  change: (desired: NodeDesired) => NodeDesired,
): Promise<NodeDesired> {
  const key = nodeDesiredKey(node);
  for (;;) {
    const entry = await nodes.get(key);
    const was = entry ? decoded(key, entry.value) : NOTHING_DESIRED;
    const asked = change(was);
    if (asked === was) return was;
    const next = nodeDesiredSchema.parse(asked);
    const outcome = await nodes.compareAndSet(key, encodeDesired(next), entry?.revision ?? 0);
    if (outcome.kind === 'set') return next;
  }
}

function decoded(key: string, value: Uint8Array): NodeDesired {
  const result = decodeDesired(value);
  if (result.kind === 'desired') return result.desired;
  throw new InvalidValueError(`${key} cannot be read: ${result.reason}. Correct or delete the record.`);
}
