import { expect, test } from 'vitest';
import type { WorkspaceStatus } from '../model/node-status.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { assignWorkspace, type Place } from './assign-workspace.ts';
import { assignmentAnswer } from './assignment-answer.ts';
import { NODE, nodeStatus, sayStatus, workspaceStatus } from './node-records.fakes.ts';

const { project, base } = workspaceStatus();
const place: Place = { project, root: 'ws' };
const of = (change: Partial<WorkspaceStatus>) =>
  workspaceStatus({ from: 'server', root: '/srv/workspaces/ws', ...change });

/** A node that is asked to hold the workspace. */
async function asked() {
  const nodes = memoryKeyValue();
  await sayStatus(nodes, nodeStatus([]));
  await assignWorkspace(nodes, NODE, place);
  const patience = new AbortController();
  const answer = () => assignmentAnswer(nodes, NODE, place, patience.signal);
  const say = (...workspaces: WorkspaceStatus[]) => sayStatus(nodes, nodeStatus(workspaces));
  return { nodes, patience, answer, say };
}

test('a node that takes it is waited for until it has opened the directory, and says where that is', async () => {
  const { answer, say } = await asked();
  const waiting = answer();
  await say(of({ project, root: '/srv/other/elsewhere' }));
  await say(of({ state: 'starting', sentence: 'Starting.' }));
  await say(of({ state: 'syncing', sentence: 'Fetching 3 files.' }));
  expect(await waiting).toMatchObject({ kind: 'taken', status: { root: '/srv/workspaces/ws', state: 'syncing' } });
});

test('what it does not take is told with its reason; what it holds and waits with is taken', async () => {
  const { answer, say } = await asked();
  expect(base).toBeNull();
  await say(of({ state: 'blocked', root: 'ws', sentence: 'This node does not take the workspace: because.' }));
  expect(await answer()).toMatchObject({ kind: 'refused', status: { sentence: expect.stringContaining('because') } });
  await say(of({ state: 'blocked', base: 'a'.repeat(64) as never, sentence: 'It asks.' }));
  expect(await answer()).toMatchObject({ kind: 'taken', status: { sentence: 'It asks.' } });
});

test('a node that has left is away, also when it leaves meanwhile; one that says nothing in time is silent', async () => {
  const { nodes, patience, answer, say } = await asked();
  const waiting = answer();
  await sayStatus(nodes, nodeStatus([], { left: true }));
  expect(await waiting).toEqual({ kind: 'away' });
  expect(await answer()).toEqual({ kind: 'away' });
  await say();
  const silent = answer();
  patience.abort();
  expect(await silent).toEqual({ kind: 'silent' });
});

test('one that is still opening its directory when patience ends has taken it', async () => {
  const { nodes, patience, say } = await asked();
  await say(of({ state: 'starting' }));
  const impatient: typeof nodes = {
    ...nodes,
    async *watch(filter, options) {
      for await (const change of nodes.watch(filter, options)) {
        yield change;
        if (change.kind === 'caught-up') patience.abort();
      }
    },
  };
  expect(await assignmentAnswer(impatient, NODE, place, patience.signal)).toMatchObject({
    kind: 'taken',
    status: { state: 'starting' },
  });
});
