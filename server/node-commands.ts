// What people ask of nodes, carried out on `<node>.desired` and told in the log: who, when, what, and what came of it.
import type { NodeCommands, NodeRefusal } from '../app/node-view.ts';
import type { Clock } from '../core/model/clock.ts';
import { InvalidValueError, type NodeId } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import { answerQuestion } from '../core/node/answer-question.ts';
import { askRescan } from '../core/node/ask-rescan.ts';
import { assignWorkspace, unassignWorkspace } from '../core/node/assign-workspace.ts';
import { type Desiring, readDesired } from '../core/node/change-desired.ts';
import { changeLimits } from '../core/node/change-limits.ts';
import { forgetNode } from '../core/node/forget-node.ts';
import { readStatus } from '../core/node/read-status.ts';
import type { KeyValue } from '../core/store/key-value.ts';

export interface NodeCommandIo {
  readonly nodes: Desiring & Pick<KeyValue, 'delete' | 'put'>;
  readonly clock: Clock;
  readonly log: Log;
}

export function nodeCommands({ nodes, clock, log }: NodeCommandIo): NodeCommands {
  /** Nobody is asked who was never heard of: a mistyped name would stay as a node for good. */
  async function carryOut<T extends { readonly kind: string }>(
    what: string,
    who: { readonly user: string; readonly node: NodeId; readonly asked: unknown },
    work: () => Promise<T>,
  ): Promise<T | NodeRefusal> {
    return told(what, who, await attempt(nodes, who.node, work));
  }

  function told<T extends { readonly kind: string }>(
    what: string,
    who: { readonly user: string; readonly node: NodeId; readonly asked?: unknown },
    outcome: T,
  ): T {
    log.info(
      { audit: what, actor: who.user, node: who.node, asked: who.asked, outcome: outcome.kind },
      `${who.user} asked ${who.node}: ${what} (${outcome.kind})`,
    );
    return outcome;
  }

  return {
    answer: (user, node, asked) => carryOut('answer', { user, node, asked }, () => answerQuestion(nodes, node, asked)),
    changeLimits: (user, node, changes) =>
      carryOut('limits', { user, node, asked: changes }, () => changeLimits(nodes, node, changes)),
    rescan: (user, node, asked) =>
      carryOut('rescan', { user, node, asked }, () => askRescan(nodes, node, asked, clock.now())),
    assign: (user, node, asked) => carryOut('assign', { user, node, asked }, () => assignWorkspace(nodes, node, asked)),
    unassign: (user, node, place) =>
      carryOut('unassign', { user, node, asked: place }, () => unassignWorkspace(nodes, node, place)),
    // Also what cannot be read can be forgotten.
    forget: async (user, node) => told('forget', { user, node }, await forgetNode(nodes, node)),
  };
}

async function attempt<T>(nodes: Desiring, node: NodeId, work: () => Promise<T>): Promise<T | NodeRefusal> {
  try {
    if (!(await readStatus(nodes, node)) && !(await readDesired(nodes, node))) return { kind: 'no-node' };
    return await work();
  } catch (error) {
    if (error instanceof InvalidValueError) return { kind: 'unreadable', reason: error.message };
    throw error;
  }
}
