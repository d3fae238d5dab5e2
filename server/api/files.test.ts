import { expect, test } from 'vitest';
import { coldProof } from '../../app/testing/fake-files.ts';
import { fakeCommit } from '../../app/testing/fake-history.ts';
import { FakeServices } from '../../app/testing/fake-services.ts';
import { treePageSchema } from '../../core/api/tree.ts';
import { fakeSha, parseProjectName } from '../../core/model/ids.ts';
import { parseRelPath } from '../../core/model/rel-path.ts';
import { apiOn, problemIn } from './api.fakes.ts';

const DEMO = parseProjectName('demo');
const ODD = 'docs/50% of "Ä"\n#1?/a;b%2Fc.html';

function demo() {
  const services = new FakeServices();
  services.put('demo', { path: 'docs/a.md', content: '0123456789', mime: 'text/markdown' });
  services.put('demo', { path: 'docs/b.md', content: 'bee', tiers: { hot: false, cold: coldProof } });
  services.put('demo', { path: ODD, content: '<script>', mime: 'text/html' });
  services.put('demo', { path: 'z.txt', content: '' });
  return { services, ...apiOn(services) };
}

const shaOfFile = async (services: FakeServices, path: string) => {
  const detail = await services.queries.file(DEMO, parseRelPath(path));
  return detail?.file.sha ?? '';
};

test('a directory is listed in pages, with totals of all of it and where its files are', async () => {
  const { ask } = demo();
  const top = treePageSchema.parse(await (await ask('/projects/demo/tree?limit=1')).json());
  expect(top).toMatchObject({ items: [{ kind: 'dir', path: 'docs', files: 3 }], listed: { files: 4 } });
  const rest = await (await ask(`/projects/demo/tree?limit=1&cursor=${encodeURIComponent(top.next ?? '')}`)).json();
  expect(rest).toMatchObject({ items: [{ kind: 'file', path: 'z.txt', size: 0 }], next: null });
  const docs = treePageSchema.parse(await (await ask('/projects/demo/tree?prefix=docs')).json());
  expect(docs.items.slice(-2)).toMatchObject([
    { path: 'docs/a.md', hot: true, cold: true, size: 10 },
    { path: 'docs/b.md', hot: false, cold: true },
  ]);
});

test('a search finds files of the whole project, and says when it has not looked at all', async () => {
  const { services, ask } = demo();
  services.indexed = 2;
  const found = treePageSchema.parse(await (await ask('/projects/demo/tree?q=MD%20docs&limit=1')).json());
  expect(found).toMatchObject({ items: [{ path: 'docs/a.md' }], listed: null, searched: 2 });
  expect(found.next).not.toBeNull();
  expect(await problemIn(await ask('/projects/none/tree?q=a'))).toMatchObject({ code: 'no-project' });
  expect(await problemIn(await ask('/projects/none/tree'))).toMatchObject({ code: 'no-project' });
  expect(await problemIn(await ask('/projects/demo/tree?prefix=../x'))).toMatchObject({ field: 'query.prefix' });
});

test('a file is sent by its path, with its slashes or with them escaped, and under its own name', async () => {
  const { ask } = demo();
  for (const path of [encodeURIComponent(ODD), ODD.split('/').map(encodeURIComponent).join('/')]) {
    const answer = await ask(`/projects/demo/files/${path}`);
    expect([answer.status, await answer.text()]).toEqual([200, '<script>']);
    expect(answer.headers.get('content-type')).toBe('text/html');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; .*filename\*=UTF-8''a%3Bb%252Fc.html$/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
  }
});

test('ranges and conditions: the ETag is the sha', async () => {
  const { services, ask } = demo();
  const etag = `"${await shaOfFile(services, 'docs/a.md')}"`;
  const get = (headers: Record<string, string>, method = 'GET') =>
    ask('/projects/demo/files/docs/a.md', { method, headers });
  const head = await get({}, 'HEAD');
  expect([head.status, head.headers.get('etag'), head.headers.get('content-length')]).toEqual([200, etag, '10']);
  const part = await get({ range: 'bytes=2-4' });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 2-4/10', '234']);
  expect((await get({ range: 'bytes=-2' })).headers.get('content-range')).toBe('bytes 8-9/10');
  expect((await get({ range: 'bytes=2-4', 'if-range': '"other"' })).status).toBe(200);
  expect((await get({ 'if-none-match': `"x", ${etag}` })).status).toBe(304);
  const outside = await get({ range: 'bytes=10-' });
  expect(outside.headers.get('content-range')).toBe('bytes */10');
  expect(await problemIn(outside)).toMatchObject({ status: 416, code: 'range-not-satisfiable' });
});

test('what is not there is said: the project, the file, the commit, and what is not kept any more', async () => {
  const { services, ask } = demo();
  expect(await problemIn(await ask('/projects/none/files/a'))).toMatchObject({ status: 404, code: 'no-project' });
  expect(await problemIn(await ask('/projects/demo/files/a'))).toMatchObject({ status: 404, code: 'no-file' });
  const at = (commit: string) => ask(`/projects/demo/files/docs/a.md?commit=${commit}`);
  expect(await problemIn(await at(fakeSha()))).toMatchObject({ status: 404, code: 'no-commit', field: 'query.commit' });
  services.history.files.set(fakeSha('lost'), { kind: 'not-kept' });
  expect(await problemIn(await at(fakeSha('lost')))).toMatchObject({ status: 410, code: 'not-kept' });
  services.history.files.set(fakeSha('before'), { kind: 'none', commit: fakeCommit('before') });
  expect(await problemIn(await at(fakeSha('before')))).toMatchObject({ status: 404, code: 'no-file' });
  const detail = await services.queries.file(DEMO, parseRelPath('docs/b.md'));
  if (!detail) throw new Error('the fake has it');
  services.history.files.set(fakeSha('then'), { kind: 'file', detail, commit: fakeCommit('then') });
  expect(await (await at(fakeSha('then'))).text()).toBe('bee');
  for (const path of ['%2e%2e%2fx', 'a//b', 'a/', 'a%00b'])
    expect(await problemIn(await ask(`/projects/demo/files/${path}`)), path).toMatchObject({ field: 'path.path' });
});

test('an object is sent by its sha, whosever it is; one that no tier has is not there', async () => {
  const { services, ask } = demo();
  const sha = await shaOfFile(services, 'docs/b.md');
  const answer = await ask(`/objects/${sha}`, { headers: { range: 'bytes=1-' } });
  expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([206, 'ee', `"${sha}"`]);
  expect(answer.headers.get('last-modified')).toBeNull();
  const head = await ask(`/objects/${sha}`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '3', '']);
  expect(await problemIn(await ask(`/objects/${fakeSha()}`))).toMatchObject({ status: 404, code: 'no-object' });
  expect(await problemIn(await ask('/objects/nope'))).toMatchObject({ status: 422, field: 'path.sha' });
});
