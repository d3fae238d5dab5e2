// The list of nodes and the page of one on a fake server: what they say in every state, and how they follow it. Hostile
// names are in hostile-names.test.tsx, together with those of the other screens.
import { expect, test } from 'vitest';
import { UNASKED } from '../core/model/delete-threshold.ts';
import { fakeSha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { fakeNodeSummary, fakeQuestion, fakeWorkspace } from './testing/fake-nodes.ts';
import { FakeServices } from './testing/fake-services.ts';
import { one, servicesWith, textOf } from './testing/node-pages.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

test('says of each node how it is, which agent it is, and what its workspaces wait for', async () => {
  const services = one({
    state: 'syncing',
    sentence: 'Syncing: 12 to send.',
    pendingUp: 12,
    prefix: 'docs/en' as RelPath,
    mode: 'receive',
    lag: { kind: 'behind', current: fakeSha('current'), commits: 3, since: 0 },
    progress: {
      up: { done: 3, total: 15, bytesDone: 500, bytesTotal: 2000, bytesPerSecond: 100, etaMs: 15_000 },
      down: { done: 0, total: 0, bytesDone: 0, bytesTotal: 0, bytesPerSecond: 0, etaMs: null },
    },
  });
  const html = await openPages(services).html('/nodes');
  const text = textOf(html);
  expect(text).toContain('on node-a.example version 0.1.0 started');
  expect(text).toContain('Syncing: 12 to send.');
  expect(text).toMatch(/Lag 3 events Oldest waits .* To send 12 To fetch 0 Caught up in 15 s Problems 0 Last seen now/);
  expect(text).toContain(`is 3 commits behind current ${fakeSha('current').slice(0, 8)}`);
  expect(text).toContain('only receives from the node’s configuration');
  expect(text).toMatch(/Sends 3\/15 500 B of 2\.0 kB 100 B\/s 15 s left/);
  expect(text).not.toContain('Fetches');
  expect(html).toContain('href="/p/demo/files?path=docs%2Fen"');
  expect(html).toContain('href="/nodes/node-a"');
});

test('what the word of its state says is not said again by the sentence of a workspace', async () => {
  const ignored = '1 path of the project is ignored here.';
  for (const [sentence, text] of [
    ['In sync.', 'demo In sync Why'],
    [`In sync. ${ignored}`, `demo In sync ${ignored} Why`],
  ] as const) {
    const pages = openPages(one({ state: 'in-sync', sentence }));
    expect(textOf(await pages.html('/nodes'))).toContain(text);
  }
});

test('the headline counts each node once, under the word that stands on it', async () => {
  const states = ['blocked', 'live', 'skipping', 'offline', 'unheard', 'left', 'never'] as const;
  const all = servicesWith(...states.map((state) => fakeNodeSummary(`n-${state}`, { state })));
  expect(textOf(await openPages(all).html('/nodes'))).toContain(
    '7 nodes · 2 live · 1 blocked · 1 offline · 1 not heard of · 1 stopped · 1 not seen yet ',
  );
  const two = servicesWith(fakeNodeSummary('a', { state: 'blocked' }), fakeNodeSummary('b'));
  expect(textOf(await openPages(two).html('/nodes'))).toContain('2 nodes · 1 live · 1 blocked ');
});

test('a server that has just started says so; one that knows of none says how to start one', async () => {
  const services = servicesWith();
  expect(textOf(await openPages(services).html('/nodes'))).toContain('No nodes yet');
  services.heardOfNodes = false;
  const text = textOf(await openPages(services).html('/nodes'));
  expect(text).toContain('Listening for nodes');
  expect(text).not.toContain('No nodes yet');
});

test('of many nodes and workspaces the first are shown, and the others are found by name', async () => {
  const many = Array.from({ length: 120 }, (_, i) => fakeNodeSummary(`n-${i}`));
  const big = Array.from({ length: 9 }, (_, i) => fakeWorkspace('demo', { root: `/w/${i}` }));
  const services = servicesWith(fakeNodeSummary('big', { workspaces: big }), ...many);
  const html = await openPages(services).html('/nodes');
  expect(html.match(/data-node=/g)).toHaveLength(100);
  expect(textOf(html)).toContain('100 of 121 nodes');
  expect(textOf(html)).toContain('4 more workspaces of big');
  const found = await openPages(services).html('/nodes?name=n-119');
  expect([...found.matchAll(/data-node="([^"]*)"/g)].map(([, name]) => name)).toEqual(['n-119']);
  expect(textOf(await openPages(services).html('/nodes?name=%3Cb%3E'))).toContain('No node matches');
});

test('problems beyond the shown are counted; what a project cannot hold leads to its folder', async () => {
  const since = new Date(0).toISOString();
  const problems = Array.from({ length: 5 }, (_, i) => ({
    path: `dir/p${i}`,
    code: i === 0 ? ('symlink' as const) : ('unreadable' as const),
    reason: 'Why.',
    since,
    ...(i === 1 && { next_try: new Date(5_000).toISOString() }),
  }));
  const services = one({
    problems: [...problems, { path: '../up', code: 'bad-name', reason: 'Why.', since }],
    problemCount: 250,
  });
  const list = await openPages(services).html('/nodes');
  expect(list.match(/data-problem=/g)).toHaveLength(3);
  const all = /href="(\/nodes\/node-a\?workspace=w-[0-9a-f]{16})">Show all 6/.exec(list)?.[1] ?? '';
  const detail = await openPages(services).html(all);
  expect(detail.match(/data-problem=/g)).toHaveLength(6);
  expect(textOf(detail)).toContain('and 244 more, which the node only counts');
  expect(detail).toContain('Symbolic link');
  expect(detail).toContain('href="/p/demo/files?path=dir"');
  expect(detail).toContain('href="/p/demo/file?path=dir%2Fp1"');
  expect(detail).not.toContain('..%2Fup');
  expect(textOf(detail).match(/Why\. Next try 1 Jan 1970, 00:00/g)).toHaveLength(1);
});

test('what may be deleted without a question is said where it is not as everywhere', async () => {
  const deleteThreshold = { files: 200, files_a_day: 1_000, share: 0.8 };
  const said = 'It asks about deletions of more than 200 files within ten minutes, or 1,000 within a day';
  expect(textOf(await openPages(one({ deleteThreshold })).html('/nodes/node-a'))).toContain(said);
  expect(textOf(await openPages(one()).html('/nodes/node-a'))).not.toContain('about deletions');
  const never = textOf(await openPages(one({ deleteThreshold: UNASKED })).html('/nodes/node-a'));
  expect(never).toContain('It never asks about deletions: what goes here, by accident too, goes from the project');
});

test('a node that is called like the stream has its page and its stream', async () => {
  const services = servicesWith(fakeNodeSummary('live'));
  const pages = openPages(services);
  expect(textOf(await pages.html('/nodes/live'))).toContain('All in sync.');
  const streams = ['/nodes/live', '/nodes/live/live'];
  for (const path of streams) {
    const answer = await pages.get(path, { accept: 'text/event-stream' });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    await answer.body?.cancel();
  }
});

test('there is no node of that name', async () => {
  const pages = openPages(servicesWith());
  for (const path of ['/nodes/ghost', '/nodes/No%20Slug']) expect((await pages.get(path)).status).toBe(404);
});

test('a clock that is off is said, on the list and on the page', async () => {
  const services = new FakeServices();
  services.node(fakeNodeSummary('node-a', { clockSkewMs: 120_000 }));
  services.node(fakeNodeSummary('node-b', { clockSkewMs: -3_600_000 }));
  const pages = openPages(services);
  const list = textOf(await pages.html('/nodes'));
  expect(list).toContain('Its clock is 2 min ahead');
  expect(list).toContain('Its clock is 1 h behind');
  expect(textOf(await pages.html('/nodes/node-b'))).toContain('Its clock is 1 h behind');
});

test('a question appears by a patch of its workspace alone, and what is typed in forms is left alone', async () => {
  const services = one();
  const pages = openPages(services);
  const mark = /data-mark="([^"]*)"/.exec(await pages.html('/nodes/node-a'))?.[1] ?? '';
  const answer = await pages.get(`/nodes/node-a/live?have=${encodeURIComponent(mark)}`, {
    accept: 'text/event-stream',
  });
  const reader = answer.body?.getReader();
  await reader?.read();
  const second = reader?.read();
  await new Promise((resolve) => setImmediate(resolve));
  services.node(fakeNodeSummary('node-a', { workspaces: [fakeWorkspace('demo', { question: fakeQuestion('q-1') })] }));
  const patches = readEvents(new TextDecoder().decode((await second)?.value)).map(fieldsOf);
  expect(patches).toHaveLength(1);
  expect(patches[0]?.fragments).toMatch(/^<div[^>]* id="w-[0-9a-f]{16}"/);
  expect(patches[0]?.fragments).toContain('Allow 30 deletions');
  await reader?.cancel();
  expect(services.listeners).toBe(0);
});

test('a page whose node was deleted says so, and shows nothing of it any more', async () => {
  const services = one();
  const pages = openPages(services);
  services.removeNode('node-a');
  const answer = await pages.get('/nodes/node-a/live', { accept: 'text/event-stream' });
  const reader = answer.body?.getReader();
  await reader?.read();
  const patches = readEvents(new TextDecoder().decode((await reader?.read())?.value)).map(fieldsOf);
  expect(patches.map(({ fragments }) => textOf(fragments ?? '').trim())).toEqual([
    expect.stringContaining('There is no node node-a any more'),
    '',
  ]);
  await reader?.cancel();
});

test('a node that is away says since when, what waits for it, and how it is started; what it waits for is not guessed', async () => {
  const services = one(
    {
      state: 'offline',
      pendingDown: 4,
      lag: { kind: 'behind', current: fakeSha('current'), commits: null, since: null },
    },
    { state: 'offline' },
  );
  const pages = openPages(services);
  const list = textOf(await pages.html('/nodes'));
  expect(list).toMatch(/Lag not known how many .* To fetch 4 Caught up in when it is back Problems 0 Last seen \d/);
  const page = await pages.html('/nodes/node-a');
  expect(page).toContain('data-copy="npx fs-sync agent --node node-a --workspace demo=/srv/demo"');
  expect(page).toContain('data-copy="npx fs-sync resync demo --node node-a"');
});

test('the commands of a node name each of its projects once, and no start of what runs', async () => {
  const workspaces = [
    fakeWorkspace('demo', { root: '/a' }),
    fakeWorkspace('demo', { root: '/b' }),
    fakeWorkspace('site'),
  ];
  const html = await openPages(servicesWith(fakeNodeSummary('node-a', { workspaces }))).html('/nodes/node-a');
  expect([...html.matchAll(/data-copy="([^"]*)"/g)].map(([, command]) => command)).toEqual([
    'npx fs-sync resync demo --node node-a',
    'npx fs-sync resync site --node node-a',
  ]);
});
