// Why something is not in sync, on a fake server: the sentence and the button for what is worst, each node's should against
// its has, narrowed to a path or a node; and what is handed on to whoever helps.
import { expect, test } from 'vitest';
import { fakeSha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { fakeNodeSummary, fakeQuestion, fakeWorkspace } from './testing/fake-nodes.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { openPages } from './testing/open-pages.ts';
import { readEvents } from './testing/sse-reader.ts';

const textOf = (html: string) =>
  html
    .replace(/<script[\s\S]*?<\/script>|<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replace(/\s+/g, ' ')
    .replace(/ ([,;.])/g, '$1');
const partOf = (html: string, id: string) =>
  textOf(html.slice(html.indexOf(`id="${id}"`)).split('</section>')[0] ?? '');
const open = () => {
  const services = new FakeServices();
  services.put('demo', { path: 'docs/a.txt', content: 'a' });
  services.node(fakeNodeSummary('node-a', { workspaces: [fakeWorkspace('demo', { lookedAt: FAKE_NOW })] }));
  return { services, pages: openPages(services) };
};
const missing = (path: string) => ({
  path,
  code: 'object-missing' as const,
  reason: 'Its bytes are only in cold.',
  since: new Date(FAKE_NOW).toISOString(),
});
const waiting = fakeWorkspace('demo', {
  state: 'waiting',
  skipped: 3,
  sentence: '3 paths of the project wait to come here.',
  pendingDown: 3,
  problems: [missing('docs/a.txt')],
  problemCount: 3,
  lastTryAt: FAKE_NOW - 5_000,
  nextTryAt: FAKE_NOW + 20_000,
  base: fakeSha('older'),
  lag: { kind: 'behind', current: fakeSha('current'), commits: 2, since: FAKE_NOW - 60_000 },
});

test('where all is well it says so, since when that is verified, and offers nothing to mend', async () => {
  const { pages } = open();
  const html = await pages.html('/p/demo/why');
  expect(partOf(html, 'why-verdict')).toMatch(/In sync on node-a, verified 1 Jun 2026, 12:00/);
  expect(html).not.toContain('button-primary');
  expect((await pages.get('/p/nothing/why')).status).toBe(404);
  expect((await pages.get('/p/demo/why?path=..%2Fx')).status).toBe(404);
  expect(await pages.html('/projects')).toContain('href="/p/demo/why"');
});

test('the worst comes first, with its cause, the last and the next try, and one button that mends it', async () => {
  const { services, pages } = open();
  services.node(fakeNodeSummary('node-b', { workspaces: [waiting] }));
  const html = await pages.html('/p/demo/why');
  expect(partOf(html, 'why-verdict')).toMatch(
    /node-b waits for 3 paths\. docs\/a\.txt: Its bytes are only in cold\. Tried .*, next try 1 Jun 2026, 12:00.* Repair/,
  );
  expect([...html.matchAll(/data-node="([^"]*)"/g)].map(([, node]) => node)).toEqual(['node-b', 'node-a']);
  expect(html.match(/button-primary/g)).toHaveLength(1);
  await pages.post('/p/demo/manage', { start: 'repair', prefix: '' });
  expect(services.asked.at(-1)?.slice(2, 3)).toEqual([{ kind: 'repair', project: 'demo' }]);

  services.coldAway = true;
  const retry = await pages.html('/p/demo/why');
  expect(partOf(retry, 'why-verdict')).toContain('Retry now');
  expect(retry).toContain('action="/p/demo/resync"');
});

test('of a path it says when that one is tried again, whatever else the node tries before', async () => {
  const { services, pages } = open();
  const unreadable = {
    path: 'docs/a.txt',
    code: 'unreadable' as const,
    reason: 'The agent may not read it.',
    since: new Date(FAKE_NOW).toISOString(),
    next_try: new Date(FAKE_NOW + 3_600_000).toISOString(),
  };
  const told = { state: 'skipping', skipped: 2, sentence: 'In sync, 2 skipped.', problemCount: 2 } as const;
  const nextTryAt = FAKE_NOW + 20_000;
  services.node(
    fakeNodeSummary('node-b', { workspaces: [fakeWorkspace('demo', { ...told, problems: [unreadable], nextTryAt })] }),
  );
  expect(partOf(await pages.html('/p/demo/why?path=docs%2Fa.txt'), 'why-verdict')).toContain(
    'next try 1 Jun 2026, 13:00',
  );
  expect(partOf(await pages.html('/p/demo/why'), 'why-verdict')).toContain('next try 1 Jun 2026, 12:00');
});

test('a node that was in sync with an earlier commit is not called in sync while it has said nothing of the newest', async () => {
  const { services, pages } = open();
  const { base, lag } = waiting;
  services.node(fakeNodeSummary('node-b', { workspaces: [fakeWorkspace('demo', { base, lag })] }));
  const html = await pages.html('/p/demo/why');
  expect(partOf(html, 'why-verdict')).toContain('node-b has not said yet that it has the newest 2 commits.');
  const row = partOf(html, html.match(/id="(why-w[^"]*)" data-node="node-b"/)?.[1] ?? '');
  expect(row).toContain('is 2 commits behind current');
  expect(row).not.toMatch(/in sync/i);
});

test('of a file it says which version each node has, and only what holds this path up', async () => {
  const { services, pages } = open();
  services.put('demo', { path: 'b.txt', content: 'b' });
  services.node(fakeNodeSummary('node-b', { workspaces: [waiting] }));
  services.node(
    fakeNodeSummary('node-c', { workspaces: [fakeWorkspace('demo', { prefix: 'docs' as RelPath, base: null })] }),
  );
  const rowsOf = async (path: string) => {
    const html = await pages.html(`/p/demo/why?path=${encodeURIComponent(path)}`);
    const rows = html.split('class="panel" id="why-w').slice(1);
    return Object.fromEntries(
      rows.map((row) => [/data-node="([^"]*)"/.exec(row)?.[1], /Has (.*?) On its way/.exec(textOf(row))?.[1]]),
    );
  };
  expect(await rowsOf('docs/a.txt')).toEqual({
    'node-a': 'this version',
    'node-b': 'not known while paths are on their way',
    'node-c': 'not the file',
  });
  services.versions.set(`${fakeSha('older')}\0b.txt`, {
    path: 'b.txt' as RelPath,
    sha: fakeSha('b before'),
    size: 1,
    mode: 420,
    mtime: FAKE_NOW,
  });
  expect(await rowsOf('b.txt')).toEqual({
    'node-a': 'this version',
    'node-b': `an older version, ${fakeSha('b before').slice(0, 8)}`,
  });
  expect(await pages.html('/p/demo/why?path=b.txt&node=node-a')).not.toContain('data-node="node-b"');
});

test('a question is answered from here, and what a new look found is said', async () => {
  const { services, pages } = open();
  const question = fakeQuestion('q1');
  const resync = { asked: new Date(FAKE_NOW).toISOString(), ended: new Date(FAKE_NOW).toISOString(), found: 2 };
  services.node(
    fakeNodeSummary('node-b', { workspaces: [fakeWorkspace('demo', { state: 'blocked', question, resync })] }),
  );
  const html = await pages.html('/p/demo/why');
  expect(partOf(html, 'why-verdict')).toMatch(/whether 30 of 40 files are to be deleted\. Restore 30 files Or allow…/);
  expect(textOf(html)).toMatch(/asked .*, found 2 paths/);
  await pages.post('/nodes/node-b/answer', { question: 'q1', answer: 'restore', seen: '' });
  expect(services.asked.at(-1)).toEqual(['answer', FAKE_ADMIN, 'node-b', { question: 'q1', answer: 'restore' }]);
});

test('diagnostics have all that the page knows, as a download too; hostile names stay text', async () => {
  const { services, pages } = open();
  const evil = '</pre><img src=x onerror=alert(1)>\u202e\u{e0041}';
  services.node(
    fakeNodeSummary('node-b', {
      workspaces: [{ ...waiting, problems: [missing(evil)], sentence: evil }],
    }),
  );
  const html = await pages.html('/p/demo/why');
  expect(html).not.toContain('<img');
  const shown = /<pre id="why-record"[^>]*>([^<]*)/.exec(html)?.[1]?.replaceAll('&quot;', '"') ?? '';
  expect(shown).toContain('alert(1)&gt;\\u202e\\udb40\\udc41');
  expect(JSON.parse(shown)).toMatchObject({ project: 'demo', nodes: [{ node: 'node-b' }, { node: 'node-a' }] });
  const answer = await pages.get('/p/demo/why/diagnostics');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="why-demo.json"');
  expect(await answer.json()).toMatchObject({
    project: 'demo',
    why: expect.stringContaining('node-b waits for 3 paths'),
    nodes: [
      { node: 'node-b', to_fetch: 3, next_try: '2026-06-01T12:00:20.000Z' },
      { node: 'node-a', state: 'in-sync', looked: '2026-06-01T12:00:00.000Z' },
    ],
  });
});

test('it is live: what changes on a node changes the sentence', async () => {
  const { services, pages } = open();
  const stream = (await pages.get('/p/demo/why/live')).body?.getReader();
  services.node(fakeNodeSummary('node-a', { workspaces: [waiting] }));
  let text = '';
  while (!text.includes('node-a waits for 3 paths')) text += new TextDecoder().decode((await stream?.read())?.value);
  expect(readEvents(text).map(({ type }) => type)).toContain('datastar-merge-fragments');
  await stream?.cancel();
});
