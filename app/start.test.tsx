// The first run: what each step says, and when it is done.
import { expect, test } from 'vitest';
import type { RelPath } from '../core/model/rel-path.ts';
import { fakeEvent } from './testing/fake-events.ts';
import { fakeNode } from './testing/fake-nodes.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { openPages } from './testing/open-pages.ts';

test('a server without a project leads to the first run, another to its projects', async () => {
  const services = new FakeServices();
  const pages = openPages(services);
  expect((await pages.get('/')).headers.get('location')).toBe('/start');
  expect(await pages.html('/projects')).toContain('href="/start"');
  services.project('demo');
  expect((await pages.get('/')).headers.get('location')).toBe('/projects');
});

test('a name makes the project and leads to the command; a bad one and a taken one say why', async () => {
  const services = new FakeServices();
  const pages = openPages(services);
  const made = await pages.post('/start', { name: 'site' });
  expect(made.status).toBe(303);
  expect(made.headers.get('location')).toBe('/start?project=site');
  expect(services.asked).toEqual([['createProject', FAKE_ADMIN, 'site']]);
  const bad = await pages.post('/start', { name: 'No Slug' });
  expect(bad.status).toBe(422);
  expect(await bad.text()).toContain('id="start-fault"');
  services.outcomes.createProject = { kind: 'project-exists' };
  expect(await (await pages.post('/start', { name: 'site' })).text()).toContain(
    'there is a project of that name already',
  );
});

test('the page waits for a node, then for a file, and says when the first event is here', async () => {
  const services = new FakeServices();
  services.project('site', { nodes: [] });
  const pages = openPages(services);
  const page = () => pages.html('/start?project=site');
  expect(await page()).toContain('npx fs-sync agent --node my-node --workspace site=./site');
  expect(await page()).toContain('Waiting for the first event…');
  services.project('site', { nodes: [fakeNode('my-node', { root: '/home/ada/site' })] });
  expect(await page()).toContain('/home/ada/site');
  services.emit(fakeEvent('ProjectCreated', { name: 'site' as never }, FAKE_NOW, { project: 'site' }));
  expect(await page()).toContain('waiting for the first event…');
  const entry = { dir: true as const, mode: 0o755 };
  const created = { path: 'a.md' as RelPath, entry, commit_sha: 'c' as never };
  services.emit(fakeEvent('PathCreated', created, FAKE_NOW, { project: 'site' }));
  expect(await page()).toContain('The first event is here');
  expect(await page()).toContain('href="/p/site/files"');
});
