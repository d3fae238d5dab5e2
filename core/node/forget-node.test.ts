import { expect, test } from 'vitest';
import { parseProjectName } from '../model/ids.ts';
import { nodeStatusKey } from '../model/index-keys.ts';
import { NODE_OFFLINE_AFTER_MS } from '../model/node-status.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { assignWorkspace } from './assign-workspace.ts';
import { forgetNode } from './forget-node.ts';
import { NODE, nodeStatus, sayStatus } from './node-records.fakes.ts';

const START = Date.parse('2026-06-01T12:00:00.000Z');

async function rig() {
  const time = { now: START };
  const clock = { now: () => time.now };
  const nodes = memoryKeyValue(clock);
  await assignWorkspace(nodes, NODE, { project: parseProjectName('demo'), root: 'demo' });
  const records = async () => {
    const found: string[] = [];
    for await (const key of nodes.keys('>')) found.push(key);
    return found.sort();
  };
  return { time, nodes, records };
}

test('a node that was silent for as long as its lease lasts is forgotten, with what it was asked to be', async () => {
  const { time, nodes, records } = await rig();
  await sayStatus(nodes, nodeStatus([]));
  time.now += NODE_OFFLINE_AFTER_MS;
  expect(await forgetNode(nodes, NODE)).toEqual({ kind: 'node-lives' });
  expect(await records()).toEqual(['node-a.desired', 'node-a.status']);
  time.now += 1;
  expect(await forgetNode(nodes, NODE)).toEqual({ kind: 'forgotten' });
  expect(await records()).toEqual([]);
});

test('how wrong its clock is does not matter, and one that was stopped is forgotten at once', async () => {
  const { nodes, records } = await rig();
  await sayStatus(nodes, nodeStatus([], { ts: '2020-01-01T00:00:00.000Z' }));
  expect(await forgetNode(nodes, NODE)).toEqual({ kind: 'node-lives' });
  await sayStatus(nodes, nodeStatus([], { ts: '2030-01-01T00:00:00.000Z', left: true }));
  expect(await forgetNode(nodes, NODE)).toEqual({ kind: 'forgotten' });
  expect(await records()).toEqual([]);
});

test('one that says something while it is being forgotten lives, and keeps all that it was asked', async () => {
  const { time, nodes, records } = await rig();
  await sayStatus(nodes, nodeStatus([]));
  time.now += NODE_OFFLINE_AFTER_MS + 1;
  const late = {
    ...nodes,
    async delete(key: string, revision?: number) {
      if (key === nodeStatusKey(NODE)) await sayStatus(nodes, nodeStatus([]));
      return nodes.delete(key, revision);
    },
  };
  expect(await forgetNode(late, NODE)).toEqual({ kind: 'node-lives' });
  expect(await records()).toEqual(['node-a.desired', 'node-a.status']);
});

test('one that no agent ever ran as is forgotten too, and so are records that nobody can read', async () => {
  const { time, nodes, records } = await rig();
  expect(await forgetNode(nodes, NODE)).toEqual({ kind: 'forgotten' });
  expect(await forgetNode(nodes, NODE)).toEqual({ kind: 'no-node' });
  await nodes.put('node-a.status', Buffer.from('{"v":9}'));
  await nodes.put('node-a.desired', Buffer.from('{"v":9}'));
  time.now += NODE_OFFLINE_AFTER_MS + 1;
  expect(await forgetNode(nodes, NODE)).toEqual({ kind: 'forgotten' });
  expect(await records()).toEqual([]);
});
