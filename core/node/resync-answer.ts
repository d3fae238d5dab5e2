// What a node says to a resync: its workspaces of the project, each looked at since it was asked. Whoever asks waits for it,
// because what was found, or that nothing was, is what they asked for.
import { nodeStatusKey } from '../model/index-keys.ts';
import type { WorkspaceStatus } from '../model/node-status.ts';
import type { KeyValue } from '../store/key-value.ts';
import { nodeLives } from './node-lives.ts';
import { decodeStatus } from './read-status.ts';
import { type AskedNode, isMeant, type ResyncAsked } from './resync.ts';

export type ResyncAnswer =
  | { readonly kind: 'looked'; readonly workspaces: readonly WorkspaceStatus[] }
  /** its agent does not run, or cannot reach NATS: it looks when it is back */
  | { readonly kind: 'away' }
  /** it lives, and still looked when the signal aborted */
  | { readonly kind: 'looking' };

/** @throws StoreUnavailableError */
export async function resyncAnswer(
  nodes: Pick<KeyValue, 'get' | 'put' | 'delete' | 'watch'>,
  { node, at }: AskedNode,
  asked: ResyncAsked,
  signal: AbortSignal,
): Promise<ResyncAnswer> {
  const key = nodeStatusKey(node);
  const said = await nodes.get(key);
  if (!said || !(await nodeLives(nodes, node, said))) return { kind: 'away' };
  for await (const change of nodes.watch(key, { signal })) {
    const decoded = change.kind === 'put' ? decodeStatus(change.entry.value) : undefined;
    if (decoded?.kind !== 'status') continue;
    if (decoded.status.left) return { kind: 'away' };
    const workspaces = decoded.status.workspaces.filter((one) => isMeant(one, asked));
    if (workspaces.every((one) => isLookedAt(one, at))) return { kind: 'looked', workspaces };
  }
  return { kind: 'looking' };
}

/** A later ask replaced it, and was heeded after it came. */
const isLookedAt = ({ resync }: WorkspaceStatus, at: string): boolean =>
  resync?.ended !== undefined && Date.parse(resync.asked) >= Date.parse(at);
