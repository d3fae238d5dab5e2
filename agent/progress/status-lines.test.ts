import { expect, test } from 'vitest';
import { parseNodeId, parseProjectName } from '../../core/model/ids.ts';
import type { NodeStatus, Problem, Transfer, WorkspaceStatus } from '../../core/model/node-status.ts';
import type { Line } from './live-lines.ts';
import { liveLines, PlainLines } from './status-lines.ts';

const workspace = (more: Partial<WorkspaceStatus> = {}): WorkspaceStatus => ({
  project: parseProjectName('demo'),
  root: '/w/demo',
  state: 'in-sync',
  sentence: 'In sync.',
  base: null,
  files: 4_267,
  bytes: 310_000_000,
  pending_up: 0,
  pending_down: 0,
  oldest_pending: null,
  problems: [],
  problem_count: 0,
  ...more,
});

const node = (workspaces: WorkspaceStatus[], trouble?: string): NodeStatus => ({
  v: 1,
  node: parseNodeId('a'),
  version: '1.0.0',
  started: '2024-01-01T00:00:00.000Z',
  ts: '2024-01-01T00:00:00.000Z',
  left: false,
  ...(trouble !== undefined && { trouble }),
  workspaces,
});

const still: Transfer = { done: 0, total: 0, bytes_done: 0, bytes_total: 0, bytes_per_s: 0, eta_ms: 0 };
const half: Transfer = {
  done: 120,
  total: 4_267,
  bytes_done: 155e6,
  bytes_total: 310e6,
  bytes_per_s: 12e6,
  eta_ms: 13_000,
};

const problem: Problem = {
  path: 'secret',
  code: 'unreadable',
  reason: 'The agent may not read it.',
  since: '2024-01-01T00:00:00.000Z',
};

const textOf = (lines: Line[]): string[] => lines.map((line) => line.map(({ text }) => text).join(''));

test('a workspace at rest is one line, with its problems', () => {
  expect(textOf(liveLines(node([workspace()]), 9))).toEqual(['demo  in sync  4,267 files, 310 MB']);
  for (const state of ['in-sync', 'held'] as const) {
    const one = workspace({ state, problem_count: 1, problems: [problem] });
    expect(textOf(liveLines(node([one]), 9))).toEqual([
      'demo  in sync, 1 skipped  4,267 files, 310 MB  secret: The agent may not read it.',
    ]);
  }
  const retried = { ...problem, next_try: '2024-01-01T00:00:05.000Z' };
  expect(textOf(liveLines(node([workspace({ problem_count: 1, problems: [retried] })]), 9))).toEqual([
    'demo  in sync, 1 skipped  4,267 files, 310 MB  secret: The agent may not read it. Next try at 00:00:05 UTC.',
  ]);
  const noted = workspace({ problem_count: 1, problems: [{ ...problem, code: 'ignore-rule' }] });
  expect(textOf(liveLines(node([noted]), 9))).toEqual(['demo  in sync  4,267 files, 310 MB  1 note']);
});

test('a workspace that works has a bar, its count, rate and time left', () => {
  const busy = workspace({ state: 'syncing', progress: { up: still, down: half } });
  expect(textOf(liveLines(node([busy]), 9))).toEqual([
    'demo  ██████████░░░░░░░░░░ ↓  120/4,267  155 MB of 310 MB, 12 MB/s, 13 s left',
  ]);
  const both = workspace({ state: 'syncing', progress: { up: { ...half, eta_ms: null }, down: half } });
  expect(textOf(liveLines(node([both]), 9))[0]).toMatch(/↑↓ 240\/8,534 {2}310 MB of 620 MB, 24 MB\/s$/);
});

test('what needs a person comes first, and what does not fit is counted', () => {
  const many = ['one', 'two', 'three'].map((name) => workspace({ project: parseProjectName(name) }));
  const blocked = workspace({ state: 'blocked', sentence: 'The disk is full.' });
  expect(textOf(liveLines(node([...many, blocked], 'NATS is away.'), 4))).toEqual([
    'NATS is away.',
    'demo  blocked  The disk is full.',
    'one   in sync  4,267 files, 310 MB',
    'and 2 more',
  ]);
});

test('in a pipe only what changed is said, and not when it is tried again', () => {
  const plain = new PlainLines();
  const blocked = (next: string) =>
    workspace({
      state: 'blocked',
      sentence: `NATS is away. Since 10:00:00 UTC. Next try at ${next} UTC.`,
    });
  expect(plain.look(node([workspace()]), 0)).toEqual(['demo: in sync, 4,267 files']);
  expect(plain.look(node([workspace({ files: 4_268 })]), 1)).toEqual([]);
  expect(plain.look(node([blocked('10:00:01')]), 2)).toEqual([
    'demo: blocked: NATS is away. Since 10:00:00 UTC. Next try at 10:00:01 UTC.',
  ]);
  expect(plain.look(node([blocked('10:00:03')]), 3)).toEqual([]);
  expect(plain.look(node([workspace({ state: 'held', problem_count: 2, problems: [problem] })]), 4)).toEqual([
    'demo: in sync, 2 skipped, 4,267 files. secret: The agent may not read it.',
  ]);
  expect(plain.look(node([], 'Another agent runs as this node.'), 5)).toEqual([
    'Another agent runs as this node.',
    'demo: no workspace of this node any more',
  ]);
});

test('in a pipe work is said only when it lasts', () => {
  const plain = new PlainLines();
  const busy = node([workspace({ state: 'syncing', sentence: 'Syncing: 1 of 2 files to disk.' })]);
  expect(plain.look(busy, 0)).toEqual([]);
  expect(plain.look(busy, 1_999)).toEqual([]);
  expect(plain.look(node([workspace()]), 2_500)).toEqual(['demo: in sync, 4,267 files']);
  expect(plain.look(busy, 3_000)).toEqual([]);
  expect(plain.look(node([workspace()]), 3_100)).toEqual([]);
  expect(plain.look(busy, 4_000)).toEqual([]);
  expect(plain.look(busy, 6_000)).toEqual(['demo: syncing: 1 of 2 files to disk.']);
  expect(plain.look(busy, 9_000)).toEqual([]);
});

test('a node without a workspace says that it waits for one, and how it gets one; in a pipe once each time', () => {
  const waits =
    /^a runs and has no workspace: .*fs-sync activate --node a --project <name>.*--workspace <project>=<dir/;
  const lines = liveLines(node([]), 10).map((line) => line.map(({ text }) => text).join(''));
  expect(lines).toEqual([expect.stringMatching(waits)]);
  // Then it does not wait for that.
  expect(liveLines(node([], 'NATS is away.'), 10)).toHaveLength(1);
  const plain = new PlainLines();
  expect(plain.look(node([]), 0)).toEqual([expect.stringMatching(waits)]);
  expect(plain.look(node([]), 1)).toEqual([]);
  expect(plain.look(node([workspace()]), 2)).toEqual(['demo: in sync, 4,267 files']);
  expect(plain.look(node([]), 3)).toEqual(['demo: no workspace of this node any more', expect.stringMatching(waits)]);
});
