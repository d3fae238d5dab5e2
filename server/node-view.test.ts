import { expect, test } from 'vitest';
import type { BaseLag } from '../app/node-view.ts';
import { parseNodeId, parseProjectName } from '../core/model/ids.ts';
import type { NodeDesired } from '../core/model/node-desired.ts';
import { NODE_OFFLINE_AFTER_MS } from '../core/model/node-status.ts';
import { NODE, nodeStatus, question, workspaceStatus } from '../core/node/node-records.fakes.ts';
import { type NodeParts, silenceOf, summaryOf, worstNodesFirst } from './node-view.ts';

const AT = Date.parse('2026-06-01T12:00:00.000Z');
const view = (parts: Partial<NodeParts>) =>
  summaryOf({
    node: NODE,
    status: nodeStatus([]),
    heard: { at: AT, skewMs: 0 },
    silence: undefined,
    desired: undefined,
    lag: (): BaseLag => ({ kind: 'current' }),
    ...parts,
  });
const desired = (record: Partial<NodeDesired>): NodeParts['desired'] => ({
  kind: 'desired',
  desired: { v: 1, workspaces: [], ...record },
});
const demo = { project: parseProjectName('demo'), root: 'demo' };

test('a node on which a workspace asks is blocked until it is answered, and its workspace comes first', () => {
  const status = nodeStatus([
    workspaceStatus({ project: parseProjectName('broken'), state: 'blocked', sentence: 'The disk is full.' }),
    workspaceStatus({ state: 'blocked', question: question('q1') }),
  ]);
  const asking = view({ status });
  expect(asking).toMatchObject({ state: 'blocked', sentence: 'The workspace of demo asks what to do.' });
  expect(asking.workspaces[0]).toMatchObject({ project: 'demo', question: { id: 'q1' } });
  const answered = view({ status, desired: desired({ answers: { q1: 'restore', other: 'allow' } }) });
  expect(answered).toMatchObject({ state: 'blocked', sentence: 'broken: The disk is full.' });
  expect(answered.workspaces[1]).toMatchObject({ project: 'demo', answer: 'restore' });
});

test('what is wrong with the node as a whole is said before what is wrong with its workspaces', () => {
  const status = nodeStatus([workspaceStatus({ state: 'blocked' })], { trouble: 'Another agent runs as node-a.' });
  expect(view({ status })).toMatchObject({ state: 'blocked', sentence: 'Another agent runs as node-a.' });
});

test('a node that is silent says since when, and what its workspaces said before is said to be old', () => {
  const progress = { done: 1, total: 2, bytes_done: 0, bytes_total: 0, bytes_per_s: 0, eta_ms: null };
  const since = '2026-06-01T11:00:00.000Z';
  const problem = { path: 'a', code: 'unreadable', reason: 'Why.', since } as const;
  const problems = [{ ...problem, next_try: '2026-06-01T12:00:05.000Z' }];
  const status = nodeStatus([workspaceStatus({ progress: { up: progress, down: progress }, problems })]);
  expect(view({ status }).workspaces[0]?.problems).toEqual(problems);
  expect(view({ status }).workspaces[0]?.progress?.up).toMatchObject({ done: 1, total: 2, etaMs: null });
  const heard = { at: AT, skewMs: 0 };
  const silence = (now: number, said = status) => silenceOf(said, heard, now);
  const silent = view({ status, heard, silence: silence(AT + NODE_OFFLINE_AFTER_MS + 1) });
  expect(silent.state).toBe('offline');
  expect(silent.sentence).toContain('not been heard of since 12:00:00 UTC');
  expect(silent.workspaces[0]).toMatchObject({ state: 'offline', sentence: 'Before that: In sync.' });
  expect(silent.workspaces[0]?.progress).toBe(undefined);
  expect(silent.workspaces[0]?.problems).toEqual([problem]);
  expect(silence(AT, { ...status, left: true })?.state).toBe('left');
  expect(silence(AT + NODE_OFFLINE_AFTER_MS)).toBe(undefined);
});

test('an assignment that the node has not answered is shown, and one that it runs knows its record', () => {
  const other = { ...demo, root: 'other' };
  const assigned = view({
    status: nodeStatus([workspaceStatus({ root: '/w/demo', from: 'server' })]),
    desired: desired({ workspaces: [demo, other], rescan: { [demo.project]: '2026-06-01T12:00:00.000Z' } }),
  });
  expect(assigned.workspaces.map(({ state, assigned: record }) => [state, record?.root])).toEqual([
    ['asked', 'other'],
    ['in-sync', 'demo'],
  ]);
  expect(assigned.workspaces[1]?.rescanAskedAt).toBe('2026-06-01T12:00:00.000Z');
});

test('a node that was asked for something and never ran says how to start it', () => {
  const never = view({ status: undefined, heard: undefined, desired: desired({ workspaces: [demo] }) });
  expect(never).toMatchObject({ state: 'never', version: null, lastSeenAt: null });
  expect(never.sentence).toContain('npx fs-sync agent --node node-a');
  expect(never.workspaces[0]?.sentence).toContain('hears of it when it runs');
});

test('limits of the configuration go beside those that were asked for; a node that says none has none to show', () => {
  const limits = { up_bytes_per_s: 1_000_000 };
  const said = view({
    status: { ...nodeStatus([]), configured_limits: { memory_bytes: 96_000_000 } },
    desired: desired({ workspaces: [], limits }),
  });
  expect(said).toMatchObject({ limits, configuredLimits: { memory_bytes: 96_000_000 } });
  expect(view({ status: nodeStatus([]) })).not.toHaveProperty('configuredLimits');
});

test('a record that cannot be read is said with its reason, and stands for nothing asked', () => {
  const unreadable = view({ desired: { kind: 'unreadable', reason: 'v is 9' } });
  expect(unreadable).toMatchObject({ unreadable: 'v is 9', limits: {} });
});

test('nodes that are offline come first, then those that need a person', () => {
  const states = ['live', 'left', 'never', 'blocked', 'offline'] as const;
  const nodes = states.map((state, i) => ({ ...view({}), node: parseNodeId(`n${i}`), state }));
  expect(worstNodesFirst(nodes).map(({ state }) => state)).toEqual([...states].reverse());
});
