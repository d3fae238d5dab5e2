// What people ask of nodes, carried out on `<node>.desired`.
import type { NodeCommands, NodeRefusal } from '../app/node-view.ts';
import type { Clock } from '../core/model/clock.ts';
import { InvalidValueError, type NodeId } from '../core/model/ids.ts';
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
}

export function nodeCommands({ nodes, clock }: NodeCommandIo): NodeCommands {
  return {
    answer: (_, node, asked) => attempt(nodes, node, () => answerQuestion(nodes, node, asked)),
    changeLimits: (_, node, changes) => attempt(nodes, node, () => changeLimits(nodes, node, changes)),
    rescan: (_, node, asked) => attempt(nodes, node, () => askRescan(nodes, node, asked, clock.now())),
    assign: (_, node, asked) => attempt(nodes, node, () => assignWorkspace(nodes, node, asked)),
    unassign: (_, node, place) => attempt(nodes, node, () => unassignWorkspace(nodes, node, place)),
    // Also what cannot be read can be forgotten.
    forget: (_, node) => forgetNode(nodes, node),
  };
}

/** Nobody is asked who was never heard of: a mistyped name would stay as a node for good. */
async function attempt<T>(nodes: Desiring, node: NodeId, work: () => Promise<T>): Promise<T | NodeRefusal> {
  try {
    if (!(await readStatus(nodes, node)) && !(await readDesired(nodes, node))) return { kind: 'no-node' };
    return await work();
  } catch (error) {
    if (error instanceof InvalidValueError) return { kind: 'unreadable', reason: error.message };
    throw error;
  }
}
