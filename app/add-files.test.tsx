import { expect, test } from 'vitest';
import { fakeSha } from '../core/model/ids.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

function demo() {
  const services = new FakeServices();
  services.put('demo', { path: 'docs/a.md', content: 'a' });
  return { services, ...openPages(services) };
}

const COMMITTED = {
  kind: 'committed',
  ...{ commit: fakeSha('new'), conflicts: [], kept: [], isShared: false },
  counts: { added: 1, updated: 0, deleted: 0, moved: 0 },
} as const;

function form(path: string, ...names: string[]): FormData {
  const form = new FormData();
  form.append('path', encodeURIComponent(path));
  for (const name of names) form.append('file', new File(['content'], name));
  return form;
}

const send = ({ request }: Pick<ReturnType<typeof demo>, 'request'>, body: FormData, headers = {}) =>
  request('/p/demo/add/files', {
    method: 'POST',
    body,
    headers: { cookie: 'fs_session=fake-session', origin: 'http://fs.test', ...headers },
  });

test('files of a form are one commit in the directory, without a script', async () => {
  const { services, html, ...pages } = demo();
  expect(await html('/p/demo/files?path=docs')).toContain('href="/p/demo/add?path=docs"');
  expect(await html('/p/demo/add?path=docs')).toContain('enctype="multipart/form-data"');
  services.outcomes.commit = COMMITTED;
  const answer = await send(pages, form('docs', 'b "Ä".txt', 'below/c.txt'));
  const made = fakeSha('new');
  const done = `/p/demo/files?path=docs&made=${made}&said=files-changed`;
  expect([answer.status, answer.headers.get('location')]).toEqual([303, done]);
  expect(await html(done)).toContain(`<a href="/p/demo/history/${made}">Open the commit</a>`);
  expect(await html('/p/demo/files?made=%22%3E%3Cb%3E&said=files-changed')).not.toContain('Open the commit');
  const stored = { kind: 'put', sha: fakeSha('stored'), sizeBytes: 1 };
  expect(services.asked.at(-1)?.[2]).toMatchObject({
    project: 'demo',
    ops: [
      { ...stored, path: 'docs/b "Ä".txt' },
      { ...stored, path: 'docs/below/c.txt' },
    ],
  });
  expect(services.asked.at(-1)?.[1]).toEqual({ kind: 'user', id: 'admin' });
});

test('a form without a file, with a name that is none, or cut off, changes nothing and says why', async () => {
  const { services, ...pages } = demo();
  const said = async (body: FormData) => (await send(pages, body)).headers.get('location');
  expect(await said(form('docs'))).toBe('/p/demo/add?path=docs&said=files-none');
  expect(await said(form('docs', '../x'))).toBe('/p/demo/add?path=docs&said=files-bad-name');
  const headers = { cookie: 'fs_session=fake-session', origin: 'http://fs.test' };
  const type = { 'content-type': 'multipart/form-data; boundary=b' };
  const cut = await pages.request('/p/demo/add/files', {
    method: 'POST',
    body: '--b\r\n',
    headers: { ...headers, ...type },
  });
  expect(cut.headers.get('location')).toContain('said=files-cut-off');
  expect(services.asked.filter(([what]) => what === 'commit')).toEqual([]);
  services.outcomes.commit = { kind: 'op-refused', op: 0, why: { kind: 'path-taken', path: parseRelPath('docs') } };
  expect(await said(form('', 'docs'))).toBe('/p/demo/add?said=files-taken');
  expect((await pages.get('/p/none/add')).status).toBe(404);
});

const SCRIPT = { 'datastar-request': 'true' };

test('a script gives names as they are, times, and empty folders; it is told the commit, and stays where it is', async () => {
  const { services, ...pages } = demo();
  services.outcomes.commit = COMMITTED;
  const body = form('docs');
  body.append('folder', encodeURIComponent('album/empty'));
  body.append('at', encodeURIComponent('album/100%22\r\n.txt'));
  body.append('modified', '1700000000000');
  body.append('file', new File(['content'], 'changed by the browser'));
  body.append('file', new File(['content'], 'plain.txt'));
  const answer = await send(pages, body, SCRIPT);
  expect(services.asked.at(-1)?.[2]).toMatchObject({
    ops: [
      { kind: 'directory', path: 'docs/album/empty' },
      { kind: 'put', path: 'docs/album/100%22\r\n.txt', modifiedAt: 1_700_000_000_000 },
      { kind: 'put', path: 'docs/plain.txt', modifiedAt: undefined },
    ],
  });
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).toContain('2 files added to');
  expect(text).toContain(`href="/p/demo/history/${fakeSha('new')}"`);
  expect(text).toContain('href="/p/demo/files?path=docs"');
});

test('a script is told every name that is none, as text, and nothing was stored for what came after the first', async () => {
  const { services, ...pages } = demo();
  const answer = await send(pages, form('docs', 'a.txt', '../<b>', 'c.txt', 'd/./e'), SCRIPT);
  expect(answer.status).toBe(409);
  const text = await answer.text();
  expect(text).toContain('2 names of 4 files cannot be used');
  expect(text).toContain('../&lt;b&gt;');
  expect(text).toContain('d/./e');
  expect(services.asked.map(([what]) => what)).toEqual(['storeBytes']);
});

test('a script is told which name is taken, and the words of the page where no name is to blame', async () => {
  const { services, ...pages } = demo();
  services.outcomes.commit = { kind: 'op-refused', op: 0, why: { kind: 'path-taken', path: parseRelPath('docs') } };
  const taken = await send(pages, form('', 'docs'), SCRIPT);
  expect(taken.status).toBe(409);
  expect(await taken.text()).toContain('<bdi>docs</bdi> is there already');
  services.outcomes.commit = { kind: 'commits-busy' };
  expect(await (await send(pages, form('', 'docs'), SCRIPT)).text()).toContain('too many changes are under way');
  services.outcomes.commit = { kind: 'unchanged', commit: fakeSha('same') };
  expect((await send(pages, form('', 'docs'), SCRIPT)).status).toBe(200);
});

test('of more files than come at once none is committed, and the form is read to its end', async () => {
  const { services, ...pages } = demo();
  const names = Array.from({ length: 1_001 }, (_, i) => `${i}.txt`);
  expect((await send(pages, form('', ...names))).headers.get('location')).toBe('/p/demo/add?said=files-too-many');
  expect(services.asked.filter(([what]) => what === 'commit')).toEqual([]);
});

test('a folder is made', async () => {
  const { services, post } = demo();
  const answer = await post('/p/demo/add/folder', { path: 'docs', name: 'new' });
  expect(answer.status).toBe(303);
  expect(services.asked.at(-1)?.[2]).toMatchObject({ ops: [{ kind: 'directory', path: 'docs/new' }] });
});

test('a folder whose name is none is told where it was typed, and keeps what was typed', async () => {
  const { services, post } = demo();
  const answer = await post('/p/demo/add/folder', { path: 'docs', name: 'a/../"b"' });
  expect(answer.status).toBe(422);
  const text = await answer.text();
  expect(text).toContain('value="a/../&quot;b&quot;"');
  expect(text).toMatch(/aria-describedby="add-folder-fault".*id="add-folder-fault">.*is no name of a folder/s);
  expect(services.asked).toEqual([]);
});

test('a selection is deleted or moved by one commit, once that is agreed to', async () => {
  const { services, post } = demo();
  services.outcomes.commit = COMMITTED;
  const ask = await (await post('/p/demo/selection', { act: 'delete', path: 'docs/a.md' })).text();
  expect(ask).toContain('Delete 1 file?');
  expect(ask).toContain('can be restored');
  expect(services.asked).toEqual([]);
  const gone = await post('/p/demo/selection/run', { act: 'delete', path: 'docs/a.md' });
  expect(gone.headers.get('location')).toContain(`made=${fakeSha('new')}&said=files-changed`);
  expect(services.asked.at(-1)?.[2]).toMatchObject({ ops: [{ kind: 'delete', path: 'docs/a.md' }] });
  const where = await (await post('/p/demo/selection', { act: 'move', path: 'docs/a.md' })).text();
  expect(where).toContain('value="docs/a.md"');
  await post('/p/demo/selection/run', { act: 'move', path: 'docs/a.md', to: 'papers/b.md' });
  expect(services.asked.at(-1)?.[2]).toMatchObject({
    ops: [{ kind: 'move', from: 'docs/a.md', to: 'papers/b.md', replace: false }],
  });
  const bad = await post('/p/demo/selection/run', { act: 'move', path: 'docs/a.md', to: '../x' });
  expect(bad.headers.get('location')).toContain('said=files-bad-name');
});
