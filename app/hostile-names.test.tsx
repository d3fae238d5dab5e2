// Names that would do something in a browser, on every page and in every patch: they are only text.
import { describe, expect, test } from 'vitest';
import { fakeSha, parseProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { fakeEvent, oneOfEach } from './testing/fake-events.ts';
import {
  FAKE_NOW,
  FakeServices,
  fakeJob,
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
  services.pins = HOSTILE.map((path) => ({ path: path as RelPath, by: path, at: FAKE_NOW }));
  const task = { kind: 'evict', by: 'hand', project: parseProjectName('demo'), prefix: HOSTILE[9] as RelPath } as const;
  const actor = { kind: 'user', id: HOSTILE[0] ?? '' } as const;
  const sentence = HOSTILE.join(' ');
  const progress = { stage: sentence, items: { done: 1, total: 2 }, bytes: { done: 1, total: 2 } };
  const failures = { count: HOSTILE.length, listed: HOSTILE.map((item) => ({ item, reason: item })) };
  const plan = { items: 99, bytes: 99, listed: HOSTILE.map((item) => ({ item, bytes: 1, reason: item })) };
  services.job(fakeJob('j1', task, { state: 'failed', actor, sentence, failures, plan, retry_of: HOSTILE[1] ?? '' }));
  services.job(fakeJob('j2', task, { state: 'running', actor, progress }));
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
  '/start?project=demo',
  '/nodes',
  '/nodes/node-a',
  '/jobs',
  '/jobs/j1',
  '/jobs/j2',
  '/p/demo/manage',
  '/events',
  '/events?open=3',
  `/events?path=${encodeURIComponent(HOSTILE[1] ?? '')}`,
  '/p/demo/files?open=dir',
  '/p/demo/files?path=dir',
  ...HOSTILE.map((name) => `/p/demo/file?path=${encodeURIComponent(`dir/${name}`)}`),
  ...HOSTILE.map((name) => `/p/demo/files?path=${encodeURIComponent(name)}&open=${encodeURIComponent(name)}`),
];

/** Pages that do not change by themselves. */
const stillAddresses = ['/find?q=0', ...HOSTILE.map((name) => `/find?q=${encodeURIComponent(`dir/${name}`)}`)];

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
  test.each([...addresses, ...stillAddresses])('are only text on %s', async (address) => {
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

  test('are only text among the answers of the palette', async () => {
    const pages = openPages(hostileServices());
    for (const address of stillAddresses)
      expectHarmless(await (await pages.get(address, { 'datastar-request': 'true' })).text());
  });

  test('a path with line ends comes back exactly: a carriage return is a character reference', async () => {
    const html = await openPages(hostileServices()).html('/p/demo/files?path=dir');
    expect(html).toContain('data-path="dir/cr&#13;data: fragments &lt;b&gt;&#13;&#13;.txt"');
  });

  test('a name that reverses the reading direction shows the character that would', async () => {
    const html = await openPages(hostileServices()).html('/p/demo/files?path=dir');
    expect(html).toContain('title="U+202E right-to-left override">U+202E</span>');
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
