// Forgets a node that is gone for good: its status, and what it was asked to be. Refused while it lives; should it come back
// all the same, it is there again as a node that nobody has asked for anything.
import type { NodeId } from '../model/ids.ts';
import { nodeDesiredKey, nodeStatusKey } from '../model/index-keys.ts';
import type { KeyValue } from '../store/key-value.ts';
import { nodeLives } from './node-lives.ts';

export type ForgetOutcome =
  | { readonly kind: 'forgotten' }
  /** nobody ever heard of it */
  | { readonly kind: 'no-node' }
  /** nothing was changed: its agent runs, or was heard of a moment ago */
  | { readonly kind: 'node-lives' };

/** @throws StoreUnavailableError */
export async function forgetNode(
  nodes: Pick<KeyValue, 'get' | 'put' | 'delete'>,
  node: NodeId,
): Promise<ForgetOutcome> {
  const said = await nodes.get(nodeStatusKey(node));
  if (said) {
    if (await nodeLives(nodes, node, said)) return { kind: 'node-lives' };
    // What it says at this moment, it lives to say.
    if (!(await nodes.delete(said.key, said.revision))) return { kind: 'node-lives' };
  }
  const asked = await nodes.get(nodeDesiredKey(node));
  if (asked) await nodes.delete(asked.key);
  if (!said && !asked) return { kind: 'no-node' };
  return { kind: 'forgotten' };
}
