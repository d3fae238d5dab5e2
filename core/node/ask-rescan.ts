// Asks a node to look at a project's workspaces anew; it also brings one back that was removed for being idle. The asker
// names the last time that somebody asked, so that a request that is sent twice asks once.
import { isoTime } from '../model/clock.ts';
import type { NodeId, ProjectName } from '../model/ids.ts';
import { changeDesired, type Desiring } from './change-desired.ts';

export interface RescanAsked {
  readonly project: ProjectName;
  /** when it was last asked for, as the asker knows; undefined: never */
  readonly seen: string | undefined;
}

export type AskRescanOutcome =
  | { readonly kind: 'rescan-asked'; readonly at: string }
  /** nothing was changed: it was asked for meanwhile, by somebody else or by the same request */
  | { readonly kind: 'rescan-asked-before'; readonly at: string };

/** @param now  milliseconds since 1970
 *  @throws InvalidValueError  the record is none that this version understands; StoreUnavailableError */
export async function askRescan(
  nodes: Desiring,
  node: NodeId,
  asked: RescanAsked,
  now: number,
): Promise<AskRescanOutcome> {
  const at = isoTime(now);
  let outcome: AskRescanOutcome = { kind: 'rescan-asked', at };
  await changeDesired(nodes, node, (desired) => {
    const before = desired.rescan?.[asked.project];
    outcome =
      before === undefined || before === asked.seen
        ? { kind: 'rescan-asked', at }
        : { kind: 'rescan-asked-before', at: before };
    return outcome.kind === 'rescan-asked'
      ? { ...desired, rescan: { ...desired.rescan, [asked.project]: at } }
      : desired;
  });
  return outcome;
}
