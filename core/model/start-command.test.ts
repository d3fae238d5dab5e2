import { expect, test } from 'vitest';
import { parseNodeId, parseProjectName } from './ids.ts';
import { parseRelPath } from './rel-path.ts';
import { startCommand } from './start-command.ts';

const NODE = parseNodeId('node-b');
const demo = { project: parseProjectName('demo'), root: '/srv/demo', from: 'configuration' } as const;

test('the workspaces of the node itself are named as the agent takes them; those of the server come by themselves', () => {
  expect(startCommand(NODE, [])).toBe('npx fs-sync agent --node node-b');
  expect(startCommand(NODE, [{ ...demo, from: 'server' }])).toBe('npx fs-sync agent --node node-b');
  expect(startCommand(NODE, [demo, { ...demo, prefix: parseRelPath('docs/a'), root: "/srv/ada's $HOME" }])).toBe(
    "npx fs-sync agent --node node-b --workspace demo=/srv/demo --workspace 'demo/docs/a=/srv/ada'\\''s $HOME'",
  );
});
