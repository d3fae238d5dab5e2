// The screens of nodes on a fake server: what they say in every state, and what their forms ask for. Hostile names are in
// pages.test.tsx, together with those of the other screens.
import { describe, expect, test } from 'vitest';
import { parseNodeId, parseProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import type { NodeSummary, NodeWorkspace } from './context.ts';
import { FakeServices, fakeNode, fakeNodeSummary, fakeQuestion, fakeWorkspace } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

function servicesWith(...nodes: readonly NodeSummary[]): FakeServices {
  const services = new FakeServices();
  services.project('demo');
  for (const node of nodes) services.node(node);
  return services;
}

const one = (change: Partial<NodeWorkspace> = {}, node: Partial<NodeSummary> = {}) =>
  servicesWith(fakeNodeSummary('node-a', { workspaces: [fakeWorkspace('demo', change)], ...node }));

/** The text of a page, as a reader gets it. */
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ');
const fragmentsOf = async (answer: Response) =>
  readEvents(await answer.text()).map((event) => fieldsOf(event).fragments ?? '');
const SCRIPT = { 'datastar-request': 'true' };

describe('the list of nodes', () => {
  test('says of each node how it is, which agent it is, and what its workspaces wait for', async () => {
    const services = one({
      state: 'syncing',
      sentence: 'Syncing: 12 to send.',
      pendingUp: 12,
      prefix: 'docs/en' as RelPath,
      mode: 'receive',
      lag: { kind: 'behind', commits: 3, since: 0 },
      progress: {
        up: { done: 3, total: 15, bytesDone: 500, bytesTotal: 2000, bytesPerSecond: 100, etaMs: 15_000 },
        down: { done: 0, total: 0, bytesDone: 0, bytesTotal: 0, bytesPerSecond: 0, etaMs: null },
      },
    });
    const html = await openPages(services).html('/nodes');
    const text = textOf(html);
    expect(text).toContain('on node-a.example version 0.1.0 started');
    expect(text).toContain('Syncing: 12 to send.');
    expect(text).toMatch(/To send 12 To fetch 0/);
    expect(text).toContain('is 3 commits behind');
    expect(text).toContain('only receives from the node’s configuration');
    expect(text).toMatch(/Sends 3\/15 500 B of 2\.0 kB 100 B\/s 15 s left/);
    expect(text).not.toContain('Fetches');
    expect(html).toContain('href="/p/demo/files?path=docs%2Fen"');
    expect(html).toContain('href="/nodes/node-a"');
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
});

describe('what a workspace asks', () => {
  const asking = (change: Partial<NodeWorkspace> = {}) =>
    one({
      question: fakeQuestion('q-1'),
      state: 'blocked',
      sentence: '30 of 40 files are gone from this directory.',
      ...change,
    });

  test('shows how many, which, and what each answer does, before it is given', async () => {
    const text = textOf(await openPages(asking()).html('/nodes'));
    expect(text).toContain('reports/a.csv reports/b.csv and 28 more');
    expect(text).toContain(
      'Allow 30 deletions 30 of 40 files are deleted from demo, and so from every node that holds it.',
    );
    expect(text).toContain('Restore 30 files They come back to this directory on node-a.');
  });

  test('each answer names its question and the answer that was seen', async () => {
    const services = asking({ answer: 'allow' });
    const pages = openPages(services);
    const html = await pages.html('/nodes/node-a');
    expect(html).toContain('<input type="hidden" name="question" value="q-1"/>');
    expect(html).toContain('<input type="hidden" name="seen" value="allow"/>');
    expect(textOf(html)).toContain('Answered: allowed. node-a is about to act on it.');
    expect(html).not.toContain('Allow 30');
    services.outcomes.answer = { kind: 'answered', question: fakeQuestion('q-1') };
    const answer = await pages.post('/nodes/node-a/answer', { question: 'q-1', seen: 'allow', answer: 'restore' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/nodes/node-a?said=answered']);
    expect(services.asked).toEqual([
      ['answer', 'admin', parseNodeId('node-a'), { question: 'q-1', answer: 'restore', seen: 'allow' }],
    ]);
  });

  test('changes in a workspace that only receives are not offered to be allowed', async () => {
    const services = asking({ question: fakeQuestion('q-1', { kind: 'local-changes', count: 1 }) });
    const html = await openPages(services).html('/nodes');
    expect(html).not.toContain('value="allow"');
    expect(textOf(html)).toContain('Restore 1 path');
  });

  test('the project’s row asks too, and leads to the node', async () => {
    const services = servicesWith();
    services.project('demo', { nodes: [fakeNode('node-a', { question: fakeQuestion('q-1'), state: 'blocked' })] });
    const html = await openPages(services).html('/projects');
    expect(textOf(html)).toContain('30 of 40 files are gone from this directory. Answer on node-a');
    expect(html).toContain('<a class="button" href="/nodes/node-a">');
  });
});

describe('what forms ask for', () => {
  test('an answer to a question that is gone says so, in the page and to the script', async () => {
    const services = one();
    const pages = openPages(services);
    const fields = { question: 'q-0', answer: 'allow' };
    const plain = await pages.post('/nodes/node-a/answer', fields);
    expect(plain.headers.get('location')).toBe('/nodes/node-a?said=question-gone');
    expect(textOf(await pages.html('/nodes/node-a?said=question-gone'))).toContain('that question is gone');
    const scripted = await pages.post('/nodes/node-a/answer', fields, SCRIPT);
    expect(scripted.status).toBe(409);
    expect(await fragmentsOf(scripted)).toEqual([expect.stringMatching(/^<div[^>]* id="said" role="alert">.*is gone/)]);
  });

  test('an address can put none but our own words on the screen', async () => {
    const html = await openPages(one()).html('/nodes?said=%3Cb%3EYou+won&x=toString');
    expect(html).not.toContain('You won');
    expect(await openPages(one()).html('/nodes?said=toString')).toContain(
      '<div data-star-ignore="" id="said" role="status"></div>',
    );
  });

  test('a limit that nobody set says what the configuration of the node makes it, and each field its unit and least', async () => {
    const limits = {
      limits: { open_files: 64 },
      configuredLimits: { up_bytes_per_s: 500_000, memory_bytes: 96_000_000 },
    };
    const text = textOf(await openPages(one({}, limits)).html('/nodes/node-a'));
    expect(text).toContain(
      'Upload 500 kB/s, as configured Download no limit, as configured Memory 96.0 MB, as configured Open files 64',
    );
    for (const label of ['Upload in MB/s, at least 0.001', 'Memory in MB, at least 8.4', 'Open files at least 4']) {
      expect(text).toContain(label);
    }
  });

  test('limits are typed in MB/s and MB, and go along with the values that the form was filled from', async () => {
    const services = one({}, { limits: { up_bytes_per_s: 2_500_000 } });
    const pages = openPages(services);
    const html = await pages.html('/nodes/node-a');
    expect(html).toMatch(/name="up_bytes_per_s" value="2\.5"/);
    expect(html).toContain('name="seen_up_bytes_per_s" value="2500000"');
    expect(textOf(html)).toContain('Upload 2.5 MB/s Download as configured');
    services.outcomes.changeLimits = { kind: 'limits-changed', limits: { memory_bytes: 256_000_000 } };
    const fields = { up_bytes_per_s: '', seen_up_bytes_per_s: '2500000', memory_bytes: ' 256 ', open_files: '64' };
    const answer = await pages.post('/nodes/node-a/limits', fields, SCRIPT);
    expect(services.asked[0]?.slice(3)).toEqual([
      [
        { field: 'up_bytes_per_s', seen: 2_500_000, to: undefined },
        { field: 'down_bytes_per_s', seen: undefined, to: undefined },
        { field: 'memory_bytes', seen: undefined, to: 256_000_000 },
        { field: 'open_files', seen: undefined, to: 64 },
      ],
    ]);
    const [said, form] = await fragmentsOf(answer);
    expect(said).toContain('The limits were changed.');
    expect(form).toContain('name="seen_memory_bytes" value="256000000"');
  });

  test.each([
    ['up_bytes_per_s', 'fast', 'Upload is "fast": give MB/s, at least 0.001, such as 12.5'],
    ['down_bytes_per_s', '0', 'Download is "0": give MB/s'],
    ['memory_bytes', '-5', 'Memory is "-5": give MB, at least 8.4'],
    ['memory_bytes', '8.3', 'Memory is "8.3": give MB, at least 8.4'],
    ['up_bytes_per_s', '0.0001', 'Upload is "0.0001": give MB/s, at least 0.001'],
    ['open_files', '1.5', 'Open files is "1.5": give a whole number from 4'],
    ['open_files', '3', 'Open files is "3": give a whole number from 4'],
    ['open_files', '1e9', 'Open files is "1e9": give a whole number from 4'],
  ])('a limit that is none is named with its value and its rule: %s = %s', async (field, value, message) => {
    const services = one();
    const pages = openPages(services);
    const plain = await pages.post('/nodes/node-a/limits', { [field]: value });
    expect(plain.status).toBe(422);
    const html = await plain.text();
    expect(textOf(html)).toContain(message);
    expect(html).toContain(`name="${field}" value="${value}"`);
    const scripted = await pages.post('/nodes/node-a/limits', { [field]: value }, SCRIPT);
    expect(textOf((await fragmentsOf(scripted))[1] ?? '')).toContain(message);
    expect(services.asked).toEqual([]);
  });

  test('who would overwrite a limit that was changed meanwhile sees both, and nothing is lost', async () => {
    const services = one();
    services.outcomes.changeLimits = {
      kind: 'limits-moved',
      limits: { up_bytes_per_s: 9_000_000, open_files: 5 },
      fields: ['up_bytes_per_s'],
    };
    const fields = { up_bytes_per_s: '3', memory_bytes: '70' };
    const answer = await openPages(services).post('/nodes/node-a/limits', fields, SCRIPT);
    const [said, form = ''] = await fragmentsOf(answer);
    expect(said).toContain('somebody else has changed the marked limits');
    expect(textOf(form)).toContain('Meanwhile somebody has set this to: 9.0 MB/s.');
    expect(form).toMatch(/name="up_bytes_per_s" value="3"/);
    expect(form).toContain('name="seen_up_bytes_per_s" value="9000000"');
    expect(form).toMatch(/name="memory_bytes" value="70"/);
    expect(form).toMatch(/name="open_files" value="5"/);
  });

  test('an assignment is asked for as it was typed, a directory that was left empty is the project’s name', async () => {
    const services = one();
    const pages = openPages(services);
    const fields = { project: 'demo', prefix: '/docs/en/', root: '', mode: 'receive', idle_hours: '1.5' };
    const answer = await pages.post('/nodes/node-a/assign', fields);
    expect(answer.headers.get('location')).toBe('/nodes/node-a?said=assigned');
    const asked = { project: 'demo', prefix: 'docs/en', root: 'demo', mode: 'receive', idle_remove_ms: 5_400_000 };
    expect(services.asked).toEqual([['assign', 'admin', 'node-a', asked]]);
  });

  test.each([
    [{ project: 'nothing' }, 'Project is "nothing": choose one of those that there are.'],
    [{ project: 'demo', prefix: 'a/../b' }, 'Sub-path is "a/../b": '],
    [{ project: 'demo', root: 'a/../b' }, 'Directory is "a/../b": it has a ".." segment'],
    [{ project: 'demo', root: 'a\u0007b' }, 'it has a control character'],
    [{ project: 'demo', root: '/' }, 'the whole disk cannot be a workspace'],
    [{ project: 'demo', mode: 'sideways' }, 'Direction is "sideways": choose one of two-way, receive, send.'],
    [{ project: 'demo', idle_hours: 'soon' }, 'Idle removal is "soon": give hours above 0'],
  ])('an assignment that cannot be is named with its value and its rule: %j', async (fields, message) => {
    const services = one();
    const answer = await openPages(services).post('/nodes/node-a/assign', fields);
    expect(answer.status).toBe(422);
    expect(textOf(await answer.text())).toContain(message);
    expect(services.asked).toEqual([]);
  });

  test('a look anew and a removal name what they are about; what the configuration names cannot be removed here', async () => {
    const services = one({
      from: 'server',
      rescanAskedAt: '2026-06-01T11:00:00.000Z',
      prefix: 'docs' as RelPath,
      root: '/w/x',
      assigned: { project: fakeWorkspace('demo').project, prefix: 'docs' as RelPath, root: 'x' },
    });
    const pages = openPages(services);
    const html = await pages.html('/nodes/node-a');
    expect(html).toContain('name="seen" value="2026-06-01T11:00:00.000Z"');
    expect(html).toContain('name="root" value="x"');
    await pages.post('/nodes/node-a/rescan', { project: 'demo', seen: '2026-06-01T11:00:00.000Z' });
    await pages.post('/nodes/node-a/unassign', { project: 'demo', prefix: 'docs', root: 'x' });
    expect(services.asked.map(([name, , , asked]) => [name, asked])).toEqual([
      ['rescan', { project: 'demo', seen: '2026-06-01T11:00:00.000Z' }],
      ['unassign', { project: 'demo', prefix: 'docs', root: 'x' }],
    ]);
    expect(await openPages(one()).html('/nodes/node-a')).not.toContain('/unassign"');
  });

  test('what the configuration names and the server assigns as well says so, and its assignment can be ended', async () => {
    const assigned = { project: parseProjectName('demo'), root: 'demo' };
    const html = await openPages(one({ from: 'configuration', assigned })).html('/nodes/node-a');
    expect(textOf(html)).toContain('assigned, and from the node’s configuration, which says how it is run');
    expect(textOf(html)).toContain('End assignment');
    expect(html).toContain('name="root" value="demo"');
  });

  test.each(['answer', 'rescan', 'unassign'])('%s of nothing that can be meant changes nothing', async (action) => {
    const services = one();
    const fields = { question: '', answer: 'maybe', project: 'NO SLUG', prefix: '../x', root: '' };
    const answer = await openPages(services).post(`/nodes/node-a/${action}`, fields);
    expect(answer.headers.get('location')).toBe('/nodes/node-a?said=invalid');
    expect(services.asked).toEqual([]);
  });

  test('a node that is gone can be forgotten, one that lives is not offered to be', async () => {
    const services = new FakeServices();
    services.node(fakeNodeSummary('node-a', { state: 'offline' }));
    services.node(fakeNodeSummary('node-b', { state: 'blocked' }));
    const pages = openPages(services);
    expect(await pages.html('/nodes/node-a')).toContain('Forget this node');
    expect(await pages.html('/nodes/node-b')).not.toContain('Forget this node');
    const done = await pages.post('/nodes/node-a/forget', {});
    expect(done.headers.get('location')).toBe('/nodes?said=forgotten');
    services.outcomes.forget = { kind: 'node-lives' };
    const refused = await pages.post('/nodes/node-b/forget', {});
    expect(refused.headers.get('location')).toBe('/nodes/node-b?said=node-lives');
    expect(textOf(await pages.html('/nodes/node-b?said=node-lives'))).toContain('the node lives. Stop its agent first');
    expect(services.asked).toEqual([
      ['forget', 'admin', 'node-a'],
      ['forget', 'admin', 'node-b'],
    ]);
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

  test.each(['answer', 'rescan', 'unassign', 'limits', 'assign', 'forget'])(
    '%s is refused from another site, without a session, and by GET',
    async (action) => {
      const services = one();
      const pages = openPages(services);
      const path = `/nodes/node-a/${action}`;
      expect((await pages.post(path, { project: 'demo' }, { origin: 'https://evil.example' })).status).toBe(403);
      expect((await pages.post(path, { project: 'demo' }, { cookie: '' })).headers.get('location')).toBe('/sign-in');
      expect((await pages.post(path, { project: 'demo' }, { cookie: '', ...SCRIPT })).status).toBe(401);
      expect((await pages.get(path)).status).toBe(404);
      expect(services.asked).toEqual([]);
    },
  );

  test('a storage that does not answer is said, and whether it was done is not claimed', async () => {
    const services = one();
    services.failure = new StoreUnavailableError('hot', 'no answer from NATS');
    const answer = await openPages(services).post(
      '/nodes/node-a/rescan',
      { project: 'demo' },
      { accept: '*/*', ...SCRIPT },
    );
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('no answer from NATS');
  });

  test('a form larger than any of ours is not read', async () => {
    const answer = await openPages(one()).post('/nodes/node-a/assign', { root: 'x'.repeat(70_000) });
    expect(answer.status).toBe(413);
  });
});

describe('live nodes', () => {
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
    services.node(
      fakeNodeSummary('node-a', { workspaces: [fakeWorkspace('demo', { question: fakeQuestion('q-1') })] }),
    );
    const patches = readEvents(new TextDecoder().decode((await second)?.value)).map(fieldsOf);
    expect(patches).toHaveLength(1);
    expect(patches[0]?.fragments).toMatch(/^<section[^>]* id="w-[0-9a-f]{16}"/);
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
});
