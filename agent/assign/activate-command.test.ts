import { expect, test } from 'vitest';
import { parseNodeId, parseProjectName } from '../../core/model/ids.ts';
import { desiredWorkspaceSchema, MAX_DESIRED_WORKSPACES } from '../../core/model/node-desired.ts';
import { readDesired } from '../../core/node/change-desired.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import { askToHold, onlyOne } from './activate-command.ts';

const DEMO = parseProjectName('demo');
const NODE = parseNodeId('node-a');
const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const workspace = (root: string, more: object = {}) => desiredWorkspaceSchema.parse({ project: 'demo', root, ...more });

test('a new place is added; the same place again takes its new facts, and is asked for', async () => {
  const nodes = memoryKeyValue();
  await askToHold(nodes, NODE, workspace('a'), NOW);
  expect(await readDesired(nodes, NODE)).toMatchObject({ workspaces: [workspace('a')] });
  expect((await readDesired(nodes, NODE))?.rescan).toBe(undefined);
  const sends = workspace('a', { mode: 'send' });
  for (const at of [NOW, NOW + 1_000]) {
    await askToHold(nodes, NODE, sends, at);
    const rescan = { demo: new Date(at).toISOString() };
    expect(await readDesired(nodes, NODE)).toMatchObject({ workspaces: [sends], rescan });
  }
  await askToHold(nodes, NODE, workspace('b'), NOW);
  expect((await readDesired(nodes, NODE))?.workspaces.map(({ root }) => root)).toEqual(['a', 'b']);
});

test('what is more than a node takes is refused in words', async () => {
  const nodes = memoryKeyValue();
  const most = Array.from({ length: MAX_DESIRED_WORKSPACES }, (_, i) => workspace(`w${i}`));
  await nodes.put('node-a.desired', Buffer.from(JSON.stringify({ v: 1, workspaces: most })));
  await expect(askToHold(nodes, NODE, workspace('one more'), NOW)).rejects.toThrow(
    `node-a has ${MAX_DESIRED_WORKSPACES} workspaces, which is the most: deactivate another one first`,
  );
});

test('one workspace is meant; none and several are told apart, and what the configuration of the node holds is named', () => {
  const both = { workspaces: [workspace('a'), workspace('b', { prefix: 'docs' })] };
  const sought = { project: DEMO, ownRoot: undefined };
  expect(onlyOne(NODE, both, ({ root }) => root === 'a', sought)).toEqual(workspace('a'));
  expect(() => onlyOne(NODE, both, () => true, sought)).toThrow(/2 workspaces of demo .*\(a, b\): give --root/);
  expect(() => onlyOne(NODE, both, () => false, sought)).toThrow(
    'no such workspace of demo is assigned to node-a: give --project, --prefix and --root of one of demo in a, demo/docs in b',
  );
  expect(() => onlyOne(NODE, { workspaces: [] }, () => false, sought)).toThrow(/node-a: none of any project is/);
  expect(() => onlyOne(NODE, both, () => false, { project: DEMO, ownRoot: '/srv/demo' })).toThrow(
    /node-a holds demo in \/srv\/demo by its own configuration.*stop its agent, and start it without --workspace demo=/,
  );
});
