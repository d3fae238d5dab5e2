// Asks a node to look at a project's workspaces anew, or at a part of it; it also brings one back that was removed for being
// idle. The asker names the last time that somebody asked, so that a request that is sent twice asks once.
import { isoTime } from '../model/clock.ts';
import type { NodeId, ProjectName } from '../model/ids.ts';
import type { NodeDesired } from '../model/node-desired.ts';
import type { RelPath } from '../model/rel-path.ts';
import { changeDesired, type Desiring } from './change-desired.ts';

export interface RescanAsked {
  readonly project: ProjectName;
  /** when it was last asked for, as the asker knows; undefined: never */
  readonly seen: string | undefined;
  /** only what is at and below this path of the project; absent: all of it */
  readonly path?: RelPath;
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
    return outcome.kind === 'rescan-asked' ? askingFor(desired, asked, at) : desired;
  });
  return outcome;
}

function askingFor(desired: NodeDesired, { project, path }: RescanAsked, at: string): NodeDesired {
  const { [project]: _, ...others } = desired.rescan_below ?? {};
  const below = path === undefined ? others : { ...others, [project]: path };
  const { rescan_below: __, ...rest } = desired;
  return {
    ...rest,
    rescan: { ...desired.rescan, [project]: at },
    ...(Object.keys(below).length > 0 && { rescan_below: below }),
  };
}
