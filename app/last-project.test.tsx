// Files without a project in the address: the project that this browser showed last.
import { expect, test } from 'vitest';
import { FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

test('Files opens the project whose page was shown last, and another where that one is gone', async () => {
  const services = new FakeServices();
  services.project('demo');
  services.project('second', { state: 'no-nodes' });
  const pages = openPages(services);
  const filesWith = async (cookie: string) =>
    (await pages.get('/files', { cookie: `fs_session=fake-session; ${cookie}` })).headers.get('location');
  const kept = (await pages.get('/p/demo/manage')).headers.get('set-cookie') ?? '';
  expect(kept).toMatch(/^fs_project=demo; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(await filesWith(kept)).toBe('/p/demo/files');
  expect(await filesWith('fs_project=gone')).toBe('/p/second/files');
  expect(await filesWith('fs_project=%3Cb%3E')).toBe('/p/second/files');
  expect((await pages.get('/p/gone/files')).headers.get('set-cookie')).toBeNull();
});

test('the files of a project lead to those of the others, by links; one project alone has nothing to choose', async () => {
  const services = new FakeServices();
  services.project('demo');
  const pages = openPages(services);
  expect(await pages.html('/p/demo/files')).not.toContain('Open another project');
  services.project('second');
  const menu = /<details class="switcher">.*?<\/details>/.exec(await pages.html('/p/demo/files'))?.[0] ?? '';
  expect([...menu.matchAll(/href="(\/[^"]*)"( aria-current="true")?/g)].map((link) => link.slice(1))).toEqual([
    ['/p/demo/files', ' aria-current="true"'],
    ['/p/second/files', undefined],
  ]);
});
