// What the control plane asks of commands and queries, in whose words it answers, and what it says when nothing was done.

import { expect, test } from 'vitest';
import { fakeJob } from '../../app/testing/fake-jobs.ts';
import { fakeNodeSummary, fakeQuestion, fakeWorkspace } from '../../app/testing/fake-nodes.ts';
import { FAKE_ADMIN } from '../../app/testing/fake-services.ts';
import { fakeShare } from '../../app/testing/fake-shares.ts';
import { FAKE_NOW } from '../../app/testing/fake-time.ts';
import { fakeSha, type ProjectName } from '../../core/model/ids.ts';
import { DEFAULT_POLICY } from '../../core/model/policy.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { fakeApi, problemIn } from './api.fakes.ts';

const demo = 'demo' as ProjectName;
const at = (ms: number) => new Date(ms).toISOString();

test('a policy is changed field by field, and a project renamed in a request of its own', async () => {
  const { services, send } = fakeApi();
  services.project('demo');
  const policy = { durability: 'strict', evict: { idle_ms: 60_000 }, retention: { last: 3 } };
  // The policy would be another one already where the name is refused.
  const both = await send('PATCH', '/api/v1/projects/demo', { name: 'omega', policy });
  expect(await problemIn(both)).toMatchObject({ status: 422, detail: expect.stringContaining('a request each') });
  expect(services.asked).toEqual([]);
  const changed = await send('PATCH', '/api/v1/projects/demo', { policy });
  expect(await changed.json()).toMatchObject({ name: 'demo', policy: DEFAULT_POLICY });
  expect(await (await send('PATCH', '/api/v1/projects/demo', { name: 'omega' })).json()).toMatchObject({
    name: 'omega',
  });
  expect(services.asked).toEqual([
    [
      'changePolicy',
      FAKE_ADMIN,
      'demo',
      {
        seen: DEFAULT_POLICY,
        next: {
          ...DEFAULT_POLICY,
          durability: 'strict',
          evict: { never: false, idle_ms: 60_000 },
          retention: { ...DEFAULT_POLICY.retention, last: 3 },
        },
      },
    ],
    ['rename', FAKE_ADMIN, 'demo', 'omega'],
  ]);
  services.outcomes.rename = { kind: 'project-exists' };
  const taken = await send('PATCH', '/api/v1/projects/demo', { name: 'alpha' });
  expect(await problemIn(taken)).toMatchObject({ status: 409, code: 'project-exists', field: 'body.name' });
  expect(await problemIn(await send('PATCH', '/api/v1/projects/demo', {}))).toMatchObject({ status: 422 });
});

test('an idle time is taken away by null', async () => {
  const { services, send } = fakeApi();
  services.project('demo');
  services.policies.set(demo, { ...DEFAULT_POLICY, evict: { never: false, idle_ms: 60_000 } });
  await send('PATCH', '/api/v1/projects/demo', { policy: { evict: { idle_ms: null } } });
  expect(services.asked[0]?.[3]).toMatchObject({ next: { evict: { never: false } } });
  expect(services.asked[0]?.[3]).not.toHaveProperty('next.evict.idle_ms');
});

test('a project is deleted at the commit that was seen, never at one that was not', async () => {
  const { services, send } = fakeApi();
  services.project('demo');
  const seen = fakeSha('commit');
  const unsaid = await problemIn(await send('DELETE', '/api/v1/projects/demo'));
  expect(unsaid).toMatchObject({ status: 428, code: 'precondition-required', field: 'header.if-match' });
  expect((await send('DELETE', '/api/v1/projects/demo', undefined, { 'if-match': '*' })).status).toBe(422);
  expect(services.asked).toEqual([]);
  const gone = await send('DELETE', '/api/v1/projects/demo', undefined, { 'if-match': `"${seen}"` });
  expect(gone.status).toBe(204);
  expect(services.asked).toEqual([['remove', FAKE_ADMIN, 'demo', seen]]);
  services.outcomes.remove = { kind: 'project-moved' };
  const moved = await send('DELETE', '/api/v1/projects/demo', undefined, { 'if-match': `"${seen}"` });
  expect(await problemIn(moved)).toMatchObject({ status: 412, code: 'precondition-failed' });
  const none = await send('DELETE', '/api/v1/projects/demo', undefined, { 'if-match': `W/"${seen}"` });
  expect(await problemIn(none)).toMatchObject({ status: 412, field: 'header.if-match' });
});

test('deleted projects are listed, and brought back', async () => {
  const { services, ask, send } = fakeApi();
  services.deleted = [{ name: demo, files: 2, bytes: 3, deletedAt: FAKE_NOW, keptUntil: FAKE_NOW + 1_000 }];
  expect(await (await ask('/api/v1/deleted-projects')).json()).toEqual({
    items: [{ name: 'demo', files: 2, bytes: 3, deleted_at: at(FAKE_NOW), kept_until: at(FAKE_NOW + 1_000) }],
    next: null,
  });
  expect(await (await send('POST', '/api/v1/projects/demo/undelete')).json()).toMatchObject({ name: 'demo' });
  services.outcomes.undelete = { kind: 'project-not-kept' };
  expect(await problemIn(await send('POST', '/api/v1/projects/demo/undelete'))).toMatchObject({
    status: 410,
    code: 'not-kept',
  });
});

test('paths are pinned and unpinned', async () => {
  const { services, send } = fakeApi();
  services.project('demo');
  services.pins = [{ path: 'docs' as RelPath, by: 'ada', at: FAKE_NOW }];
  const pinned = await send('POST', '/api/v1/projects/demo/pin', { paths: ['docs', ''] });
  expect(await pinned.json()).toEqual({ items: [{ path: 'docs', by: 'ada', at: at(FAKE_NOW) }] });
  await send('POST', '/api/v1/projects/demo/unpin', { paths: ['docs', 'a.md'] });
  expect(services.asked).toEqual([
    ['pin', FAKE_ADMIN, 'demo', ['docs', '']],
    ['unpin', FAKE_ADMIN, 'demo', ['docs', 'a.md']],
  ]);
  services.outcomes.unpin = { kind: 'no-project' };
  const deleted = await problemIn(await send('POST', '/api/v1/projects/demo/unpin', { paths: ['docs'] }));
  expect(deleted).toMatchObject({ status: 404, code: 'no-project' });
  const outside = await problemIn(await send('POST', '/api/v1/projects/demo/pin', { paths: ['../x'] }));
  expect(outside).toMatchObject({ status: 422, field: 'body.paths.0' });
});

test.each([
  [
    'promote',
    { mode: 'strict', path: 'docs' },
    { kind: 'promote', project: 'demo', mode: 'strict', prefix: 'docs' },
    false,
  ],
  ['promote', { dry_run: true }, { kind: 'promote', project: 'demo', mode: 'fast' }, true],
  ['archive', {}, { kind: 'archive', project: 'demo' }, false],
  ['evict', {}, { kind: 'evict', by: 'hand', project: 'demo' }, true],
  ['deactivate', {}, { kind: 'deactivate', project: 'demo' }, true],
  ['deactivate', { dry_run: false }, { kind: 'deactivate', project: 'demo' }, false],
  ['repair', { path: 'a.md' }, { kind: 'repair', project: 'demo', prefix: 'a.md' }, false],
])(
  '%s with %j asks for its job; what takes something away only plans unless it is told',
  async (verb, body, task, dryRun) => {
    const { services, post } = fakeApi();
    services.project('demo');
    const answer = await post(`/api/v1/projects/demo/${verb}`, body);
    expect([answer.status, answer.headers.get('location')]).toEqual([202, '/api/v1/jobs/0mhzzzzzz-aaaa']);
    expect(await answer.json()).toEqual({ job: '0mhzzzzzz-aaaa', new: true });
    expect(services.asked).toEqual([['start', FAKE_ADMIN, task, { dryRun, seen: undefined }]]);
  },
);

test('an eviction that nobody looks at can be bounded, and a job that runs already is named', async () => {
  const { services, post } = fakeApi();
  services.outcomes.start = { kind: 'job-asked-before', id: 'b-1' };
  const at_most = { items: 3, bytes: 4 };
  const answer = await post('/api/v1/projects/demo/evict', { dry_run: false, at_most });
  expect(await answer.json()).toEqual({ job: 'b-1', new: false });
  expect(services.asked[0]?.[3]).toEqual({ dryRun: false, seen: at_most });
  services.outcomes.start = { kind: 'no-project' };
  expect(await problemIn(await post('/api/v1/projects/demo/evict', {}))).toMatchObject({ code: 'no-project' });
  services.outcomes.start = { kind: 'job-on-nothing' };
  const nothing = await problemIn(await post('/api/v1/projects/demo/evict', { path: 'dosc' }));
  expect(nothing).toMatchObject({
    status: 404,
    code: 'no-file',
    field: 'body.path',
    next: expect.stringContaining('tree'),
  });
});

test('jobs are listed in pages, shown, and asked to stop, to try again, to do what was planned', async () => {
  const { services, ask, post, send } = fakeApi();
  services.job(fakeJob('a-1', { kind: 'archive' }));
  services.job(fakeJob('a-2', { kind: 'evict', by: 'hand', project: demo }, { state: 'done' }), 12);
  const first = await (await ask('/api/v1/jobs?limit=1')).json();
  expect(first).toMatchObject({ items: [{ id: 'a-2', state: 'done', bytes_per_s: 12 }], next: 'a-2' });
  expect(await (await ask('/api/v1/jobs?cursor=a-2')).json()).toMatchObject({ items: [{ id: 'a-1' }], next: null });
  expect(await (await ask('/api/v1/jobs?kind=evict&project=demo')).json()).toMatchObject({ items: [{ id: 'a-2' }] });
  expect(await (await ask('/api/v1/jobs/a-1')).json()).not.toHaveProperty('runner');
  expect(await problemIn(await ask('/api/v1/jobs/a-3'))).toMatchObject({ status: 404, code: 'no-job' });
  expect(await (await send('POST', '/api/v1/jobs/a-1/cancel')).json()).toEqual({ state: 'stopping' });
  expect(await (await send('POST', '/api/v1/jobs/a-1/retry')).json()).toEqual({ job: '0mhzzzzzz-bbbb', new: true });
  services.outcomes.adopt = { kind: 'plan-old' };
  expect(await problemIn(await send('POST', '/api/v1/jobs/a-1/adopt'))).toMatchObject({
    status: 409,
    code: 'plan-old',
  });
  await post('/api/v1/jobs', { kind: 'scrub' });
  await post('/api/v1/jobs', { kind: 'sweep' });
  expect(services.asked.slice(-2)).toEqual([
    ['start', FAKE_ADMIN, { kind: 'scrub', share: 1 }, { dryRun: false, seen: undefined }],
    ['start', FAKE_ADMIN, { kind: 'sweep' }, { dryRun: true, seen: undefined }],
  ]);
});

test('what the archiver gave up on is listed and tried again', async () => {
  const { services, ask, post } = fakeApi();
  const sha = fakeSha('lost');
  services.letters = [{ sha, project: demo, path: undefined, reason: 'corrupt', attempts: 3, since: FAKE_NOW }];
  expect(await (await ask('/api/v1/dead-letters')).json()).toEqual({
    items: [{ sha, project: 'demo', path: null, reason: 'corrupt', attempts: 3, since: at(FAKE_NOW) }],
    count: 1,
  });
  await post('/api/v1/dead-letters/retry', { which: 'all' });
  expect(services.asked).toEqual([['retryDead', FAKE_ADMIN, 'all']]);
});

test('a wrong value is told with all that may be given, the most dangerous never alone', async () => {
  const { services, post, send } = fakeApi();
  services.node(fakeNodeSummary('node-a'));
  const assign = async (delete_threshold: unknown) =>
    problemIn(await send('PUT', '/api/v1/nodes/node-a/workspaces/demo', { root: 'demo', delete_threshold }));
  for (const wrong of [{ files: 20, share: 0.5 }, { files: 20, files_a_day: 100, share: '50%' }, '20,100,50%'])
    expect(await assign(wrong)).toMatchObject({
      field: 'body.delete_threshold',
      detail: expect.stringMatching(
        /: give the files that may go .*"files_a_day":100.*; or delete-all-without-asking, and/,
      ),
    });
  expect(await assign({ files: 20, files_a_day: 100, share: 0.004 })).toMatchObject({
    detail: 'body.delete_threshold.share: is at least 0.01',
  });
  for (const wrong of [{}, { which: 'some' }])
    expect(await problemIn(await post('/api/v1/dead-letters/retry', wrong))).toMatchObject({
      detail: 'body.which: give the id of an object, 64 lower-case hex digits; or all',
    });
  expect(await problemIn(await post('/api/v1/jobs', { kind: 'scrub', share: 0 }))).toMatchObject({
    detail: 'body.share: is more than 0',
  });
  expect(services.asked).toEqual([]);
});

test('nodes are shown with what they hold, and are asked for workspaces and limits', async () => {
  const { services, ask, send } = fakeApi();
  services.project('demo');
  services.node(fakeNodeSummary('node-b', { limits: { open_files: 8 } }));
  services.node(fakeNodeSummary('node-a', { workspaces: [fakeWorkspace('demo', { pendingUp: 2 })] }));
  const page = await (await ask('/api/v1/nodes')).json();
  expect(page).toMatchObject({ items: [{ name: 'node-a', workspaces: [{ pending_up: 2 }] }, { name: 'node-b' }] });
  expect(await problemIn(await ask('/api/v1/nodes/node-z'))).toMatchObject({ status: 404, code: 'no-node' });
  const put = await send('PUT', '/api/v1/nodes/node-a/workspaces/demo', { root: 'demo', mode: 'receive' });
  expect([put.status, await put.json()]).toEqual([202, { outcome: 'assigned' }]);
  await send('DELETE', '/api/v1/nodes/node-a/workspaces/demo?root=demo&prefix=docs');
  await send('PATCH', '/api/v1/nodes/node-b/limits', { open_files: null, memory_bytes: 9_000_000 });
  expect(services.asked).toEqual([
    ['assign', FAKE_ADMIN, 'node-a', { project: 'demo', root: 'demo', mode: 'receive' }],
    ['unassign', FAKE_ADMIN, 'node-a', { project: 'demo', root: 'demo', prefix: 'docs' }],
    [
      'changeLimits',
      FAKE_ADMIN,
      'node-b',
      [
        { field: 'memory_bytes', seen: undefined, to: 9_000_000 },
        { field: 'open_files', seen: 8, to: undefined },
      ],
    ],
  ]);
  services.heardOfNodes = false;
  expect(await problemIn(await ask('/api/v1/nodes'))).toMatchObject({ status: 503 });
});

test('a question is answered; one that is gone is said to be', async () => {
  const { services, post } = fakeApi();
  const answer = { question: 'q-1', answer: 'restore' };
  expect(await problemIn(await post('/api/v1/nodes/node-a/answers', answer))).toMatchObject({ code: 'no-question' });
  services.outcomes.answer = { kind: 'answered', question: fakeQuestion('q-1') };
  expect(await (await post('/api/v1/nodes/node-a/answers', answer)).json()).toMatchObject({ answer: 'restore' });
});

test('why something is not in sync: the sentence of the worst, and what mends it', async () => {
  const { services, ask, post } = fakeApi();
  services.project('demo');
  const question = fakeQuestion('q-1');
  services.node(fakeNodeSummary('node-a', { workspaces: [fakeWorkspace('demo', { state: 'blocked', question })] }));
  const status = await (await ask('/api/v1/projects/demo/status')).json();
  expect(status).toMatchObject({
    project: 'demo',
    why: { fine: false, fix: { kind: 'restore', question: 'q-1' } },
    nodes: [{ node: 'node-a', workspace: { state: 'blocked' } }],
  });
  expect(await problemIn(await ask('/api/v1/projects/none/status'))).toMatchObject({ code: 'no-project' });
  services.outcomes.resync = { kind: 'no-holder' };
  expect(await problemIn(await post('/api/v1/projects/demo/resync', {}))).toMatchObject({ code: 'no-holder' });
});

test('links are made with all that a person can say of one, shown with their address, and revoked', async () => {
  const { services, ask, post, send } = fakeApi();
  services.madeShares = [fakeShare('5f'.repeat(16)), fakeShare('ab', { state: 'expired', token: undefined })];
  const made = await post('/api/v1/shares', { project: 'demo', path: 'docs', lasts_s: 60, max_uses: 2 });
  expect([made.status, made.headers.get('location')]).toEqual([201, `/api/v1/shares/${'5f'.repeat(16)}`]);
  expect(await made.json()).toMatchObject({ url: `http://fs.test/s/token-of-${'5f'.repeat(16)}` });
  expect(services.asked).toEqual([
    [
      'share',
      FAKE_ADMIN,
      { project: 'demo', path: 'docs', commit: undefined, lastsMs: 60_000, maxUses: 2, password: undefined },
    ],
  ]);
  expect(await (await ask('/api/v1/shares?state=ended')).json()).toMatchObject({ items: [{ url: null }], next: null });
  expect((await send('DELETE', `/api/v1/shares/${'5f'.repeat(16)}`)).status).toBe(204);
  expect(await problemIn(await ask(`/api/v1/shares/${'0'.repeat(32)}`))).toMatchObject({ code: 'no-share' });
});

test('the newest numbers, and those of the last minutes', async () => {
  const { services, ask } = fakeApi();
  services.samples = [
    { at: FAKE_NOW - 3_000_000, values: { hot_bytes: 1 } },
    { at: FAKE_NOW - 1_000, values: { hot_bytes: 2 } },
  ];
  const metrics = await (await ask('/api/v1/metrics')).json();
  expect(metrics).toMatchObject({ at: at(FAKE_NOW - 1_000), now: { hot_bytes: 2 } });
  expect(metrics.points).toHaveLength(2);
});

test('a body that is no JSON by its type is told so', async () => {
  const { ask } = fakeApi();
  const sent = await ask('/api/v1/projects', { method: 'POST', body: 'name=x' });
  expect(await problemIn(sent)).toMatchObject({ status: 415, code: 'unsupported-media-type' });
});

test('a token for one project sees the jobs and links of that one, and finds none of another', async () => {
  const { services, app } = fakeApi();
  services.project('demo');
  services.bearers.set('of demo', { actor: { kind: 'token', id: 'of demo' }, scope: 'write', projects: [demo] });
  services.job(fakeJob('a-1', { kind: 'repair', project: demo }));
  services.job(fakeJob('a-2', { kind: 'repair', project: 'other' as ProjectName }));
  services.job(fakeJob('a-3', { kind: 'sweep' }));
  services.madeShares = [fakeShare('ab', { scope: { project: 'other' as ProjectName, kind: 'directory', path: '' } })];
  const statusOf = async (what: string) => {
    const [method = '', path = ''] = what.split(' ');
    const headers = { authorization: 'Bearer of demo' };
    return (await app.request(`http://fs.test/api/v1${path}`, { method, headers })).status;
  };
  const share = `/shares/${'ab'.padEnd(32, '0')}`;
  expect(await Promise.all(['GET /jobs/a-1', 'GET /jobs/a-2', 'GET /jobs/a-3'].map(statusOf))).toEqual([200, 404, 404]);
  expect(await Promise.all(['GET /jobs', 'GET /jobs?project=demo', 'GET /jobs?project=other'].map(statusOf))).toEqual([
    403, 200, 404,
  ]);
  expect(await Promise.all([`GET ${share}`, `DELETE ${share}`, 'POST /jobs/a-2/cancel'].map(statusOf))).toEqual([
    404, 404, 404,
  ]);
  expect(await Promise.all(['GET /nodes', 'GET /metrics', 'GET /dead-letters'].map(statusOf))).toEqual([403, 403, 403]);
  expect(services.asked).toEqual([]);
});
