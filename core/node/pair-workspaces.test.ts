import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseProjectName } from '../model/ids.ts';
import type { DesiredWorkspace } from '../model/node-desired.ts';
import { parseRelPath } from '../model/rel-path.ts';
import { workspaceStatus } from './node-records.fakes.ts';
import { pairWorkspaces } from './pair-workspaces.ts';

const asked = (root: string, change: Partial<DesiredWorkspace> = {}): DesiredWorkspace => ({
  project: parseProjectName('demo'),
  root,
  ...change,
});
const said = (root: string, change = {}) => workspaceStatus({ root, from: 'server', ...change });

test('a relative directory is the one below the node’s own, the longest name that fits first', () => {
  const short = asked('x');
  const long = asked('./a//x/');
  const paired = pairWorkspaces([said('/w/a/x'), said('/w/x')], [short, long]);
  expect(paired).toEqual({ assigned: [long, short], unanswered: [] });
});

test('one that the node refused is told as it was given, and is the same', () => {
  const refused = asked('../escape');
  expect(pairWorkspaces([said('../escape')], [refused]).assigned).toEqual([refused]);
});

test('what the configuration names is no assignment, also where one names it too', () => {
  const own = workspaceStatus({ root: '/srv/demo', from: 'configuration' });
  expect(pairWorkspaces([own], [asked('/srv/demo')])).toEqual({ assigned: [undefined], unanswered: [] });
});

test('an assignment of what the configuration names stands behind it as soon as the node says so', () => {
  const own = workspaceStatus({ root: '/srv/demo', from: 'configuration', assigned_root: 'demo' });
  const named = asked('demo');
  expect(pairWorkspaces([own], [named])).toEqual({ assigned: [named], unanswered: [] });
  const silent = workspaceStatus({ root: '/srv/demo', from: 'configuration' });
  expect(pairWorkspaces([silent], [named])).toEqual({ assigned: [undefined], unanswered: [named] });
});

test('another part of the project is another workspace', () => {
  const docs = asked('x', { prefix: parseRelPath('docs') });
  expect(pairWorkspaces([said('/w/x')], [docs])).toEqual({ assigned: [undefined], unanswered: [docs] });
});

test('each assignment stands behind one workspace at most, and none is lost', () => {
  const root: fc.Arbitrary<string> = fc.constantFrom('x', 'a/x', 'b/a/x', '/w/x', '/w/a/x', './x');
  fc.assert(
    fc.property(fc.array(root), fc.array(root), (statuses, roots) => {
      const desired = roots.map((one) => asked(one));
      const { assigned, unanswered } = pairWorkspaces(
        statuses.map((one) => said(one)),
        desired,
      );
      const used = assigned.filter((one) => one !== undefined);
      expect(new Set(used).size).toBe(used.length);
      expect(unanswered.filter((one) => used.includes(one))).toEqual([]);
      for (const one of desired) {
        const isAnswered = used.includes(one) || statuses.includes(one.root);
        expect(isAnswered || unanswered.includes(one)).toBe(true);
      }
    }),
  );
});
