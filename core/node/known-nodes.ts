// Which nodes there are: those that ever said something, or were asked for something. Nobody else is asked for anything,
// because a mistyped name would stay as a node for good.
import { InvalidValueError, type NodeId, nodeIdSchema } from '../model/ids.ts';
import type { KeyValue } from '../store/key-value.ts';

const LISTED = 20;

/** In the order of their names. */
export async function knownNodes(nodes: Pick<KeyValue, 'keys'>): Promise<NodeId[]> {
  const found = new Set<NodeId>();
  for await (const key of nodes.keys('*.*')) {
    const [name, what] = key.split('.');
    const node = nodeIdSchema.safeParse(name);
    // What the events told of a node stays when the node is forgotten.
    if (node.success && (what === 'status' || what === 'desired')) found.add(node.data);
  }
  return [...found].sort();
}

/** @throws InvalidValueError  that lists those that there are */
export async function requireKnown(nodes: Pick<KeyValue, 'keys'>, node: NodeId): Promise<void> {
  const known = await knownNodes(nodes);
  if (known.includes(node)) return;
  const more = known.length > LISTED ? ` and ${known.length - LISTED} more` : '';
  const choice = known.length === 0 ? 'there is none yet' : `give one of ${known.slice(0, LISTED).join(', ')}${more}`;
  throw new InvalidValueError(
    `there is no node ${node}: ${choice}, or start an agent there (npx fs-sync agent --node ${node})`,
  );
}
