// Names that would do something in a browser, on every page and in every patch: they are only text.
import { describe, expect, test } from 'vitest';
import { fakeFile } from '../core/manifest/tree.fakes.ts';
import { fakeSha, parseProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { fakeEvent, oneOfEach } from './testing/fake-events.ts';
import { fakeCommit } from './testing/fake-history.ts';
import { fakeJob } from './testing/fake-jobs.ts';
import { fakeNode, fakeNodeSummary, fakeQuestion, fakeWorkspace } from './testing/fake-nodes.ts';
import { FakeServices } from './testing/fake-services.ts';
import { fakeShare } from './testing/fake-shares.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { fakeApiToken } from './testing/fake-tokens.ts';
import { fakeDelivery, fakeWebhook } from './testing/fake-webhooks.ts';
import { appFor, openPages } from './testing/open-pages.ts';
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
  services.history.list = HOSTILE.map((name, i) =>
    fakeCommit(`commit ${i}`, {
      actor: { kind: 'user', id: name },
      message: name,
      conflicts: [{ path: name as RelPath, kept: `${name}.kept` as RelPath }],
    }),
  );
  services.history.directories.add('dir');
  services.history.differences = HOSTILE.map((name) => ({ kind: 'added', entry: fakeFile(`dir/${name}`) }));
  services.history.versionList = services.history.list.map((commit) => ({ commit, made: { kind: 'gone' } }));
  services.madeShares = HOSTILE.map((name, i) =>
    fakeShare(`${i}f`, {
      scope: { project: parseProjectName('demo'), kind: 'file', path: `dir/${name}` as RelPath },
      by: name,
    }),
  );
  services.madeTokens = HOSTILE.map((name, i) => fakeApiToken(`${i}f`, { name, by: name }));
  services.webhooks.made = HOSTILE.map((name, i) =>
    fakeWebhook(`${i}f`, {
      name,
      by: name,
      filter: { prefix: `dir/${name}` as RelPath },
      state: 'disabled',
      disabled: { at: FAKE_NOW, reason: name },
    }),
  );
  services.webhooks.log = HOSTILE.map((name, i) =>
    fakeDelivery(i + 1, {
      attempts: [{ ts: new Date(FAKE_NOW).toISOString(), ms: 1, error: name, answer: name }],
      body: JSON.stringify({ type: name }),
    }),
  );
  for (const name of HOSTILE) {
    const project = parseProjectName('demo');
    const scope = { project, path: name, node: name, job: name, share: name, token: name };
    services.audit.note({ actor: { kind: 'user', id: name }, action: 'job.start', scope, asked: name, outcome: name });
  }
  services.shownServer = {
    version: '0.1.0',
    startedAt: FAKE_NOW,
    groups: [{ word: 'Names', settings: HOSTILE.map((value) => ({ name: 'PORT', value, about: 'where it is' })) }],
    schedules: [],
    checks: HOSTILE.map((detail) => ({ name: 'cold', ok: false, detail })),
  };
  return services;
}

const everyName = (path: string) => HOSTILE.map((name) => path + encodeURIComponent(name));
const [newest, older] = [0, 1].map((i) => fakeSha(`commit ${i}`));

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
  ...everyName('/p/demo/file?path=dir/'),
  ...HOSTILE.map((name) => `/p/demo/files?path=${encodeURIComponent(name)}&open=${encodeURIComponent(name)}`),
  ...everyName('/p/demo/files?q='),
  '/p/demo/history',
  '/p/demo/history?path=dir',
  ...everyName('/p/demo/history?path=dir/'),
  `/p/demo/history/${newest}`,
  `/p/demo/diff?from=${older}&to=${newest}`,
  `/p/demo/restore?to=${newest}`,
  '/p/demo/why',
  '/p/demo/why?node=node-a',
  ...everyName('/p/demo/why?path=dir/'),
  ...everyName('/events?actor='),
  '/metrics-view',
  '/settings',
  '/audit',
  '/audit?open=1',
  ...everyName('/audit?actor='),
  '/shares',
  `/shares/${fakeShare('0f').id}`,
  '/settings/tokens',
  `/settings/tokens/${fakeApiToken('0f').id}`,
  '/settings/webhooks',
  ...HOSTILE.map((_, i) => `/settings/webhooks/${fakeWebhook(`${i}f`).id}?open=${i + 1}`),
];

/** Pages that do not change by themselves. */
const stillAddresses = [
  '/find?q=0',
  ...everyName('/find?q=dir/'),
  ...everyName('/sign-in?next=/'),
  ...everyName('/p/demo/share?path=dir/'),
  ...everyName('/p/demo/add?path=dir/'),
  '/settings/webhooks/new',
  ...HOSTILE.map((_, i) => `/settings/webhooks/${fakeWebhook(`${i}f`).id}/edit`),
];

/** Not pages of names: they lead on, or send bytes that are under a policy of their own. */
const NO_PAGES = [
  '/assets/*',
  '/favicon.ico',
  '/',
  '/files',
  '/p/:project',
  '/p/:project/go',
  '/p/:project/download',
  '/p/:project/preview',
  '/p/:project/text',
  '/p/:project/why/diagnostics',
  '/metrics-view/events',
  '/settings/policies/:project',
  '/settings/tokens/new',
  '/settings/webhooks/schema.json',
  '/audit/export',
  '/s/:token',
  '/s/:token/file',
  '/s/:token/zip',
];

function expectHarmless(html: string): void {
  const expressions = [...html.matchAll(EXPRESSION)].map(([, name, value]) => `${name}=${value}`);
  expect(expressions.filter((expression) => !OURS.has(expression))).toEqual([]);
  // A name is escaped in text and in attributes alike, so a tag that is one here is one in the browser.
  const tags = html.match(/<[a-z!/][^>]*>/gi) ?? [];
  const bare = tags.map((tag) => tag.replace(/"[^"]*"/g, '""'));
  expect(bare.filter((tag) => /\son\w+\s*=|'|`|^<(b>|textarea\b)|src=x/i.test(tag))).toEqual([]);
  const scripts = tags.filter((tag) => /^<script/i.test(tag));
  const foreign = scripts.filter((tag) => !/^<script type="module" src="\/assets\/[a-z]+-[0-9a-f]{8}\.js">$/.test(tag));
  expect(foreign).toEqual([]);
  expect(scripts.length > 0).toBe(html.includes('<html'));
  const text = html.replace(/<[^>]*>/g, '');
  expect(text.match(/[\r\u200b-\u200f\u202a-\u202e\u2066-\u2069]/gu) ?? []).toEqual([]);
  expect(html.includes('\r')).toBe(false);
}

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

  test('are tried on every page and in every stream that there is', () => {
    const tried = [
      ...[...addresses, ...stillAddresses].map((address) => address.split('?')[0] ?? ''),
      ...addresses.map((address) => `${address.split('?')[0]}/live`),
    ];
    const pages = appFor(new FakeServices()).routes.filter(({ method }) => method === 'GET');
    const untried = pages
      .map(({ path }) => path)
      .filter((path) => !NO_PAGES.includes(path))
      .filter((path) => !tried.some((one) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`).test(one)));
    expect([...new Set(untried)]).toEqual([]);
  });

  test('are only text among the answers of the palette', async () => {
    const pages = openPages(hostileServices());
    for (const address of everyName('/find?q=dir/'))
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
