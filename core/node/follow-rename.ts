// The assignments of a renamed project follow it: the same directories, on the same nodes, hold it under its new name. Said
// again it changes nothing.
import type { NodeId, ProjectName } from '../model/ids.ts';
import type { KeyValue } from '../store/key-value.ts';
import { isSamePlace } from './assign-workspace.ts';
import { changeDesired } from './change-desired.ts';
import { knownNodes } from './known-nodes.ts';

/** @returns the nodes on which an assignment followed
 *  @throws InvalidValueError  a node's record is none that this version understands; StoreUnavailableError */
export async function followRename(
  nodes: Pick<KeyValue, 'keys' | 'get' | 'compareAndSet'>,
  from: ProjectName,
  to: ProjectName,
): Promise<readonly NodeId[]> {
  const followed: NodeId[] = [];
  for (const node of await knownNodes(nodes)) {
    let changed = false;
    await changeDesired(nodes, node, (desired) => {
      changed = desired.workspaces.some(({ project }) => project === from);
      if (!changed) return desired;
      const renamed = desired.workspaces.map((one) => (one.project === from ? { ...one, project: to } : one));
      const workspaces = renamed.filter((one, i) => renamed.findIndex((other) => isSamePlace(one, other)) === i);
      return { ...desired, workspaces };
    });
    if (changed) followed.push(node);
  }
  return followed;
}
