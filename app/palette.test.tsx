// What a few letters find, as a page and as the options of the palette.
import { expect, test } from 'vitest';
import { fakeJob } from './testing/fake-jobs.ts';
import { fakeNodeSummary } from './testing/fake-nodes.ts';
import { FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

function filled() {
  const services = new FakeServices();
  services.project('demo');
  services.project('old-demo');
  services.put('demo', { path: 'docs/a.md', content: 'a' });
  services.put('old-demo', { path: 'docs/a.md', content: 'b' });
  services.node(fakeNodeSummary('node-a'));
  services.job(fakeJob('0mhaaaaa1-x', { kind: 'promote', mode: 'strict', project: 'demo' as never }));
  return openPages(services);
}

const ask = async (query: string) => (await filled().get(`/find?${query}`, { 'datastar-request': 'true' })).text();
const namesIn = (html: string) =>
  [...html.matchAll(/role="option".*?<\/a>/g)].map(([option]) => option.replace(/^[^>]*>|<[^>]*>/g, '').trim());

test('nothing typed offers the screens, the projects and the nodes', async () => {
  const names = namesIn(await ask('q='));
  expect(names.slice(0, 3)).toEqual(['Projects g p', 'Files g f', 'Events g e']);
  expect(names).toEqual(expect.arrayContaining(['demo', 'old-demo', 'node-a node-a.example']));
});

test('every word must be there, and a name that begins with what was typed comes first', async () => {
  expect(namesIn(await ask('q=demo'))).toEqual(['demo', 'old-demo', 'Promote strictly demo Waiting · 0mhaaaaa1-x']);
  expect(namesIn(await ask('q=strictly+promote'))).toEqual(['Promote strictly demo Waiting · 0mhaaaaa1-x']);
  expect(namesIn(await ask('q=nowhere'))).toEqual([]);
});

test('what can be asked of a project is offered on its pages, and of another one by the word that asks it', async () => {
  const acts = async (query: string) => namesIn(await ask(query)).filter((name) => / (old-)?demo$/.test(name));
  expect(await acts('q=&in=old-demo')).toEqual(
    ['Promote', 'Evict', 'Resync', 'Repair', 'Share', 'Pin'].map((word) => `${word} old-demo`),
  );
  expect(await acts('q=evi')).toEqual(['Evict demo', 'Evict old-demo']);
  expect(await acts('q=old+evict')).toEqual(['Evict old-demo']);
  expect(await ask('q=evict+old')).toContain('href="/p/old-demo/manage#start-evict"');
});

test('a path is found in every project that has it, first in the one of the page that asks', async () => {
  const addresses = async (query: string) =>
    [...(await ask(query)).matchAll(/href="(\/p\/[^"]*)"/g)].map(([, href]) => href);
  expect(await addresses('q=a.md+docs&in=old-demo')).toEqual([
    '/p/old-demo/file?path=docs%2Fa.md',
    '/p/demo/file?path=docs%2Fa.md',
  ]);
});

test('without a script the answers are a page with a form, and nothing found is said', async () => {
  const pages = filled();
  const html = await pages.html('/find?q=node-a');
  expect(html).toContain('<form method="get" action="/find"');
  expect(html).toContain('href="/nodes/node-a"');
  expect(await pages.html('/find?q=nowhere')).toContain('Nothing has this name');
  expect(await pages.html('/projects')).toContain('href="/find"');
});

test('the keys of a page are listed on it, and the switch that turns them off is in the menu too', async () => {
  const pages = filled();
  expect(await pages.html('/events')).toContain('Pause and resume the feed');
  expect(await pages.html('/jobs')).not.toContain('Pause and resume the feed');
  expect((await pages.html('/jobs')).match(/data-keys-off/g)).toHaveLength(2);
});
