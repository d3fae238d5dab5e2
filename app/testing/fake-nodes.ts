// Nodes that are made up: how one stands, its workspaces, and what it asks.
import { fakeSha, type NodeId, type ProjectName } from '../../core/model/ids.ts';
import type { Question } from '../../core/model/node-status.ts';
import type { NodeOfProject, NodeSummary, NodeWorkspace } from '../node-view.ts';
import { FAKE_NOW } from './fake-time.ts';

export function fakeNode(node: string, change: Partial<NodeOfProject> = {}): NodeOfProject {
  return {
    node: node as NodeId,
    root: '/srv/demo',
    state: 'in-sync',
    skipped: 0,
    sentence: 'In sync, nothing to do',
    lastSeenAt: FAKE_NOW,
    files: 42,
    pendingUp: 0,
    pendingDown: 0,
    oldestPendingAt: null,
    problems: [],
    problemCount: 0,
    ...change,
  };
}

export function fakeWorkspace(project: string, change: Partial<NodeWorkspace> = {}): NodeWorkspace {
  return {
    project: project as ProjectName,
    root: `/srv/${project}`,
    from: 'configuration',
    mode: 'two-way',
    state: 'in-sync',
    skipped: 0,
    sentence: 'In sync.',
    files: 42,
    bytes: 1_200_000,
    pendingUp: 0,
    pendingDown: 0,
    oldestPendingAt: null,
    base: fakeSha('commit'),
    lag: { kind: 'current' },
    problems: [],
    problemCount: 0,
    rescanAskedAt: null,
    ...change,
  };
}

export function fakeQuestion(id: string, change: Partial<Question> = {}): Question {
  return {
    id,
    kind: 'deletions',
    sentence: '30 of 40 files are gone from this directory.',
    count: 30,
    files: 40,
    examples: ['reports/a.csv', 'reports/b.csv'],
    since: new Date(FAKE_NOW).toISOString(),
    ...change,
  };
}

export function fakeNodeSummary(node: string, change: Partial<NodeSummary> = {}): NodeSummary {
  return {
    node: node as NodeId,
    state: 'live',
    skipped: 0,
    sentence: 'All in sync.',
    version: '0.1.0',
    host: `${node}.example`,
    startedAt: FAKE_NOW - 3_600_000,
    lastSeenAt: FAKE_NOW,
    limits: {},
    workspaces: [fakeWorkspace('demo')],
    ...change,
  };
}
