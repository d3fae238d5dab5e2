// Takes a project's workspaces off all nodes: ends their assignments and waits until each node has proven that nothing would
// be lost and removed its files. A workspace of a node's own configuration cannot be taken off from here.

import type { JobReport } from '../job/job-context.ts';
import type { Clock } from '../model/clock.ts';
import type { NodeId, ProjectName } from '../model/ids.ts';
import { unassignWorkspace } from '../node/assign-workspace.ts';
import { type Desiring, readDesired } from '../node/change-desired.ts';
import { knownNodes } from '../node/known-nodes.ts';
import { readStatus } from '../node/read-status.ts';
import type { KeyValue } from '../store/key-value.ts';

export interface LeaveIo {
  readonly nodes: Desiring & Pick<KeyValue, 'keys'>;
  readonly clock: Clock;
}

export interface HeldWorkspace {
  readonly node: NodeId;
  readonly root: string;
  /** by its node's own configuration, which nobody changes from here */
  readonly isConfigured: boolean;
  /** why it stays, as the node says; undefined: it is about to go */
  readonly stays: string | undefined;
}

const LOOK_EVERY_MS = 1_000;
/** A node that has not let go by then says why; the job goes on without it. */
const PATIENCE_MS = 10 * 60_000;

/** @returns the workspaces that are still on a node */
export async function leaveNodes(
  { nodes, clock }: LeaveIo,
  project: ProjectName,
  { signal, report }: { readonly signal: AbortSignal; readonly report: JobReport },
): Promise<readonly HeldWorkspace[]> {
  for (const node of await knownNodes(nodes)) {
    const desired = await readDesired(nodes, node);
    const assigned = (desired?.workspaces ?? []).filter((one) => one.project === project);
    for (const place of assigned) await unassignWorkspace(nodes, node, place);
  }
  const first = await heldOn(nodes, project);
  report.stage('taking workspaces off nodes', { items: first.length });
  let left = first;
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_EVERY_MS) {
    if (left.every(({ stays }) => stays !== undefined)) break;
    await clock.sleep(LOOK_EVERY_MS, signal);
    const before = left.length;
    left = await heldOn(nodes, project);
    report.did(Math.max(0, before - left.length));
  }
  return left;
}

/** The workspaces of it that run now, or wait to. */
export async function heldOn(nodes: LeaveIo['nodes'], project: ProjectName): Promise<HeldWorkspace[]> {
  const held: HeldWorkspace[] = [];
  for (const node of await knownNodes(nodes)) {
    const status = await readStatus(nodes, node);
    if (!status || status.left) continue;
    for (const { project: of, root, from, state, sentence } of status.workspaces) {
      if (of !== project || state === 'removed') continue;
      const isConfigured = from === 'configuration';
      const stays = isConfigured
        ? `it is in the configuration of ${node}: stop that agent, or start it without this workspace`
        : state === 'removing' || state === 'in-sync' || state === 'syncing'
          ? undefined
          : sentence;
      held.push({ node, root, isConfigured, stays });
    }
  }
  return held;
}
