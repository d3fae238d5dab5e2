// Commands over an in-memory store: what people ask of nodes, who asked, and what cannot be asked.
import { expect, test } from 'vitest';
import { systemClock } from '../core/model/clock.ts';
import { parseNodeId, parseProjectName } from '../core/model/ids.ts';
import { readDesired } from '../core/node/change-desired.ts';
import { NODE, nodeStatus, question, sayStatus, workspaceStatus } from '../core/node/node-records.fakes.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { nodeCommands } from './node-commands.ts';

const ADA = { kind: 'user', id: 'ada' } as const;
const BOB = { kind: 'user', id: 'bob' } as const;

async function running() {
  const nodes = memoryKeyValue();
  await sayStatus(nodes, nodeStatus([workspaceStatus({ question: question('q1') })]));
  return { nodes, commands: nodeCommands({ nodes, clock: systemClock }) };
}

const demo = { project: parseProjectName('demo'), root: 'demo' };

test('a question is answered once, and what was assigned is taken back', async () => {
  const { commands, nodes } = await running();
  await commands.answer(ADA, NODE, { question: 'q1', answer: 'restore', seen: undefined });
  expect(await commands.answer(BOB, NODE, { question: 'q0', answer: 'allow', seen: undefined })).toEqual({
    kind: 'question-gone',
  });
  await commands.assign(ADA, NODE, demo);
  expect(await commands.unassign(ADA, NODE, demo)).toEqual({ kind: 'unassigned' });
  expect(await readDesired(nodes, NODE)).toEqual({ v: 1, workspaces: [], answers: { q1: 'restore' } });
});

test('nobody is asked who was never heard of, so that a mistyped name leaves no node behind', async () => {
  const { commands, nodes } = await running();
  expect(await commands.assign(ADA, parseNodeId('node-x'), demo)).toEqual({ kind: 'no-node' });
  expect(await nodes.get('node-x.desired')).toBe(undefined);
});

test('a node that was only asked for something so far can be asked for more', async () => {
  const { commands, nodes } = await running();
  await nodes.put('later.desired', Buffer.from('{"v":1,"workspaces":[]}'));
  expect(await commands.assign(ADA, parseNodeId('later'), demo)).toEqual({ kind: 'assigned' });
});

test('a node that was stopped is forgotten, one that lives is not', async () => {
  const { commands, nodes } = await running();
  await commands.assign(ADA, NODE, demo);
  expect(await commands.forget(ADA, NODE)).toEqual({ kind: 'node-lives' });
  await sayStatus(nodes, nodeStatus([], { left: true }));
  expect(await commands.forget(BOB, NODE)).toEqual({ kind: 'forgotten' });
  expect(await nodes.get('node-a.desired')).toBe(undefined);
  expect(await commands.forget(BOB, NODE)).toEqual({ kind: 'no-node' });
});

test('a record that this version does not understand is left as it is, and named', async () => {
  const { commands, nodes } = await running();
  await nodes.put('node-a.desired', Buffer.from('{"v":9}'));
  const outcome = await commands.changeLimits(ADA, NODE, [{ field: 'open_files', seen: undefined, to: 9 }]);
  expect(outcome).toMatchObject({ kind: 'unreadable', reason: expect.stringContaining('v is 9') });
  expect(Buffer.from((await nodes.get('node-a.desired'))?.value ?? []).toString()).toBe('{"v":9}');
});

test('many people at once: each change of limits, assignment and answer holds', async () => {
  const { commands, nodes } = await running();
  const fields = ['up_bytes_per_s', 'down_bytes_per_s', 'memory_bytes', 'open_files'] as const;
  const outcomes = await Promise.all([
    ...fields.map((field, i) =>
      commands.changeLimits(ADA, NODE, [{ field, seen: undefined, to: (i + 1) * 10_000_000 }]),
    ),
    ...Array.from({ length: 20 }, (_, i) => commands.assign(ADA, NODE, { ...demo, root: `d${i}` })),
    commands.rescan(BOB, NODE, { project: demo.project, seen: undefined }),
    commands.answer(BOB, NODE, { question: 'q1', answer: 'allow', seen: undefined }),
  ]);
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(
    new Set(['limits-changed', 'assigned', 'rescan-asked', 'answered']),
  );
  const desired = await readDesired(nodes, NODE);
  expect(desired?.limits).toEqual({
    up_bytes_per_s: 10_000_000,
    down_bytes_per_s: 20_000_000,
    memory_bytes: 30_000_000,
    open_files: 40_000_000,
  });
  expect(desired?.workspaces).toHaveLength(20);
  expect(desired?.answers).toEqual({ q1: 'allow' });
  expect(Object.keys(desired?.rescan ?? {})).toEqual(['demo']);
});
