// Which parts of a project have workspaces of their own, on all nodes that anybody knows: those that run, those that are
// away, and those that are only asked for yet. Whoever takes something off a project asks, because one of these may follow
// what no workspace of the whole project follows.
import { InvalidValueError, type NodeId, type ProjectName } from '../model/ids.ts';
import { nodeStatusKey } from '../model/index-keys.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { KeyValue } from '../store/key-value.ts';
import { readDesired } from './change-desired.ts';
import { knownNodes } from './known-nodes.ts';
import { decodeStatus } from './read-status.ts';

/** @returns the nodes that hold it, by part
 *  @throws InvalidValueError  what a node says cannot be read: it may hold any part; StoreUnavailableError */
export async function partsHeld(
  nodes: Pick<KeyValue, 'keys' | 'get'>,
  project: ProjectName,
): Promise<ReadonlyMap<RelPath, ReadonlySet<NodeId>>> {
  const parts = new Map<RelPath, Set<NodeId>>();
  for (const node of await knownNodes(nodes)) {
    const asked = (await readDesired(nodes, node))?.workspaces ?? [];
    for (const { project: of, prefix } of [...(await workspacesOf(nodes, node)), ...asked]) {
      if (of !== project || prefix === undefined) continue;
      parts.set(prefix, (parts.get(prefix) ?? new Set()).add(node));
    }
  }
  return parts;
}

async function workspacesOf(nodes: Pick<KeyValue, 'get'>, node: NodeId) {
  const said = await nodes.get(nodeStatusKey(node));
  if (!said) return [];
  const decoded = decodeStatus(said.value);
  if (decoded.kind === 'status') return decoded.status.workspaces;
  throw new InvalidValueError(
    `which parts of the project ${node} holds is not known, as this version does not understand its status: run the same version here as there, or take ${node} off the list if it is gone for good (npx fs-sync forget --node ${node})`,
  );
}
