// What the page of jobs says of what cold does not have, on a fake server.
import { describe, expect, test } from 'vitest';
import { fakeSha, type ProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { DeadLetterView } from './job-view.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const DEMO = 'demo' as ProjectName;
const HOSTILE = '<img src=x onerror=alert(1)>';
const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const letter = (name: string, change: Partial<DeadLetterView> = {}): DeadLetterView => ({
  sha: fakeSha(name),
  project: DEMO,
  path: `docs/${name}` as RelPath,
  reason: 'its bytes are not intact in hot',
  attempts: 4,
  since: FAKE_NOW,
  ...change,
});

describe('the page of jobs', () => {
  test('says nothing of cold where all is in it', async () => {
    const html = await openPages(new FakeServices()).html('/jobs');
    expect(html).not.toContain('to be archived');
    expect(html).not.toContain('dead letter');
    expect(html).not.toContain('/jobs/dead-letters');
  });

  test('says how much waits for cold, and since when the oldest does', async () => {
    const services = new FakeServices();
    services.lag = { waiting: 1_200, oldestAt: FAKE_NOW };
    const html = await openPages(services).html('/jobs');
    expect(textOf(html)).toContain('Cold: 1,200 objects and commits wait to be archived, the oldest came 1 Jun 2026');
  });

  test('lists dead letters with file, reason and since when, and counts what it does not list', async () => {
    const services = new FakeServices();
    const unknown = { project: undefined, path: undefined };
    services.letters = [letter('a'), letter('b', { reason: HOSTILE }), letter('c', unknown)];
    const html = await openPages(services).html('/jobs');
    expect(html).not.toContain('<img');
    expect(textOf(html)).toMatch(/3 dead letters .* demo docs\/a its bytes are not intact in hot 1 Jun 2026/);
    expect(html).toContain('href="/p/demo/file?path=docs%2Fa"');
    expect(textOf(html)).toContain(fakeSha('c').slice(0, 12));
    services.letters = Array.from({ length: 23 }, (_, i) => letter(`n${i}`));
    expect(textOf(await openPages(services).html('/jobs'))).toMatch(/23 dead letters.*and 3 more, which are older/);
  });

  test('has one tried again, or all, and opens the job that does it', async () => {
    const services = new FakeServices();
    services.letters = [letter('a')];
    const pages = openPages(services);
    for (const sha of [fakeSha('a'), 'all']) {
      const answer = await pages.post('/jobs/dead-letters', { sha });
      expect(answer.headers.get('location')).toBe('/jobs/0mhzzzzzz-dddd?said=job-asked');
    }
    expect(services.asked).toEqual([
      ['retryDead', FAKE_ADMIN, fakeSha('a')],
      ['retryDead', FAKE_ADMIN, 'all'],
    ]);
    expect((await pages.post('/jobs/dead-letters', { sha: '../x' })).headers.get('location')).toBe(
      '/jobs?said=invalid',
    );
    services.outcomes.retryDead = { kind: 'no-dead-letter' };
    expect((await pages.post('/jobs/dead-letters', { sha: 'all' })).headers.get('location')).toBe(
      '/jobs?said=no-dead-letter',
    );
    expect(services.asked).toHaveLength(3);
    expect((await pages.post('/jobs/dead-letters', { sha: 'all' }, { origin: 'http://evil.test' })).status).toBe(403);
  });

  test('is sent what becomes a dead letter, and that it is none any more', async () => {
    const services = new FakeServices();
    services.project('demo');
    const pages = openPages(services);
    const reader = (await pages.get('/jobs/live')).body?.getReader();
    const read = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    while (!(await read()).includes('id="dead-letters"'));
    const next = async () => {
      services.changed();
      return readEvents(await read())
        .map((event) => fieldsOf(event).fragments ?? '')
        .join('');
    };
    services.letters = [letter('a')];
    expect(textOf(await next())).toContain('1 dead letter');
    services.letters = [];
    expect(await next()).toMatch(/^<section data-star-ignore="" id="dead-letters"[^>]*><\/section>$/);
    await reader?.cancel();
  });
});
