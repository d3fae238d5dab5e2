// Screens with nothing on them, with much on them, and when a store does not answer; and what their streams send.
import { describe, expect, test } from 'vitest';
import type { RelPath } from '../core/model/rel-path.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { fakeNode } from './testing/fake-nodes.ts';
import { FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

describe('screens in every state', () => {
  test('with no project, each screen says what would be here and the next step', async () => {
    const pages = openPages(new FakeServices());
    expect(await pages.html('/projects')).toContain('No projects yet');
    expect(await pages.html('/events')).toContain('Waiting for the first event');
    expect((await pages.get('/files')).headers.get('location')).toBe('/projects');
    const missing = await pages.get('/p/nothing/files');
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain('There is no project nothing.');
  });

  test('an empty project and an empty directory say different things', async () => {
    const services = new FakeServices();
    services.project('demo');
    const pages = openPages(services);
    expect(await pages.html('/p/demo/files')).toContain('No files yet');
    services.project('demo', { nodes: [] });
    const projects = await pages.html('/projects');
    expect(projects).toContain('the list of nodes');
    expect(projects).not.toContain('not known');
    expect(projects).not.toContain('All in cold');
    expect(await pages.html('/p/demo/files?path=gone/dir')).toContain('is empty, or it was moved or deleted');
    expect(await pages.html('/p/demo/file?path=gone.txt')).toContain('This file is not in the project.');
  });

  test('a storage that does not answer is said in its words, with what to do; our own bug only by a number', async () => {
    const services = new FakeServices();
    services.project('demo');
    const pages = openPages(services);
    services.failure = new StoreUnavailableError('hot', 'no answer from NATS');
    for (const path of ['/projects', '/nodes', '/nodes/node-a', '/events', '/p/demo/files']) {
      const answer = await pages.get(path);
      expect(answer.status).toBe(503);
      expect(await answer.text()).toContain('Hot storage is not available: no answer from NATS. Try again in a moment');
    }
    services.failure = new TypeError('secret detail of a bug');
    const answer = await pages.get('/projects');
    expect(answer.status).toBe(500);
    const html = await answer.text();
    expect(html).not.toContain('secret detail');
    expect(html).toContain('href="/projects"');
  });

  test('what the server cannot reach is one sentence on every page', async () => {
    const services = new FakeServices();
    services.project('demo');
    services.trouble = { sentence: 'Cold storage answers 503; the archiver tries again in 20 s.', since: FAKE_NOW };
    for (const path of ['/projects', '/events', '/p/demo/files']) {
      expect(await openPages(services).html(path)).toContain(
        'Cold storage answers 503; the archiver tries again in 20 s.',
      );
    }
  });

  test('a project without files has nothing in hot or cold, and is led to a node by the list of them', async () => {
    const services = new FakeServices();
    services.project('second', { nodes: [] });
    const html = await openPages(services).html('/projects');
    expect(html).toMatch(/Stored in hot<\/dt><dd class="num">0 B</);
    expect(html).not.toContain('All in cold');
    expect(html).toContain('open the node in <a href="/nodes">the list of nodes</a>');
  });

  test('I3: nothing is called safe in cold by the records of another cold storage', async () => {
    const services = new FakeServices();
    services.project('demo', { isColdStrange: true, nodes: [] });
    const tiers = { hot: false, cold: null, inStrangeCold: true } as const;
    services.put('demo', { path: 'a.txt', content: 'a', tiers });
    const pages = openPages(services);
    const projects = await pages.html('/projects');
    expect(projects).toContain('Not known: this is another cold storage');
    expect(projects).not.toContain('All in cold');
    expect(await pages.html('/p/demo/files')).toContain('Not proven');
    const file = await pages.html('/p/demo/file?path=a.txt');
    expect(file).toContain('nothing proves it');
    expect(file).not.toContain('safe in storage');
    expect(file).not.toContain('Cold copy verified');
  });

  test('a node has a file that it is in sync with, unless that is one of the paths that it skips', async () => {
    const services = new FakeServices();
    services.put('demo', { path: 'docs/a.txt', content: 'a' });
    services.put('demo', { path: 'docs/b.txt', content: 'b' });
    const since = new Date(FAKE_NOW).toISOString();
    const problems = [{ path: 'a.txt', code: 'symlink', reason: 'A link lies in its place.', since } as const];
    const prefix = 'docs' as RelPath;
    services.project('demo', { nodes: [fakeNode('node-a', { state: 'skipping', skipped: 1, prefix, problems })] });
    const pages = openPages(services);
    const skipped = await pages.html('/p/demo/file?path=docs/a.txt');
    expect(skipped).toContain('Skips it');
    expect(skipped).toContain('A link lies in its place.');
    expect(await pages.html('/p/demo/file?path=docs/b.txt')).toContain('Has it');
  });

  test('a folder that cannot be read is one row; the others stand', async () => {
    const services = new FakeServices();
    services.put('demo', { path: 'good/a.txt', content: 'a' });
    services.put('demo', { path: 'bad/a.txt', content: 'a' });
    const files = services.queries.files;
    services.queries.files = async (name, options) => {
      if (options.prefix === 'bad') throw new StoreUnavailableError('hot', 'no answer');
      return files(name, options);
    };
    const html = await openPages(services).html('/p/demo/files?open=good&open=bad');
    expect(html).toContain('data-path="good/a.txt"');
    expect(html).toContain('could not be read');
    expect(html).toContain('Retry');
  });

  test('workspaces of one node are told apart by what they hold and where they lie', async () => {
    const services = new FakeServices();
    services.project('demo', {
      nodes: [
        fakeNode('node-a'),
        fakeNode('node-a', { prefix: 'docs/en' as RelPath, root: '/srv/docs' }),
        fakeNode('node-b', { root: '/b' }),
      ],
    });
    const html = await openPages(services).html('/projects');
    expect(html.match(/class="node-place"/g)).toHaveLength(2);
    expect(html).toMatch(/only (<[^>]+>)*docs\/en/);
    for (const root of ['/srv/demo', '/srv/docs']) expect(html).toContain(root);
    expect(html).not.toContain('<code>/b</code>');
  });

  test('projects stand worst first', async () => {
    const services = new FakeServices();
    services.project('b-fine');
    services.project('c-busy', { state: 'syncing' });
    services.project('d-stuck', { state: 'blocked' });
    services.project('a-fine');
    const html = await openPages(services).html('/projects');
    expect([...html.matchAll(/data-project="([^"]*)"/g)].map(([, name]) => name)).toEqual([
      'd-stuck',
      'c-busy',
      'a-fine',
      'b-fine',
    ]);
  });
});

describe('live pages', () => {
  test('a stream that finds what the page shows sends nothing until something changes, then only that', async () => {
    const services = new FakeServices();
    services.put('demo', { path: 'a.txt', content: 'a' });
    services.put('demo', { path: 'b.txt', content: 'b' });
    const pages = openPages(services);
    const mark = /data-mark="([^"]*)"/.exec(await pages.html('/p/demo/files'))?.[1] ?? '';
    const answer = await pages.get(`/p/demo/files/live?have=${encodeURIComponent(mark)}`);
    const reader = answer.body?.getReader();
    await reader?.read();
    const second = reader?.read();
    await new Promise((resolve) => setImmediate(resolve));
    services.put('demo', { path: 'c.txt', content: 'c' });
    const patches = readEvents(new TextDecoder().decode((await second)?.value)).map(fieldsOf);
    const rows = patches.filter(({ fragments }) => fragments?.startsWith('<tr'));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.mergeMode).toBe('append');
    expect(rows[0]?.fragments).toContain('data-path="c.txt"');
    await reader?.cancel();
    expect(services.listeners).toBe(0);
  });

  test('tabs that are woken together each get their own page, however little their addresses differ', async () => {
    const services = new FakeServices();
    for (const dir of ['one', 'two', 'three']) services.put('demo', { path: `${dir}/file.txt`, content: dir });
    const pages = openPages(services);
    const opened = async (query: string) => {
      const reader = (await pages.get(`/p/demo/files/live?${query}`)).body?.getReader();
      await reader?.read();
      return reader;
    };
    const tabs = await Promise.all(['open=one&open=two', 'open=one&open=three'].map(opened));
    const shown = await Promise.all(tabs.map((tab) => tab?.read()));
    const [first, second] = shown.map((chunk) => new TextDecoder().decode(chunk?.value));
    expect(first).toContain('data-path="two/file.txt"');
    expect(first).not.toContain('data-path="three/file.txt"');
    expect(second).toContain('data-path="three/file.txt"');
    expect(second).not.toContain('data-path="two/file.txt"');
    for (const tab of tabs) await tab?.cancel();
  });
});
