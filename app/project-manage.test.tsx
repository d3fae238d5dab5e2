// A project's own page on a fake server: its jobs and pins, its name and its end; what the forms ask for, and what they say of
// what cannot be.
import { describe, expect, test } from 'vitest';
import { fakeSha, type ProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { fakeJob } from './testing/fake-jobs.ts';
import { fakeNode } from './testing/fake-nodes.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const SCRIPT = { 'datastar-request': 'true' };
const DEMO = 'demo' as ProjectName;
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replace(/\s+/g, ' ');
const open = () => {
  const services = new FakeServices();
  services.put('demo', { path: 'docs/a.txt', content: 'a' });
  services.put('demo', { path: 'docs/b.txt', content: 'b' });
  return { services, pages: openPages(services) };
};

test('shows how the project stands, what is pinned, and its own jobs', async () => {
  const { services, pages } = open();
  services.pins = [
    { path: '', by: 'ada', at: FAKE_NOW },
    { path: '<img src=x onerror=alert(1)>' as RelPath, by: 'bob', at: FAKE_NOW },
  ];
  services.project('demo', { coldSince: FAKE_NOW });
  services.job(fakeJob('j1', { kind: 'repair', project: DEMO }));
  services.job(fakeJob('j2', { kind: 'repair', project: 'other' as ProjectName }));
  const html = await pages.html('/p/demo/manage');
  const text = textOf(html);
  expect(text).toContain('In sync on 2 nodes');
  expect(text).toMatch(/Pinned in hot all of it by ada/);
  expect(text).toContain('Left hot storage');
  expect(text).not.toContain('compressed');
  services.project('demo', { compressed: { plainBytes: 10_000, storedBytes: 2_600 } });
  expect(textOf(await pages.html('/p/demo/manage'))).toContain('· 10.0 kB compressed to 2.6 kB in cold');
  expect(html).not.toContain('<img');
  expect([...html.matchAll(/data-job="([^"]*)"/g)].map(([, id]) => id)).toEqual(['j1']);
  expect((await pages.get('/p/nothing/manage')).status).toBe(404);
  expect(await pages.html('/projects')).toContain('href="/p/demo/manage"');
});

test('a resync asks the nodes of a project, or one of them, for all of it or for what is below a path', async () => {
  const { services, pages } = open();
  const sent = async (fields: Record<string, string>) =>
    (await pages.post('/p/demo/resync', fields)).headers.get('location');
  expect(await sent({})).toBe('/projects?said=resync-asked');
  expect(await sent({ path: 'docs', node: 'node-a', back: '/p/demo/files' })).toBe('/p/demo/files?said=resync-asked');
  expect(services.asked).toEqual([
    ['resync', FAKE_ADMIN, { project: 'demo' }],
    ['resync', FAKE_ADMIN, { project: 'demo', path: 'docs', node: 'node-a' }],
  ]);
  expect(await sent({ path: '../x' })).toBe('/projects?said=invalid');
  expect(await sent({ node: 'no node', back: '//evil.example' })).toBe('/projects?said=invalid');
  services.outcomes.resync = { kind: 'no-holder' };
  expect(await sent({})).toBe('/projects?said=no-holder');
});

describe('a job is started', () => {
  test.each([
    ['archive', '', { kind: 'archive' }, false],
    ['archive:dry', 'docs/', { kind: 'archive', prefix: 'docs' }, true],
    ['promote-fast', '', { kind: 'promote', mode: 'fast' }, false],
    ['promote-strict', '/docs', { kind: 'promote', mode: 'strict', prefix: 'docs' }, false],
    ['repair', '', { kind: 'repair' }, false],
    // What takes something away begins with its plan.
    ['evict', '', { kind: 'evict', by: 'hand' }, true],
    ['deactivate', '', { kind: 'deactivate' }, true],
  ])('%s below %j', async (start, prefix, task, dryRun) => {
    const { services, pages } = open();
    const answer = await pages.post('/p/demo/manage', { start, prefix });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/jobs/0mhzzzzzz-aaaa?said=job-asked']);
    expect(services.asked).toEqual([['start', FAKE_ADMIN, { ...task, project: 'demo' }, { dryRun }]]);
  });

  test.each([
    ['evict', '../x', 'Path is "../x"'],
    ['deactivate', 'docs', 'Deactivation is of the whole project: leave the path empty.'],
    ['dance', '', '"dance" is no job on a project'],
  ])('%s below %j is told where it was typed', async (start, prefix, why) => {
    const { services, pages } = open();
    const answer = await pages.post('/p/demo/manage', { start, prefix });
    expect(answer.status).toBe(422);
    const html = await answer.text();
    expect(textOf(html)).toContain(why);
    expect(html).toMatch(/id="start-prefix"[^>]*aria-invalid="true"/);
    expect(services.asked).toEqual([]);
  });
});

describe('a path is pinned', () => {
  test('by its path, or as a whole; and let go of', async () => {
    const { services, pages } = open();
    const answer = await pages.post('/p/demo/pin', { path: 'docs/' });
    expect(answer.headers.get('location')).toBe('/p/demo/manage?said=pinned');
    await pages.post('/p/demo/pin', { path: '' });
    await pages.post('/p/demo/unpin', { path: 'docs' });
    expect(services.asked).toEqual([
      ['pin', FAKE_ADMIN, 'demo', ['docs']],
      ['pin', FAKE_ADMIN, 'demo', ['']],
      ['unpin', FAKE_ADMIN, 'demo', ['docs']],
    ]);
  });

  test('with the script its form comes back empty; a path that is none comes back with why', async () => {
    const { pages } = open();
    const sent = async (path: string) =>
      readEvents(await (await pages.post('/p/demo/pin', { path }, SCRIPT)).text()).map(
        (event) => fieldsOf(event).fragments ?? '',
      );
    expect((await sent('docs')).join('')).toMatch(/Pinned: it stays.*name="path" value=""/s);
    expect(textOf((await sent('a//b')).join(''))).toContain('Path is "a//b"');
  });

  test('from the pane of a file, which says what keeps it in hot, and is come back to', async () => {
    const { services, pages } = open();
    const pane = await pages.html('/p/demo/file?path=docs%2Fa.txt');
    expect(pane).toContain('action="/p/demo/pin"');
    const back = pane.match(/name="back" value="([^"]*)"/)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const answer = await pages.post('/p/demo/pin', { path: 'docs/a.txt', back });
    expect(answer.headers.get('location')).toBe(back);
    services.pins = [{ path: 'docs' as RelPath, by: 'ada', at: FAKE_NOW }];
    expect(textOf(await pages.html('/p/demo/file?path=docs%2Fa.txt'))).toContain('Stays in hot: docs is pinned.');
    services.pins = [{ path: 'docs/a.txt' as RelPath, by: 'ada', at: FAKE_NOW }];
    expect(await pages.html('/p/demo/file?path=docs%2Fa.txt')).toContain('action="/p/demo/unpin"');
    const away = await pages.post('/p/demo/pin', { path: 'docs', back: 'https://evil.test/' });
    expect(away.headers.get('location')).toMatch(/^\/projects/);
  });
});

describe('its name and its end', () => {
  test('renamed, its page opens under the new name', async () => {
    const { services, pages } = open();
    const answer = await pages.post('/p/demo/rename', { name: ' www ' });
    expect(answer.headers.get('location')).toBe('/p/www/manage?said=project-renamed');
    expect(services.asked).toEqual([['rename', FAKE_ADMIN, 'demo', 'www']]);
  });

  test.each([
    ['demo', 'It is called demo already'],
    ['My Site', 'Name is "My Site": a name has'],
  ])('a name that cannot be is told where it was typed: %s', async (name, why) => {
    const { services, pages } = open();
    const answer = await pages.post('/p/demo/rename', { name });
    expect(answer.status).toBe(422);
    expect(textOf(await answer.text())).toContain(why);
    expect(services.asked).toEqual([]);
    services.outcomes.rename = { kind: 'project-exists' };
    const taken = await (await pages.post('/p/demo/rename', { name: 'taken' })).text();
    expect(textOf(taken)).toContain('there is a project of that name already');
  });

  test('a node that holds no file of it is none that holds it', async () => {
    const { services, pages } = open();
    services.project('demo', { nodes: [fakeNode('node-a'), fakeNode('node-b', { state: 'blocked', files: 0 })] });
    expect(textOf(await pages.html('/p/demo/manage'))).toMatch(/2 files, 2 B, held by 1 node\. /);
  });

  test('deleted only by its name, as it was seen; its counts and what becomes of it are said before', async () => {
    const { services, pages } = open();
    const html = await pages.html('/p/demo/manage');
    expect(textOf(html)).toMatch(
      /2 files, 2 B, held by 2 nodes\. Nodes keep their files and stop syncing\. .* 30 days/,
    );
    const seen = html.match(/name="seen" value="([^"]*)"/)?.[1] ?? '';
    expect(seen).toBe(fakeSha('commit'));
    const wrong = await pages.post('/p/demo/delete', { name: 'dmeo', seen });
    expect(wrong.status).toBe(422);
    expect(textOf(await wrong.text())).toContain('"dmeo" is not demo, so nothing was deleted');
    expect(services.asked).toEqual([]);
    const answer = await pages.post('/p/demo/delete', { name: 'demo', seen });
    expect(answer.headers.get('location')).toBe('/projects?said=project-deleted');
    expect(services.asked).toEqual([['remove', FAKE_ADMIN, 'demo', seen]]);
    services.outcomes.remove = { kind: 'project-moved' };
    const moved = await pages.post('/p/demo/delete', { name: 'demo', seen });
    expect(moved.headers.get('location')).toBe('/p/demo/manage?said=project-moved');
  });

  test('one that is deleted is listed below the others until it is brought back', async () => {
    const { services, pages } = open();
    expect(await pages.html('/projects')).not.toContain('Bring back');
    const times = { deletedAt: FAKE_NOW, keptUntil: FAKE_NOW + 1_000 };
    services.deleted = [{ name: 'old' as ProjectName, files: 3, bytes: 3_000, ...times }];
    expect(textOf(await pages.html('/projects'))).toMatch(/Deleted, and still kept old 3 files, 3\.0 kB, deleted/);
    const answer = await pages.post('/p/old/undelete', {});
    expect(answer.headers.get('location')).toBe('/projects?said=project-restored');
    expect(services.asked).toEqual([['undelete', FAKE_ADMIN, 'old']]);
  });

  test('another site changes nothing', async () => {
    const { services, pages } = open();
    for (const what of ['rename', 'delete', 'undelete', 'pin', 'unpin', 'manage']) {
      const answer = await pages.post(`/p/demo/${what}`, { name: 'demo' }, { origin: 'http://evil.test' });
      expect(answer.status).toBe(403);
    }
    expect(services.asked).toEqual([]);
  });
});
