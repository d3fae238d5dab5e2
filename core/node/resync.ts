// Asks every node that holds a project, or one of them, to look at its workspaces anew: all of the project, or what is at and
// below a path of it. The node's status says what came of it, as `resync` of each workspace. An ask that a node has not
// heeded yet is widened, not replaced, so that two people who ask for different parts both get theirs.
import type { NodeId, ProjectName } from '../model/ids.ts';
import type { NodeStatus, WorkspaceStatus } from '../model/node-status.ts';
import { ancestorsOf, isUnder, type RelPath } from '../model/rel-path.ts';
import type { KeyValue } from '../store/key-value.ts';
import { askRescan } from './ask-rescan.ts';
import { readDesired } from './change-desired.ts';
import { knownNodes } from './known-nodes.ts';
import { readStatus } from './read-status.ts';

export interface ResyncAsked {
  readonly project: ProjectName;
  /** only what is at and below this path of the project; absent: all of it */
  readonly path?: RelPath;
  /** absent: every node that holds any of it */
  readonly node?: NodeId;
}

export interface AskedNode {
  readonly node: NodeId;
  /** the time by which its status answers, ISO 8601 */
  readonly at: string;
}

export type ResyncOutcome =
  | { readonly kind: 'resync-asked'; readonly nodes: readonly AskedNode[] }
  /** nobody was asked: no node, or not this one, holds any of it */
  | { readonly kind: 'no-holder' };

export type ResyncNodes = Pick<KeyValue, 'keys' | 'get' | 'compareAndSet'>;

/** @param now  milliseconds since 1970
 *  @throws InvalidValueError  a node's record is none that this version understands; StoreUnavailableError */
export async function resync(nodes: ResyncNodes, asked: ResyncAsked, now: number): Promise<ResyncOutcome> {
  const known = await knownNodes(nodes);
  const meant = asked.node === undefined ? known : known.filter((node) => node === asked.node);
  const found = await Promise.all(meant.map((node) => askNode(nodes, node, asked, now)));
  const heard = found.filter((one) => one !== undefined);
  return heard.length > 0 ? { kind: 'resync-asked', nodes: heard } : { kind: 'no-holder' };
}

/** @returns undefined when it holds nothing of what is meant */
async function askNode(
  nodes: ResyncNodes,
  node: NodeId,
  asked: ResyncAsked,
  now: number,
): Promise<AskedNode | undefined> {
  const { project, path } = asked;
  for (;;) {
    const [status, desired] = await Promise.all([readStatus(nodes, node), readDesired(nodes, node)]);
    if (!status?.workspaces.some((one) => isMeant(one, asked))) return undefined;
    const seen = desired?.rescan?.[project];
    const open = seen !== undefined && !isHeeded(status, project, seen);
    const part = open ? commonPart(path, desired?.rescan_below?.[project]) : path;
    const what = { project, seen, ...(part !== undefined && { path: part }) };
    const outcome = await askRescan(nodes, node, what, now);
    if (outcome.kind === 'rescan-asked') return { node, at: outcome.at };
  }
}

/** One that was removed for being idle comes back only where its node is named. */
export const isMeant = (one: WorkspaceStatus, { project, path, node }: ResyncAsked): boolean =>
  one.project === project && (node !== undefined || one.state !== 'removed') && meet(one.prefix, path);

const meet = (prefix: RelPath | undefined, path: RelPath | undefined): boolean =>
  prefix === undefined || path === undefined || prefix === path || isUnder(path, prefix) || isUnder(prefix, path);

/** Whether the node has said something of what was asked at that time. */
const isHeeded = (status: NodeStatus | undefined, project: ProjectName, at: string): boolean =>
  status?.workspaces.some((one) => one.project === project && one.resync?.asked === at) === true;

/** The lowest path that has both at or below it; undefined: all of the project. */
export function commonPart(a: RelPath | undefined, b: RelPath | undefined): RelPath | undefined {
  if (a === undefined || b === undefined) return undefined;
  const above = [...ancestorsOf(b), b];
  return [...ancestorsOf(a), a].findLast((path) => above.includes(path));
}
