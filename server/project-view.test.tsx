// Workspaces with paths that cannot be carried, as each page shows them: all say the same word.
import { expect, test } from 'vitest';
import { toHtml } from '../app/html.ts';
import type { NodeOfProject, NodeWorkspace } from '../app/node-view.ts';
import { NodeState } from '../components/node-state.tsx';
import { parseNodeId } from '../core/model/ids.ts';
import type { Problem, WorkspaceStatus } from '../core/model/node-status.ts';
import { verdictOf, wordOf } from '../core/model/verdict.ts';
import { nodeStatus, question, workspaceStatus } from '../core/node/node-records.fakes.ts';
import { standingOf, summaryOf } from './node-view.ts';
import { projectStanding } from './project-view.ts';

const link: Problem = { path: 'link', code: 'symlink', reason: 'Why.', since: '2026-06-01T12:00:00.000Z' };

const nodeOf = (status: WorkspaceStatus, node = 'node-a', silent?: 'offline' | 'left'): NodeOfProject => ({
  node: parseNodeId(node),
  root: status.root,
  ...standingOf(status, silent && { state: silent }),
  sentence: status.sentence,
  lastSeenAt: 0,
  files: status.files,
  pendingUp: 0,
  pendingDown: 0,
  oldestPendingAt: null,
  problems: status.problems,
  problemCount: status.problem_count,
});
const summary = (status: WorkspaceStatus) =>
  summaryOf({
    node: parseNodeId('node-a'),
    status: nodeStatus([status]),
    heard: { at: 0, skewMs: 0 },
    silence: undefined,
    desired: undefined,
    lag: () => ({ kind: 'current' }),
  });
const shown = (part: Pick<NodeWorkspace, 'state' | 'skipped'>) => toHtml(<NodeState {...part} />);

test.each(['in-sync', 'held'] as const)(
  'a workspace that is %s but for a link is "In sync, 1 skipped" in every view',
  (state) => {
    const status = workspaceStatus({ state, problems: [link], problem_count: 1 });
    const word = wordOf(verdictOf(status));
    expect(word).toBe('In sync, 1 skipped');
    const node = summary(status);
    expect(shown(nodeOf(status))).toContain(`>${word}<`);
    expect(node.workspaces.map(shown)).toEqual([expect.stringContaining(`>${word}<`)]);
    expect(toHtml(<NodeState state={node.state} skipped={node.skipped} />)).toContain(`>${word}<`);
    expect(node.sentence).toBe(`${word} in demo: each says why below.`);
    expect(projectStanding([nodeOf(status)])).toEqual({ state: 'skipping', skipped: 1, sentence: `${word} on node-a` });
  },
);

test('I9: a project, whose page shows no directory, says of a question which node waits for its answer', () => {
  const asked = question('q');
  const status = workspaceStatus({ state: 'blocked', sentence: `${asked.sentence} Since 12:00:00 UTC.` });
  const sentence = 'node-a sends nothing until it is told whether 30 of 40 files are to be deleted.';
  expect(projectStanding([{ ...nodeOf(status), question: asked }])).toMatchObject({ state: 'blocked', sentence });
  const other = nodeOf(workspaceStatus({ state: 'blocked', sentence: 'NATS is full.' }));
  expect(projectStanding([{ ...other, question: asked }])).toMatchObject({ sentence: 'NATS is full.' });
});

test('a project says the word of its worst node, and counts what all skip once nothing else is to be said', () => {
  const skipping = workspaceStatus({ problems: [link], problem_count: 2 });
  const a = nodeOf(skipping);
  const b = nodeOf(skipping, 'node-b');
  const c = nodeOf(workspaceStatus(), 'node-c');
  expect(projectStanding([c])).toMatchObject({ state: 'in-sync', sentence: 'In sync on node-c' });
  expect(projectStanding([a, b, c])).toMatchObject({ state: 'skipping', sentence: 'In sync, 4 skipped on 2 nodes' });
  const busy = nodeOf(workspaceStatus({ state: 'syncing', sentence: 'Syncing: 1 of 2.' }), 'node-c');
  expect(projectStanding([a, busy])).toMatchObject({ state: 'syncing', sentence: 'Syncing: 1 of 2.' });
  const stuck = nodeOf(workspaceStatus({ state: 'blocked', sentence: 'The disk is full.' }), 'node-c');
  expect(projectStanding([a, busy, stuck])).toMatchObject({ state: 'blocked', sentence: 'The disk is full.' });
  expect(projectStanding([nodeOf(skipping, 'node-a', 'offline'), b])).toMatchObject({ state: 'blocked', skipped: 2 });
  expect(projectStanding([nodeOf(workspaceStatus({ state: 'removed' }))]).state).toBe('no-nodes');
});

test('a node that was stopped makes no project red: the others say how it stands, and stopped it is where there are none', () => {
  const left = nodeOf(workspaceStatus({ state: 'syncing' }), 'node-b', 'left');
  expect(projectStanding([left, nodeOf(workspaceStatus())])).toMatchObject({
    state: 'in-sync',
    sentence: 'In sync on node-a',
  });
  expect(projectStanding([left])).toMatchObject({ state: 'left' });
  expect(shown(left)).toContain('>Stopped<');
});

test('what the project has and a node cannot have yet waits there, and is not in sync in any view', () => {
  const sentence = '3 paths of the project wait to come here. a: Its bytes are in no tier.';
  const status = workspaceStatus({ state: 'held', pending_down: 3, problems: [link], problem_count: 1, sentence });
  expect(shown(nodeOf(status))).toContain('>3 wait<');
  expect(summary(status)).toMatchObject({ state: 'live', sentence: `demo: ${sentence}` });
  expect(projectStanding([nodeOf(status)])).toMatchObject({ state: 'syncing', sentence });
});

test('a workspace that only receives and was edited asks, while the rest of it is in sync', () => {
  const edited: Problem = { ...link, code: 'local-change' };
  const status = workspaceStatus({
    problems: [edited],
    problem_count: 1,
    question: question('q', { kind: 'local-changes' }),
  });
  expect(summary(status)).toMatchObject({ state: 'skipping', sentence: 'The workspace of demo asks what to do.' });
});
