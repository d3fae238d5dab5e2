// What is done with selected files: it is asked back with how much it is, and only then a job is started on just these.
import { describe, expect, test } from 'vitest';
import { MAX_TASK_PATHS } from '../core/model/job.ts';
import { consequences } from './selection-question.tsx';
import { coldProof } from './testing/fake-files.ts';
import { fakeNodeSummary, fakeWorkspace } from './testing/fake-nodes.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

const SCRIPT = { 'datastar-request': 'true' };

function opened() {
  const services = new FakeServices();
  services.put('demo', { path: 'docs/a.txt', content: 'aaaa' });
  services.put('demo', { path: 'docs/new.txt', content: 'nn', tiers: { hot: true, cold: null } });
  services.put('demo', { path: 'old.txt', content: 'oooooo', tiers: { hot: false, cold: coldProof } });
  return { services, pages: openPages(services) };
}
const jobs = (services: FakeServices) => services.asked.filter(([name]) => name === 'start');

describe('what is selected', () => {
  test('is asked back with its count, its bytes and what follows, and nothing is done', async () => {
    const { services, pages } = opened();
    const answer = await pages.post('/p/demo/selection', { act: 'evict', path: 'docs' });
    expect(answer.status).toBe(200);
    const html = await answer.text();
    expect(html).toContain('Evict 2 files?');
    expect(html).toContain('1 file, 4 B, leave hot storage: each has a verified copy in cold.');
    expect(html).toContain('1 file, 2 B, stay, because no copy in cold is proven yet.');
    expect(html).toMatch(/<button type="submit"[^>]*><svg.*?<\/svg>Evict 1 file<\/button>/);
    const none = await (await pages.post('/p/demo/selection', { act: 'evict', path: 'docs/new.txt' })).text();
    expect(none).toContain('Nothing of it can leave hot storage.');
    expect(none).not.toMatch(/<button type="submit"[^>]*><svg.*?<\/svg>Evict/);
    expect(services.asked).toEqual([]);
  });

  test('with the script the question is a patch, and its answer links to the job', async () => {
    const { services, pages } = opened();
    const asked = await (await pages.post('/p/demo/selection', { act: 'promote', path: 'old.txt' }, SCRIPT)).text();
    expect(asked).toContain('id="ask-body"');
    expect(asked).toContain('1 file, 6 B, only in cold storage, come back to hot.');
    const done = await pages.post('/p/demo/selection/run', { act: 'promote', path: 'old.txt' }, SCRIPT);
    expect(await done.text()).toContain('href="/jobs/0mhzzzzzz-aaaa"');
    expect(jobs(services)).toEqual([
      ['start', FAKE_ADMIN, { kind: 'promote', mode: 'fast', project: 'demo', paths: ['old.txt'] }, { dryRun: false }],
    ]);
  });

  test('I4: an eviction is bound to what the person was told, and leads to its job without the script', async () => {
    const { services, pages } = opened();
    const fields = { act: 'evict', path: 'docs', files: '2', bytes: '6' };
    const answer = await pages.post('/p/demo/selection/run', fields);
    expect(answer.headers.get('location')).toBe('/jobs/0mhzzzzzz-aaaa?said=job-asked');
    expect(jobs(services)[0]?.[3]).toEqual({ dryRun: false, seen: { items: 2, bytes: 6 } });
  });

  test('a name that a form would change arrives as it is', async () => {
    const { services, pages } = opened();
    const path = 'line\r\nbreak & 100%.txt';
    await pages.post('/p/demo/selection/run', { act: 'repair', path: encodeURIComponent(path) });
    expect(jobs(services)[0]?.[2]).toEqual({ kind: 'repair', project: 'demo', paths: [path] });
  });

  test('is pinned as a whole, so that a refusal leaves nothing pinned', async () => {
    const { services, pages } = opened();
    const body = new URLSearchParams({ act: 'pin', back: '/p/demo/files?open=docs' });
    for (const path of ['docs', 'old.txt']) body.append('path', path);
    const headers = { cookie: 'fs_session=fake-session', origin: 'http://fs.test' };
    const answer = await pages.request('/p/demo/selection/run', { method: 'POST', body, headers });
    expect(answer.headers.get('location')).toBe('/p/demo/files?open=docs&said=pinned');
    expect(services.asked).toEqual([['pin', FAKE_ADMIN, 'demo', ['docs', 'old.txt']]]);
    services.outcomes.pin = { kind: 'too-many-pins' };
    expect((await pages.post('/p/demo/selection/run', { act: 'pin', path: 'docs' }, SCRIPT)).status).toBe(409);
  });

  test('a resync asks the nodes that hold the project for the part that has all of the selection', async () => {
    const { services, pages } = opened();
    const refused = await pages.post('/p/demo/selection', { act: 'resync', path: 'docs' }, SCRIPT);
    expect(refused.status).toBe(409);
    services.node(fakeNodeSummary('node-a'));
    services.node(fakeNodeSummary('node-b', { workspaces: [fakeWorkspace('other')] }));
    const html = await (await pages.post('/p/demo/selection', { act: 'resync', path: 'docs' })).text();
    expect(html).toContain('Resync 1 node?');
    expect(html).toContain('node-a: each compares what it holds at and below docs with the project.');
    await pages.post('/p/demo/selection/run', { act: 'resync', path: 'docs' });
    expect(services.asked).toEqual([['resync', FAKE_ADMIN, { project: 'demo', path: 'docs' }]]);
  });

  test('is shared by a link of its own, one path at a time', async () => {
    const { pages } = opened();
    const answer = await pages.post('/p/demo/selection', { act: 'share', path: 'docs' });
    expect(answer.headers.get('location')).toBe('/p/demo/share?path=docs');
    expect((await pages.post('/p/demo/selection/run', { act: 'share', path: 'docs' })).headers.get('location')).toBe(
      '/p/demo/files?said=invalid',
    );
  });

  test.each([
    ['nothing', { act: 'evict' }, 'selected-none'],
    ['an act that there is not', { act: 'burn', path: 'docs' }, 'invalid'],
    ['what is no path', { act: 'evict', path: '../up' }, 'invalid'],
    ['a broken escape', { act: 'evict', path: '%E0%A4%A' }, 'invalid'],
  ])('refuses %s', async (_, fields, outcome) => {
    const { services, pages } = opened();
    for (const action of ['/p/demo/selection', '/p/demo/selection/run']) {
      const answer = await pages.post(action, fields as Record<string, string>);
      expect(answer.headers.get('location')).toBe(`/p/demo/files?said=${outcome}`);
    }
    expect(services.asked).toEqual([]);
  });

  test('takes as many paths as a job may name, and no more', async () => {
    const { services, pages } = opened();
    const send = (count: number) => {
      const body = new URLSearchParams({ act: 'repair' });
      for (let i = 0; i < count; i++) body.append('path', `many/${i}`);
      return pages.request('/p/demo/selection/run', {
        method: 'POST',
        body,
        headers: { cookie: 'fs_session=fake-session', origin: 'http://fs.test' },
      });
    };
    expect((await send(MAX_TASK_PATHS)).headers.get('location')).toContain('job-asked');
    expect((await send(MAX_TASK_PATHS + 1)).headers.get('location')).toContain('selected-too-many');
    expect(jobs(services)).toHaveLength(1);
  });

  test('of too many files to look at each, it says what holds for all of them', () => {
    const survey = { files: 1_000_000, bytes: 1, gone: 0, tiers: undefined };
    expect(consequences('evict', survey, { paths: [], holders: [] })[0]).toContain(
      'what has none, or is pinned, stays',
    );
    expect(consequences('promote', survey, { paths: [], holders: [] })).toEqual([
      'What is only in cold storage comes back to hot.',
    ]);
  });
});
