import { expect, test } from 'vitest';
import { type DesiredWorkspace, desiredWorkspaceSchema } from '../../core/model/node-desired.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';
import { type Ground, planAssignments } from './plan-assignments.ts';

const asked = (...all: object[]): DesiredWorkspace[] => all.map((one) => desiredWorkspaceSchema.parse(one));
const [DEMO, SITE] = asked({ project: 'demo', root: 'x' }, { project: 'site', root: 'x' });
const spec = (project: DesiredWorkspace | undefined, root: string): WorkspaceSpec => {
  if (!project) throw new Error('a project is given');
  return { project: project.project, root };
};

const ground = (over: Partial<Ground> = {}): Ground => ({
  dirs: ['/data/workspaces', '/srv/shared'],
  own: ['/data/workspaces/agents'],
  configured: [],
  leaving: [],
  running: [],
  realPath: (path) => path,
  ...over,
});

test('relative roots lie below the first allowed directory, absolute ones below any', () => {
  const { accepted, refused } = planAssignments(
    asked(
      { project: 'demo', root: 'a/demo' },
      { project: 'site', prefix: 'docs', root: '/srv/shared/site/', mode: 'receive', idle_remove_ms: 5 },
    ),
    ground(),
  );
  expect(refused).toEqual([]);
  expect(accepted).toEqual([
    { project: 'demo', root: '/data/workspaces/a/demo' },
    { project: 'site', prefix: 'docs', root: '/srv/shared/site', mode: 'receive', idleRemoveMs: 5 },
  ]);
});

test.each([
  ['/etc', /root "\/etc" is not a directory below \/data\/workspaces or \/srv\/shared, as FS_WORKSPACE_DIRS/],
  ['/srv/shared', /is not a directory below/],
  ['.', /is not a directory below/],
  ['../other', /has a ".." segment/],
  ['/srv/shared/../../etc', /has a ".." segment/],
  ['/srv/sharedish/x', /is not a directory below/],
  ['a\nb', /has a control character/],
  ['agents/node-a', /where the agent keeps its own files/],
  ['linked/x', /leads to \/etc\/x by a link/],
])('I11: the root %j is refused', (root, reason) => {
  const realPath = (path: string) => path.replace('/data/workspaces/linked', '/etc');
  const plan = planAssignments(asked({ project: 'demo', root }), ground({ realPath }));
  expect(plan.accepted).toEqual([]);
  expect(plan.refused[0]?.reason).toMatch(reason);
});

test('a node that allows no directory takes nothing', () => {
  const { refused } = planAssignments(asked({ project: 'demo', root: 'x' }), ground({ dirs: [] }));
  expect(refused[0]?.reason).toMatch(/set FS_WORKSPACE_DIRS/);
});

test('no workspace lies in another: the configured and the running ones stay, the newcomer is refused', () => {
  const configured = [spec(SITE, '/srv/shared/site')];
  const running = [spec(DEMO, '/data/workspaces/b')];
  const { accepted, refused } = planAssignments(
    asked(
      { project: 'site', root: 'b/inside' },
      { project: 'demo', root: 'b' },
      { project: 'demo', root: '/srv/shared/site/sub' },
      { project: 'demo', root: '/srv/shared/site' },
    ),
    ground({ configured, running }),
  );
  expect(accepted.map(({ root }) => root)).toEqual(['/data/workspaces/b']);
  expect(refused.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/b\/inside and the workspace \/data\/workspaces\/b lie in one another/),
    expect.stringMatching(/site\/sub and the workspace \/srv\/shared\/site lie in one another/),
    expect.stringMatching(/\/srv\/shared\/site is the workspace of site already/),
  ]);
});

test('two names of one directory meet where they really lie', () => {
  const realPath = (path: string) => path.replace('/srv/shared/link', '/srv/shared/site');
  const { refused } = planAssignments(
    asked({ project: 'site', root: '/srv/shared/site' }, { project: 'demo', root: '/srv/shared/link' }),
    ground({ realPath }),
  );
  expect(refused.length).toBe(1);
});

test('what the configuration has already is neither taken twice nor refused, and is told with the root that was asked for', () => {
  const configured = [spec(DEMO, '/srv/shared/d'), spec(SITE, '/data/workspaces/site')];
  const plan = planAssignments(
    asked({ project: 'demo', root: '/srv/shared/d/', mode: 'send' }, { project: 'site', root: 'site' }),
    ground({ configured }),
  );
  expect([plan.accepted, plan.refused]).toEqual([[], []]);
  expect([...plan.configured.values()]).toEqual(['/srv/shared/d/', 'site']);
});

test('a directory that is being removed is not given to another, but to the same one again', () => {
  const leaving = [spec(DEMO, '/data/workspaces/b')];
  const other = planAssignments(asked({ project: 'site', root: 'b' }), ground({ leaving }));
  expect(other.refused[0]?.reason).toMatch(/still being removed; it waits/);
  expect(planAssignments(asked({ project: 'demo', root: 'b' }), ground({ leaving })).accepted.length).toBe(1);
});
