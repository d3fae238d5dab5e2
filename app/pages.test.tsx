import { describe, expect, test } from 'vitest';
import { fakeSha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { fakeEvent, oneOfEach } from './testing/fake-events.ts';
import {
  FAKE_NOW,
  FakeServices,
  fakeNode,
  fakeNodeSummary,
  fakeQuestion,
  fakeWorkspace,
} from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const HOSTILE = [
  '<img src=x onerror=alert(1)>.txt',
  '"><script>alert(1)</script>.txt',
  "' onmouseover='alert(1).txt",
  "');alert(1);('.txt",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is the point
  '${alert(1)}`.txt',
  '$signal @post(`x`).txt',
  'line\r\nevent: datastar-execute-script\r\ndata: script alert(1)\r\n\r\n.txt',
  'cr\rdata: fragments <b>\r\r.txt',
  'lf\n\ndata: x\n\n.txt',
  'invoice\u202efdp.exe',
  'zero\u200bwidth.txt',
  '-->.txt',
  '</textarea></pre></title>.txt',
  '__proto__',
  'עברית and 🦊.txt',
];

/** Everything of Datastar's that is compiled as code in the browser. */
const EXPRESSION =
  / (data-(?:on|attr|bind|class|computed|custom-validity|indicator|intersects|persist|ref|replace-url|scroll-into-view|show|signals|text|view-transition|star)\b[^\s=>]*)="([^"]*)"/g;
const OURS = new Set(['data-on-load=@live()', 'data-star-ignore=']);

function hostileServices(): FakeServices {
  const services = new FakeServices();
  for (const name of HOSTILE) {
    const path = `dir/${name}`;
    services.put('demo', { path, content: `text of ${name}`, mime: 'text/plain' });
    for (const event of oneOfEach(FAKE_NOW, path)) services.emit(event);
    const moved = {
      path: path as RelPath,
      from: `from/${name}` as RelPath,
      entry: { dir: true as const, mode: 0o755 },
    };
    services.emit(
      fakeEvent('PathMoved', { ...moved, commit_sha: fakeSha('c') }, FAKE_NOW, { project: 'demo', actor: name }),
    );
    services.emit(fakeEvent('JobFailed', { job: name, kind: name, error: name }, FAKE_NOW, { actor: name }));
  }
  services.project('demo', {
    state: 'blocked',
    sentence: HOSTILE.join(' '),
    nodes: [
      fakeNode('node-a', {
        state: 'blocked',
        sentence: HOSTILE.join(' '),
        problems: HOSTILE.map((path) => ({
          path,
          code: 'unreadable',
          reason: path,
          since: new Date(FAKE_NOW).toISOString(),
        })),
        problemCount: HOSTILE.length,
      }),
    ],
  });
  services.trouble = { sentence: HOSTILE.join(' '), since: FAKE_NOW };
  services.node(
    fakeNodeSummary('node-a', {
      state: 'blocked',
      sentence: HOSTILE.join(' '),
      version: HOSTILE[0] ?? '',
      host: HOSTILE[9] ?? '',
      unreadable: HOSTILE.join(' '),
      workspaces: HOSTILE.map((name) =>
        fakeWorkspace('demo', {
          root: `/srv/${name}`,
          prefix: `dir/${name}` as RelPath,
          state: 'blocked',
          sentence: name,
          from: 'server',
          assigned: { project: fakeWorkspace('demo').project, prefix: `dir/${name}` as RelPath, root: name },
          question: { ...fakeQuestion(name), sentence: name, examples: HOSTILE.slice(0, 10) },
          problems: HOSTILE.map((path) => ({
            path,
            code: 'unreadable',
            reason: path,
            since: new Date(FAKE_NOW).toISOString(),
          })),
          problemCount: 2000,
        }),
      ),
    }),
  );
  return services;
}

const addresses = [
  '/projects',
  '/nodes',
  '/nodes/node-a',
  '/events',
  '/events?open=3',
  `/events?path=${encodeURIComponent(HOSTILE[1] ?? '')}`,
  '/p/demo/files?open=dir',
  '/p/demo/files?path=dir',
  ...HOSTILE.map((name) => `/p/demo/file?path=${encodeURIComponent(`dir/${name}`)}`),
  ...HOSTILE.map((name) => `/p/demo/files?path=${encodeURIComponent(name)}&open=${encodeURIComponent(name)}`),
];

function expectHarmless(html: string): void {
  const expressions = [...html.matchAll(EXPRESSION)].map(([, name, value]) => `${name}=${value}`);
  expect(expressions.filter((expression) => !OURS.has(expression))).toEqual([]);
  // A name is escaped in text and in attributes alike, so a tag that is one here is one in the browser.
  const tags = html.match(/<[a-z!/][^>]*>/gi) ?? [];
  const bare = tags.map((tag) => tag.replace(/"[^"]*"/g, '""'));
  expect(bare.filter((tag) => /\son\w+\s*=|'|`|^<(b|textarea)\b|src=x/i.test(tag))).toEqual([]);
  const scripts = tags.filter((tag) => /^<script/i.test(tag));
  expect(scripts).toEqual(html.includes('<html') ? [`<script type="module" src="${assetOf(html)}">`] : []);
  const text = html.replace(/<[^>]*>/g, '');
  expect(text.match(/[\r\u200b-\u200f\u202a-\u202e\u2066-\u2069]/gu) ?? []).toEqual([]);
  expect(html.includes('\r')).toBe(false);
}

const assetOf = (html: string): string => /src="(\/assets\/app-[0-9a-f]{8}\.js)"/.exec(html)?.[1] ?? 'no script';

async function firstPatches(services: FakeServices, address: string): Promise<string> {
  const [path = '', query = ''] = address.split('?');
  const answer = await openPages(services).get(`${path}/live?${query}`, { accept: 'text/event-stream' });
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const reader = answer.body?.getReader();
  let text = '';
  for (let i = 0; i < 2; i++) text += new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  expect(services.listeners).toBe(0);
  return text;
}

describe('hostile names', () => {
  test.each(addresses)('are only text on %s', async (address) => {
    const answer = await openPages(hostileServices()).get(address);
    expect(answer.status).toBe(200);
    expectHarmless(await answer.text());
  });

  test.each(addresses)('are only text in the stream of %s', async (address) => {
    const text = await firstPatches(hostileServices(), address);
    const events = readEvents(text);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      expect(['datastar-merge-fragments', 'datastar-remove-fragments']).toContain(event.type);
      const fields = fieldsOf(event);
      expect(Object.keys(fields).every((key) => ['selector', 'mergeMode', 'fragments'].includes(key))).toBe(true);
      expectHarmless(fields.fragments ?? '');
    }
  });

  test('a path with line ends comes back exactly: a carriage return is a character reference', async () => {
    const html = await openPages(hostileServices()).html('/p/demo/files?path=dir');
    expect(html).toContain('data-path="dir/cr&#13;data: fragments &lt;b&gt;&#13;&#13;.txt"');
  });

  test('a name that reverses the reading direction shows the character that would', async () => {
    const html = await openPages(hostileServices()).html('/p/demo/files?path=dir');
    expect(html).toContain('title="U+202E right-to-left override">U+202E</span>');
  });
});

describe('what every answer carries', () => {
  test.each(['/projects', '/sign-in', '/nowhere', '/assets/nothing.js'])(
    '%s cannot be framed, sniffed or scripted',
    async (path) => {
      const { headers } = await openPages(new FakeServices()).get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-inline');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
    },
  );

  test('pages are never kept by a cache; the browser files are kept for good under their hash', async () => {
    const pages = openPages(new FakeServices());
    const page = await pages.get('/projects');
    expect(page.headers.get('cache-control')).toBe('no-store');
    const script = await pages.request(assetOf(await page.text()), { headers: { 'accept-encoding': 'gzip, br' } });
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-encoding')).toBe('br');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  test('nothing changes by GET: what changes answers only to POST', async () => {
    const pages = openPages(new FakeServices());
    for (const path of ['/theme', '/sign-out']) {
      const answer = await pages.get(path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });

  test('no page has an inline script, an inline style or an inline handler', async () => {
    for (const address of [
      '/projects',
      '/nodes',
      '/nodes/node-a',
      '/events',
      '/p/demo/files',
      '/sign-in',
      '/nowhere',
    ]) {
      const html = await openPages(hostileServices()).html(address);
      expect(html).not.toMatch(/<style|\sstyle="/);
      expectHarmless(html);
    }
  });
});

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
    expect(await pages.html('/p/demo/files?path=gone/dir')).toContain('is empty, or it was moved or deleted');
    expect(await pages.html('/p/demo/file?path=gone.txt')).toContain('This file is not in the project any more');
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
    expect(html).toContain('Try again');
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

  test('a directory of thousands is paged, an expanded folder by itself, and no page grows with the project', async () => {
    const services = new FakeServices();
    for (let i = 0; i < 1000; i++) {
      services.put('demo', { path: `big/${String(i).padStart(4, '0')}`, content: 'x' });
      services.put('demo', { path: `top-${String(i).padStart(4, '0')}`, content: 'x' });
    }
    const pages = openPages(services);
    const rows = (html: string) => [...html.matchAll(/data-path="([^"]*)"/g)].map(([, path]) => path);
    const first = await pages.html('/p/demo/files?open=big');
    expect(rows(first)).toHaveLength(200 + 50);
    const next = /href="([^"]*)" rel="next"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(rows(await pages.html(next))[0]).toBe('top-0199');
    const more = [...first.matchAll(/href="([^"]*)"[^>]*>Next 50 in/g)][0]?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(rows(await pages.html(more))).toContain('big/0050');
    expect(rows(await pages.html(more))).not.toContain('big/0049');
  });
});

describe('the events feed', () => {
  const seqsOf = (html: string) => [...html.matchAll(/data-seq="(\d+)"/g)].map(([, seq]) => Number(seq));

  function feed(count: number) {
    const services = new FakeServices();
    services.project('demo');
    for (let i = 0; i < count; i++)
      services.emit(fakeEvent('NodeLeft', { node: fakeNode('n').node, reason: `r${i}` }, FAKE_NOW));
    return services;
  }

  /** Follows a stream and gives its patches one by one. */
  async function follow(services: FakeServices, address: string) {
    const answer = await openPages(services).get(address, { accept: 'text/event-stream' });
    const reader = answer.body?.getReader();
    const next = async () => new TextDecoder().decode((await reader?.read())?.value);
    expect(readEvents(await next())).toEqual([]);
    return { next, end: () => reader?.cancel() };
  }

  test('shows the newest 500, newest first, and a way to the older ones', async () => {
    const html = await openPages(feed(620)).html('/events');
    const seqs = seqsOf(html);
    expect(seqs).toHaveLength(500);
    expect([seqs[0], seqs[499]]).toEqual([620, 121]);
    const older = /href="(\/events\?before=121)" rel="next"/.exec(html)?.[1] ?? '';
    expect(seqsOf(await openPages(feed(620)).html(older))[0]).toBe(120);
  });

  test('a stream that goes on from the newest row sends only what is newer, oldest first for prepending', async () => {
    const services = feed(3);
    const stream = await follow(services, '/events/live?have=%2Fevents&from=3');
    expect(await stream.next()).not.toContain('data-seq');
    for (let i = 0; i < 2; i++)
      services.emit(fakeEvent('NodeLeft', { node: fakeNode('n').node, reason: 'x' }, FAKE_NOW));
    const patch = readEvents(await stream.next())
      .map(fieldsOf)
      .find(({ mergeMode }) => mergeMode === 'prepend');
    expect(patch?.selector).toBe('#event-rows');
    expect(seqsOf(patch?.fragments ?? '')).toEqual([4, 5]);
    await stream.end();
    expect(services.listeners).toBe(0);
  });

  test('a tab that lacks more than a window gets the window whole', async () => {
    const services = feed(900);
    const stream = await follow(services, '/events/live?have=%2Fevents&from=3');
    const whole = readEvents(await stream.next())
      .map(fieldsOf)
      .find(({ fragments }) => fragments?.startsWith('<tbody'));
    expect(seqsOf(whole?.fragments ?? '')).toHaveLength(500);
    await stream.end();
  });

  test('a tab with another filter gets its window whole, whatever row it starts from', async () => {
    const services = feed(5);
    const stream = await follow(services, '/events/live?category=system&have=%2Fevents&from=3');
    expect(seqsOf(await stream.next())).toEqual([5, 4, 3, 2, 1]);
    await stream.end();
  });

  test('a paused tab hears only how many events it holds back', async () => {
    const services = feed(3);
    const stream = await follow(services, '/events/live?from=1&paused=');
    const text = await stream.next();
    expect(readEvents(text).find(({ type }) => type === 'fresh')?.data).toBe('2');
    expect(text).not.toContain('data-seq');
    await stream.end();
  });

  test('filters by category, project and path are in the address, and an odd one is no filter', async () => {
    const services = feed(2);
    for (const event of oneOfEach(FAKE_NOW)) services.emit(event);
    const pages = openPages(services);
    const categoriesOf = (html: string) =>
      new Set([...html.matchAll(/<tr[^>]*data-category="(\w+)"/g)].map(([, name]) => name));
    expect(categoriesOf(await pages.html('/events?category=create&category=move'))).toEqual(
      new Set(['create', 'move']),
    );
    expect(seqsOf(await pages.html('/events?category=nonsense&project=NO+SLUG&before=x'))).toHaveLength(23);
    expect(await pages.html('/events?category=access')).toContain('No event matches');
    expect(seqsOf(await pages.html('/events?path=docs/guide.md')).length).toBeGreaterThan(0);
    expect(seqsOf(await pages.html('/events?after=20'))).toEqual([23, 22, 21]);
  });

  test('an open event shows its JSON; one that is not kept says so', async () => {
    const pages = openPages(feed(2));
    expect(await pages.html('/events?open=2')).toContain('&quot;reason&quot;: &quot;r1&quot;');
    expect(await pages.html('/events?open=99')).toContain('not kept any more');
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
});
