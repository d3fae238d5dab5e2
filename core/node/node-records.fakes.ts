// Records of a node for tests: a status with one workspace, made to order, as the node's agent writes it.
import { type NodeId, parseNodeId, parseProjectName } from '../model/ids.ts';
import { nodeStatusKey } from '../model/index-keys.ts';
import type { NodeStatus, Question, WorkspaceStatus } from '../model/node-status.ts';
import type { KeyValue } from '../store/key-value.ts';

export const NODE = parseNodeId('node-a');
const AT = '2026-06-01T12:00:00.000Z';

export function workspaceStatus(change: Partial<WorkspaceStatus> = {}): WorkspaceStatus {
  return {
    project: parseProjectName('demo'),
    root: '/srv/demo',
    from: 'configuration',
    state: 'in-sync',
    sentence: 'In sync.',
    base: null,
    files: 40,
    bytes: 4_000,
    pending_up: 0,
    pending_down: 0,
    oldest_pending: null,
    problems: [],
    problem_count: 0,
    ...change,
  };
}

export function nodeStatus(workspaces: readonly WorkspaceStatus[], change: Partial<NodeStatus> = {}): NodeStatus {
  return {
    v: 1,
    node: NODE,
    version: '0.1.0',
    started: AT,
    ts: AT,
    left: false,
    workspaces: [...workspaces],
    ...change,
  };
}

export function question(id: string, change: Partial<Question> = {}): Question {
  return {
    id,
    kind: 'deletions',
    sentence: '30 of 40 files are gone from this directory.',
    count: 30,
    files: 40,
    examples: ['a.txt'],
    since: AT,
    ...change,
  };
}

export const sayStatus = (nodes: Pick<KeyValue, 'put'>, status: NodeStatus, node: NodeId = status.node) =>
  nodes.put(nodeStatusKey(node), Buffer.from(JSON.stringify(status)));
