// The form of the Projects page on a fake server: what it asks for, and what it says of what cannot be.
import { expect, test } from 'vitest';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const SCRIPT = { 'datastar-request': 'true' };
const fragmentsOf = async (answer: Response) =>
  readEvents(await answer.text()).map((event) => fieldsOf(event).fragments ?? '');

test('a project is created by whoever is signed in, and the page says what comes next', async () => {
  const services = new FakeServices();
  const pages = openPages(services);
  expect(await pages.html('/projects')).toMatch(/<form[^>]*method="post" action="\/projects"/);
  const answer = await pages.post('/projects', { name: ' site ' });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/projects?said=project-created']);
  expect(services.asked).toEqual([['createProject', FAKE_ADMIN, 'site']]);
  expect(await pages.html('/projects?said=project-created')).toContain(
    'open one in the list of nodes and assign it there',
  );
});

test('with the script the form comes back empty, and the words with it', async () => {
  const [said, form] = await fragmentsOf(
    await openPages(new FakeServices()).post('/projects', { name: 'site' }, SCRIPT),
  );
  expect(said).toContain('Created.');
  expect(form).toContain('name="name" value=""');
});

test.each([
  ['My Site', 'Name is &quot;My Site&quot;: a name has 1 to 63 of a-z, 0-9 and -'],
  ['', 'Name is &quot;&quot;: a name has 1 to 63'],
  ['<b>', 'Name is &quot;&lt;b&gt;&quot;: a name has'],
])('a name that is none is told where it was typed, with and without the script: %j', async (name, message) => {
  const services = new FakeServices();
  const pages = openPages(services);
  const plain = await pages.post('/projects', { name });
  expect(plain.status).toBe(422);
  const html = await plain.text();
  expect(html).toContain(message);
  expect(html).toMatch(/id="project-name"[^>]*aria-invalid="true" aria-describedby="project-name-fault"/);
  const scripted = await pages.post('/projects', { name }, SCRIPT);
  expect(scripted.status).toBe(409);
  expect((await fragmentsOf(scripted))[1]).toContain(message);
  expect(services.asked).toEqual([]);
});

test('a name that is taken is told where it was typed, and stays there', async () => {
  const services = new FakeServices();
  services.outcomes.createProject = { kind: 'project-exists' };
  const html = await (await openPages(services).post('/projects', { name: 'demo' })).text();
  expect(html).toContain('name="name" value="demo"');
  expect(html).toContain('Name is &quot;demo&quot;: there is a project of that name already. Choose another one.');
});

test('another site, and nobody in particular, create nothing', async () => {
  const services = new FakeServices();
  const pages = openPages(services);
  expect((await pages.post('/projects', { name: 'site' }, { origin: 'http://evil.test' })).status).toBe(403);
  expect((await pages.post('/projects', { name: 'site' }, { cookie: '' })).status).not.toBe(200);
  expect(services.asked).toEqual([]);
});
