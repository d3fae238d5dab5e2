// What a node says to an assignment: whoever asks it to hold a workspace waits for that a moment, because what the node does
// not take, such as a directory that it does not allow, is best told to the person who has just named it.
import type { NodeId } from '../model/ids.ts';
import { nodeStatusKey } from '../model/index-keys.ts';
import type { WorkspaceStatus } from '../model/node-status.ts';
import type { KeyValue } from '../store/key-value.ts';
import { isSamePlace, type Place } from './assign-workspace.ts';
import { readDesired } from './change-desired.ts';
import { nodeLives } from './node-lives.ts';
import { pairWorkspaces } from './pair-workspaces.ts';
import { decodeStatus } from './read-status.ts';

export type AssignmentAnswer =
  | { readonly kind: 'taken'; readonly status: WorkspaceStatus }
  /** its sentence says why */
  | { readonly kind: 'refused'; readonly status: WorkspaceStatus }
  /** its agent does not run, or cannot reach NATS: it answers when it is back */
  | { readonly kind: 'away' }
  /** it lives, and had not answered when the signal aborted */
  | { readonly kind: 'silent' };

/** @param place  that it is asked to hold by now
 *  @throws InvalidValueError  the record of what it is asked is none that this version understands; StoreUnavailableError */
export async function assignmentAnswer(
  nodes: Pick<KeyValue, 'get' | 'put' | 'delete' | 'watch'>,
  node: NodeId,
  place: Place,
  signal: AbortSignal,
): Promise<AssignmentAnswer> {
  const key = nodeStatusKey(node);
  const said = await nodes.get(key);
  if (!said || !(await nodeLives(nodes, node, said))) return { kind: 'away' };
  const desired = (await readDesired(nodes, node))?.workspaces ?? [];
  let starting: WorkspaceStatus | undefined;
  for await (const change of nodes.watch(key, { signal })) {
    if (change.kind !== 'put') continue;
    const decoded = decodeStatus(change.entry.value);
    if (decoded.kind !== 'status') continue;
    const { workspaces, left } = decoded.status;
    if (left) return { kind: 'away' };
    const { assigned } = pairWorkspaces(workspaces, desired);
    const status = workspaces.find((_, i) => assigned[i] !== undefined && isSamePlace(assigned[i], place));
    starting = status;
    // What is wrong with its directory shows when it is opened.
    if (!status || status.state === 'starting') continue;
    // A workspace that was ever in sync is held, whatever it waits for now.
    return { kind: status.state === 'blocked' && status.base === null ? 'refused' : 'taken', status };
  }
  return starting ? { kind: 'taken', status: starting } : { kind: 'silent' };
}
