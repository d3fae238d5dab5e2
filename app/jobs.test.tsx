// The pages of jobs on a fake server: what they say in every state, and what their forms ask for.
import { describe, expect, test } from 'vitest';
import { fakeSha, type ProjectName } from '../core/model/ids.ts';
import type { JobFailure } from '../core/model/job.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { fakeEvent } from './testing/fake-events.ts';
import { fakeJob } from './testing/fake-jobs.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const DEMO = 'demo' as ProjectName;
const EVICT = { kind: 'evict', by: 'hand', project: DEMO } as const;
const HOSTILE = '<img src=x onerror=alert(1)>';
const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const idsIn = (html: string) => [...html.matchAll(/data-job="([^"]*)"/g)].map(([, id]) => id);

function servicesWith(...jobs: readonly ReturnType<typeof fakeJob>[]): FakeServices {
  const services = new FakeServices();
  services.project('demo');
  for (const job of jobs) services.job(job);
  return services;
}
const failed = (...listed: JobFailure[]) =>
  fakeJob('j1', EVICT, { state: 'failed', sentence: 'Some failed.', failures: { count: listed.length, listed } });
const planned = (items: number, more: Parameters<typeof fakeJob>[2] = {}) =>
  fakeJob('j1', EVICT, {
    dry_run: true,
    state: 'done',
    plan: { items, bytes: items * 1_000, listed: items > 0 ? [{ item: HOSTILE, bytes: 1_000, reason: 'Why.' }] : [] },
    ...more,
  });

describe('the list of jobs', () => {
  test('says of each what it does, to what, how it stands, how far it is, and who asked', async () => {
    const services = servicesWith(fakeJob('j1', { kind: 'sweep' }, { actor: { kind: 'system', id: 'schedule' } }));
    const progress = { stage: 'evicting', items: { done: 3, total: 12 }, bytes: { done: 500, total: 2_000 } };
    services.job(
      fakeJob('j2', { ...EVICT, prefix: 'docs' as RelPath }, { state: 'running', attempts: 2, progress }),
      100,
    );
    const html = await openPages(services).html('/jobs');
    expect(idsIn(html)).toEqual(['j2', 'j1']);
    const text = textOf(html);
    expect(text).toMatch(/Evict demo\/docs Running evicting 3 of 12 500 B of 2\.0 kB 100 B\/s 15 s left/);
    expect(text).toContain('by ada · 2 attempts');
    expect(text).toMatch(/Sweep all projects Waiting Waits for a server to take it\..*by schedule/);
  });

  test('is filtered by what the address says, and paged with the filter kept', async () => {
    const many = Array.from({ length: 60 }, (_, i) => fakeJob(`j${i + 10}`, EVICT, { state: 'done' }));
    const pages = openPages(servicesWith(...many, fakeJob('k1', { kind: 'sweep' }), fakeJob('k2', EVICT)));
    expect(idsIn(await pages.html('/jobs?kind=sweep'))).toEqual(['k1']);
    expect(idsIn(await pages.html('/jobs?state=queued&project=demo'))).toEqual(['k2']);
    expect(textOf(await pages.html('/jobs?state=failed'))).toContain('No job matches');
    expect(idsIn(await pages.html('/jobs?state=nonsense'))).toHaveLength(50);
    const first = await pages.html('/jobs?state=done');
    expect(idsIn(first)).toHaveLength(50);
    const older = first.match(/href="(\/jobs\?[^"]*before=[^"]*)"/)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(older).toContain('state=done');
    expect(idsIn(await pages.html(older))).toEqual([
      'j19',
      'j18',
      'j17',
      'j16',
      'j15',
      'j14',
      'j13',
      'j12',
      'j11',
      'j10',
    ]);
  });

  test('a change of one job is sent as its row', async () => {
    const services = servicesWith(fakeJob('j1', EVICT), fakeJob('j2', { kind: 'sweep' }));
    const pages = openPages(services);
    const reader = (await pages.get('/jobs/live')).body?.getReader();
    const read = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    while (!(await read()).includes('data-job="j2"'));
    services.job(fakeJob('j1', EVICT, { state: 'done', sentence: 'Evicted 3 objects.' }));
    const fragments = readEvents(await read()).map((event) => fieldsOf(event).fragments ?? '');
    await reader?.cancel();
    expect(fragments.join('')).toContain('Evicted 3 objects.');
    expect(fragments.join('')).not.toContain('data-job="j2"');
  });

  test.each([
    ['sweep:dry', { kind: 'sweep' }, true],
    // What takes something away is planned first, whatever was sent.
    ['sweep', { kind: 'sweep' }, true],
    ['scrub', { kind: 'scrub', share: 1 }, false],
    ['reconcile', { kind: 'reconcile' }, false],
    ['archive:dry', { kind: 'archive' }, true],
  ])('%s on all projects is asked for, and its page opens', async (start, task, dryRun) => {
    const services = servicesWith();
    const answer = await openPages(services).post('/jobs', { start });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/jobs/0mhzzzzzz-aaaa?said=job-asked']);
    expect(services.asked).toEqual([['start', FAKE_ADMIN, task, { dryRun }]]);
  });

  test('what is no job on all projects is none', async () => {
    const services = servicesWith();
    for (const start of ['evict', 'constructor', '']) {
      expect((await openPages(services).post('/jobs', { start })).headers.get('location')).toBe('/jobs?said=invalid');
    }
    expect(services.asked).toEqual([]);
  });
});

describe('a job', () => {
  test('that made a commit leads to it', async () => {
    const task = { kind: 'restore', project: 'demo' as never, to: fakeSha('then') } as const;
    const pages = openPages(servicesWith(fakeJob('j1', task, { state: 'done', commit_sha: fakeSha('made') })));
    const html = await pages.html('/jobs/j1');
    expect(html).toContain(`href="/p/demo/history/${fakeSha('made')}"`);
    expect(html).toContain(`See commit ${fakeSha('made').slice(0, 12)}`);
  });

  test('one that is not over can be cancelled, and says so when it was', async () => {
    const services = servicesWith(fakeJob('j1', EVICT, { state: 'running' }));
    const pages = openPages(services);
    expect(await pages.html('/jobs/j1')).toContain('action="/jobs/j1/cancel"');
    const answer = await pages.post('/jobs/j1/cancel', {});
    expect(answer.headers.get('location')).toBe('/jobs/j1?said=job-stopping');
    expect(services.asked).toEqual([['cancel', FAKE_ADMIN, 'j1']]);
    const cancel = { actor: { kind: 'user', id: 'bob' }, ts: new Date(FAKE_NOW).toISOString() } as const;
    services.job(fakeJob('j1', EVICT, { state: 'running', cancel }));
    const stopping = await pages.html('/jobs/j1');
    expect(textOf(stopping)).toMatch(/Stopping.*It was asked to stop.*Stopped by bob/);
    expect(stopping).not.toContain('/cancel');
  });

  test('that it was asked for is said while it is not over', async () => {
    const services = servicesWith(fakeJob('j1', EVICT));
    const html = () => openPages(services).html('/jobs/j1?said=job-asked');
    expect(textOf(await html())).toContain('Asked for. The first server that is free takes it');
    services.job(fakeJob('j1', EVICT, { state: 'done', ended: new Date(FAKE_NOW).toISOString() }));
    expect(await html()).not.toContain('Asked for.');
  });

  test('a plan says what goes, how much, and what that means, before it is run', async () => {
    const services = servicesWith(planned(412));
    const pages = openPages(services);
    const html = await pages.html('/jobs/j1');
    expect(textOf(html)).toContain('412 objects, 412 kB, leave hot storage. The cold copy of each is proven again');
    expect(textOf(html)).toContain('Evict 412 objects');
    expect(textOf(html)).toMatch(/What it would do 412 items, 412 kB.*Why\..*and 411 more/);
    expect(html).not.toContain('<img');
    const answer = await pages.post('/jobs/j1/adopt', {});
    expect(answer.headers.get('location')).toBe('/jobs/0mhzzzzzz-cccc?said=job-asked');
    expect(services.asked).toEqual([['adopt', FAKE_ADMIN, 'j1']]);
  });

  test('an empty plan, and one that is not done, cannot be run', async () => {
    const services = servicesWith(planned(0));
    const pages = openPages(services);
    const html = await pages.html('/jobs/j1');
    expect(html).toContain('There is nothing to do');
    expect(html).not.toContain('/adopt');
    services.job(planned(3, { state: 'running' }));
    expect(await pages.html('/jobs/j1')).not.toContain('/adopt');
    services.outcomes.adopt = { kind: 'job-not-planned' };
    expect((await pages.post('/jobs/j1/adopt', {})).headers.get('location')).toBe('/jobs/j1?said=job-not-planned');
  });

  test('what failed is listed with its reason, and only that is done again where all of it is known', async () => {
    const services = servicesWith(failed({ item: HOSTILE, sha: fakeSha('a'), reason: 'it is gone' }));
    const pages = openPages(services);
    const html = await pages.html('/jobs/j1');
    expect(html).not.toContain('<img');
    expect(textOf(html)).toMatch(
      /Only the 1 object that failed is done again\. Retry what failed 1 failure.*it is gone/,
    );
    expect((await pages.post('/jobs/j1/retry', {})).headers.get('location')).toContain('/jobs/0mhzzzzzz-bbbb');
    services.job(failed({ item: 'node-b:/srv/demo', reason: 'it stays' }));
    expect(textOf(await pages.html('/jobs/j1'))).toContain('It is done again from its start');
    const listed = [{ item: 'a', sha: fakeSha('a'), reason: 'it is gone' }];
    services.job(fakeJob('j1', EVICT, { state: 'failed', failures: { count: 2, listed } }));
    expect(textOf(await pages.html('/jobs/j1'))).toContain('It is done again from its start');
    services.job(fakeJob('j1', { kind: 'reconcile' }, { state: 'failed', failures: { count: 1, listed } }));
    expect(textOf(await pages.html('/jobs/j1'))).toContain('It is done again from its start');
  });

  test('names the job that it repeats, and the events that came of it', async () => {
    const services = servicesWith(fakeJob('j1', EVICT, { state: 'done', retry_of: 'j0' }));
    const trace = (id: string) => ({
      trace: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, correlation_id: id },
    });
    const event = (id: string, bytes: number) => ({
      ...fakeEvent('ProjectEvicted', { objects: 3, bytes }, FAKE_NOW, { project: 'demo' }),
      ...trace(id),
    });
    services.emit(event('j1', 3_000));
    services.emit(event('j9', 9_000));
    const html = await openPages(services).html('/jobs/j1');
    expect(html).toContain('href="/jobs/j0"');
    expect(textOf(html)).toMatch(/What came of it.*3 objects, 3\.0 kB/);
    expect(textOf(html)).not.toContain('9.0 kB');
  });

  test('one that is not there says so, also when it is asked for something', async () => {
    const services = servicesWith();
    services.outcomes.cancel = { kind: 'no-job' };
    const pages = openPages(services);
    expect((await pages.get('/jobs/nope')).status).toBe(404);
    expect((await pages.post('/jobs/nope/cancel', {})).headers.get('location')).toBe('/jobs?said=no-job');
    expect((await pages.post('/jobs/nope/cancel', {}, { origin: 'http://evil.test' })).status).toBe(403);
  });
});
