import { expect, test } from 'vitest';
import { parseProjectName } from '../../core/model/ids.ts';
import { desiredWorkspaceSchema, type NodeDesired } from '../../core/model/node-desired.ts';
import { withoutWorkspace, withWorkspace } from './activate-command.ts';

const DEMO = parseProjectName('demo');
const NOW = '2026-01-01T00:00:00.000Z';
const workspace = (root: string, more: object = {}) => desiredWorkspaceSchema.parse({ project: 'demo', root, ...more });
const desired = (...workspaces: NodeDesired['workspaces']): NodeDesired => ({
  v: 1,
  workspaces,
  answers: { q: 'allow' },
});

test('a new place is added; the same place again takes its new facts, and is asked for', () => {
  const first = withWorkspace(desired(), workspace('a'), NOW);
  expect(first).toEqual(desired(workspace('a')));
  const again = withWorkspace(first, workspace('a', { mode: 'send' }), NOW);
  expect(again).toEqual({ ...desired(workspace('a', { mode: 'send' })), rescan: { demo: NOW } });
  expect(withWorkspace(first, workspace('b'), NOW).workspaces.length).toBe(2);
});

test('one workspace is taken away; none and several are told apart', () => {
  const both = desired(workspace('a'), workspace('b'));
  expect(withoutWorkspace(both, ({ root }) => root === 'a', DEMO)).toEqual(desired(workspace('b')));
  expect(() => withoutWorkspace(both, () => true, DEMO)).toThrow(/2 workspaces of demo .*\(a, b\): give --root/);
  expect(() => withoutWorkspace(both, () => false, DEMO)).toThrow(/no such workspace of demo is assigned/);
});
