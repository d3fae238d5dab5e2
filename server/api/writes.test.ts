// What programs write, on real commits in memory.
import { expect, test } from 'vitest';
import { commitDoneSchema } from '../../core/api/commit.ts';
import { MAX_BODY_BYTES, MAX_OPS } from '../../core/api/limits.ts';
import { fakeSha, shaOf } from '../../core/model/ids.ts';
import { StoreFullError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import { PROJECT } from '../../core/testing/test-project.ts';
import { problemIn } from './api.fakes.ts';
import { apiOnMemory } from './memory-parts.fakes.ts';

type Api = Awaited<ReturnType<typeof apiOnMemory>>;

/** As a program sends it, whose length is known before. */
const put = (
  { ask }: Api,
  path: string,
  bytes: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) =>
  ask(path, {
    method: 'PUT',
    headers: { 'content-length': String(Buffer.byteLength(bytes)), ...headers },
    body: bytes,
  });

async function stored(api: Api, text: string) {
  expect((await put(api, `/objects/${shaOf(text)}`, text)).status).toBe(200);
  return { sha: shaOf(text), size: Buffer.byteLength(text) };
}

const commit = (api: Api, ops: readonly object[], headers?: Record<string, string>) =>
  api.send('POST', '/projects/demo/commits', { ops }, headers);

async function done(response: Response) {
  expect(response.status).toBe(200);
  return commitDoneSchema.parse(await response.json());
}

const text = async (api: Api, path: string) => {
  const answer = await api.ask(`/projects/demo/files/${path}`);
  return answer.status === 200 ? answer.text() : answer.status;
};

test('an object is stored under its sha, with its length said or not; a second time is fine', async () => {
  const api = await apiOnMemory();
  for (const bytes of [Buffer.from('small'), Buffer.alloc(3 * 2 ** 20, 7), Buffer.alloc(0)]) {
    const sha = shaOf(bytes);
    const announced = await put(api, `/objects/${sha}`, bytes);
    expect([announced.status, announced.headers.get('etag')]).toEqual([200, `"${sha}"`]);
    const streamed = await api.ask(`/objects/${sha}`, {
      method: 'PUT',
      body: new Blob([bytes]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(await streamed.json()).toEqual({ sha, size: bytes.length });
    expect(shaOf(Buffer.from(await (await api.ask(`/objects/${sha}`)).arrayBuffer()))).toBe(sha);
  }
});

test('I6: bytes that are not those of the sha are refused, and nothing of them is kept, also where the object is there', async () => {
  const api = await apiOnMemory();
  const sha = shaOf('right');
  const wrong = async () => [
    await put(api, `/objects/${sha}`, 'wrong'),
    await api.ask(`/objects/${sha}`, { method: 'PUT', body: 'wrong' }),
    await put(api, `/objects/${sha}`, Buffer.alloc(2 * 2 ** 20)),
  ];
  for (const answer of await wrong())
    expect(await problemIn(answer)).toMatchObject({ status: 422, code: 'hash-mismatch', field: 'body' });
  expect(await problemIn(await api.ask(`/objects/${sha}`))).toMatchObject({ code: 'no-object' });
  await stored(api, 'right');
  for (const answer of await wrong()) expect(await problemIn(answer)).toMatchObject({ code: 'hash-mismatch' });
  expect(await (await api.ask(`/objects/${sha}`)).text()).toBe('right');
});

test('a JSON file may be larger than a JSON body of the API', async () => {
  const api = await apiOnMemory();
  const bytes = Buffer.alloc(MAX_BODY_BYTES + 1, 32);
  const answer = await put(api, `/objects/${shaOf(bytes)}`, bytes, { 'content-type': 'application/json' });
  expect(answer.status).toBe(200);
});

test('a store that is full, and one that is away, are told apart', async () => {
  let failure: Error = new StoreFullError('hot', 'no room');
  const api = await apiOnMemory({ hot: () => ({ put: () => Promise.reject(failure) }) });
  const full = await problemIn(await put(api, `/objects/${shaOf('x')}`, 'x'));
  expect(full).toMatchObject({ status: 507, code: 'store-full', next: expect.stringContaining('room') });
  failure = new StoreUnavailableError('hot', 'it is away');
  expect(await problemIn(await put(api, `/objects/${shaOf('x')}`, 'x'))).toMatchObject({ status: 503 });
});

test('what waits on the disk of the server is bounded', async () => {
  const api = await apiOnMemory({ stagingBytes: 2 ** 20 });
  const answer = await api.ask('/projects/demo/files/a', { method: 'PUT', body: Buffer.alloc(2 ** 20 + 1) });
  const problem = await problemIn(answer);
  expect(problem).toMatchObject({ status: 507, code: 'store-full' });
  expect(problem.detail).toContain('FS_STAGING_BYTES');
  expect((await api.ask('/projects/demo/files/a', { method: 'PUT', body: 'small' })).status).toBe(200);
});

test('I1: many changes are one commit, and one whose object is in no tier is refused whole, by its place', async () => {
  const api = await apiOnMemory();
  const [a, b] = [await stored(api, 'a'), await stored(api, 'bee')];
  const before = api.head();
  const missing = { op: 'put', path: 'c', sha: fakeSha('c'), size: 1 };
  const refused = await problemIn(await commit(api, [{ op: 'put', path: 'a', ...a }, missing]));
  expect(refused).toMatchObject({ status: 422, code: 'object-missing', field: 'body.ops.1.sha' });
  expect(refused.detail).toContain(fakeSha('c'));
  expect(await problemIn(await commit(api, [{ op: 'put', path: 'a', ...a, size: 9 }]))).toMatchObject({
    status: 422,
    field: 'body.ops.0.size',
  });
  expect(api.head()).toBe(before);
  const made = await done(
    await commit(api, [
      { op: 'put', path: 'docs/a.txt', ...a, mode: 0o600, mtime: 1_700_000_000_123 },
      { op: 'put', path: 'docs/b.txt', ...b },
      { op: 'move', from: 'docs', to: 'papers' },
      { op: 'mkdir', path: 'empty' },
      { op: 'delete', path: 'none' },
    ]),
  );
  expect(made).toMatchObject({ changed: true, commit: api.head(), counts: { added: 3 }, conflicts: [], shared: false });
  expect([await text(api, 'papers/b.txt'), await text(api, 'docs/b.txt')]).toEqual(['bee', 404]);
  const again = await done(await commit(api, [{ op: 'mkdir', path: 'empty' }]));
  expect(again).toMatchObject({ changed: false, commit: made.commit, counts: null });
});

test('If-Match: a commit onto another commit than the one that is current is refused, with that one', async () => {
  const api = await apiOnMemory();
  const [a, first] = [await stored(api, 'a'), api.head()];
  const ifMatch = (sha: string) => commit(api, [{ op: 'put', path: 'a', ...a }], { 'if-match': `"${sha}"` });
  const made = await ifMatch(first);
  expect(made.headers.get('etag')).toBe(`"${api.head()}"`);
  const problem = await problemIn(await ifMatch(first));
  expect(problem).toMatchObject({ status: 412, code: 'precondition-failed', current: api.head() });
  expect(await problemIn(await ifMatch('nonsense'))).toMatchObject({ status: 422, field: 'header.if-match' });
});

test('If-Match has any of a list, or anything that is there; a weak tag is none of it (RFC 9110)', async () => {
  const api = await apiOnMemory();
  const put = (said: string, body: string) =>
    api.ask('/projects/demo/files/a', { method: 'PUT', body, headers: { 'if-match': said } });
  const tag = (sha: string) => `"${sha}"`;
  expect(await problemIn(await put('*', 'one'))).toMatchObject({ status: 412, code: 'precondition-failed' });
  await api.ask('/projects/demo/files/a', { method: 'PUT', body: 'one' });
  expect((await put('*', 'two')).status).toBe(200);
  expect((await put(`${tag(shaOf('one'))}, ${tag(shaOf('two'))}`, 'three')).status).toBe(200);
  expect(await problemIn(await put(`${tag(shaOf('one'))}, ${tag(shaOf('two'))}`, 'four'))).toMatchObject({
    ...{ status: 412, current: shaOf('three') },
  });
  expect(await problemIn(await put(`W/${tag(shaOf('three'))}`, 'four'))).toMatchObject({ status: 412 });
  const ops = [{ op: 'mkdir', path: 'd' }];
  expect((await commit(api, ops, { 'if-match': `${tag(fakeSha())},${tag(api.head())}` })).status).toBe(200);
  expect((await commit(api, ops, { 'if-match': '*' })).status).toBe(200);
});

test('an op that says what it saw wins, and what it won over is told', async () => {
  const api = await apiOnMemory();
  const [a, b] = [await stored(api, 'a'), await stored(api, 'b')];
  await commit(api, [{ op: 'put', path: 'x', ...a }]);
  const made = await done(await commit(api, [{ op: 'put', path: 'x', ...b, seen: 'absent' }]));
  expect(made.conflicts).toEqual([{ path: 'x', won: b.sha, lost: a.sha }]);
});

test('no op takes away unasked what is in its place', async () => {
  const api = await apiOnMemory();
  const a = await stored(api, 'a');
  await commit(api, [
    { op: 'put', path: 'docs/a', ...a },
    { op: 'put', path: 'b', ...a },
  ]);
  const head = api.head();
  for (const [op, code, field] of [
    [{ op: 'put', path: 'docs', ...a }, 'path-taken', 'path'],
    [{ op: 'put', path: 'b/c', ...a }, 'path-taken', 'path'],
    [{ op: 'mkdir', path: 'b' }, 'path-taken', 'path'],
    [{ op: 'move', from: 'docs', to: 'b' }, 'path-taken', 'to'],
    [{ op: 'move', from: 'docs', to: 'docs/below' }, 'invalid-value', 'to'],
    [{ op: 'move', from: 'none', to: 'other' }, 'no-file', 'to'],
    [{ op: 'put', path: '.fs-sync/x', ...a }, 'invalid-value', 'path'],
    [{ op: 'mkdir', path: 'docs/.fs-sync' }, 'invalid-value', 'path'],
    [{ op: 'move', from: 'b', to: '.fs-sync' }, 'invalid-value', 'to'],
  ] as const) {
    expect(await problemIn(await commit(api, [op])), JSON.stringify(op)).toMatchObject({
      code,
      field: `body.ops.0.${field}`,
    });
  }
  expect(api.head()).toBe(head);
  await done(await commit(api, [{ op: 'move', from: 'docs/a', to: 'b', replace: true }]));
  // Said again, it is done.
  expect(await done(await commit(api, [{ op: 'move', from: 'docs/a', to: 'b' }]))).toMatchObject({ changed: false });
  await done(
    await commit(api, [
      { op: 'delete', path: 'b' },
      { op: 'put', path: 'b/c', ...a },
    ]),
  );
  expect(await text(api, 'b/c')).toBe('a');
});

test('a commit has a limit of ops, and says it', async () => {
  const api = await apiOnMemory();
  const ops = Array.from({ length: MAX_OPS + 1 }, (_, n) => ({ op: 'delete', path: `f${n}` }));
  const problem = await problemIn(await commit(api, ops));
  expect(problem).toMatchObject({ status: 422, field: 'body.ops' });
  expect(problem.detail).toContain(String(MAX_OPS));
  expect(await problemIn(await api.send('POST', '/projects/none/commits', { ops: ops.slice(1) }))).toMatchObject({
    code: 'no-project',
  });
});

test('one file is written and deleted by its path, under the conditions of its ETag', async () => {
  const api = await apiOnMemory();
  const write = (body: string, headers: Record<string, string> = {}) =>
    api.ask('/projects/demo/files/docs/a%20b.txt?mode=384&mtime=1700000000123&message=why', {
      ...{ method: 'PUT', headers, body },
    });
  const first = await write('one', { 'if-none-match': '*' });
  expect([first.status, first.headers.get('etag')]).toEqual([200, `"${shaOf('one')}"`]);
  expect(await first.json()).toMatchObject({ changed: true, sha: shaOf('one'), size: 3, commit: api.head() });
  const clash = await problemIn(await write('two', { 'if-none-match': '*' }));
  expect(clash).toMatchObject({ status: 412, field: 'header.if-none-match', current: shaOf('one') });
  expect(await problemIn(await write('two', { 'if-match': `"${fakeSha()}"` }))).toMatchObject({ status: 412 });
  expect((await write('two', { 'if-match': `"${shaOf('one')}"` })).status).toBe(200);
  expect(await text(api, 'docs/a%20b.txt')).toBe('two');
  const [listed] = (await (await api.ask('/projects/demo/commits?limit=1')).json()).items;
  expect(listed).toMatchObject({ message: 'why', actor: { kind: 'user', id: 'admin' }, counts: { updated: 1 } });
  const remove = (headers: Record<string, string> = {}) =>
    api.ask('/projects/demo/files/docs%2Fa%20b.txt', { method: 'DELETE', headers });
  expect(await problemIn(await remove({ 'if-match': `"${shaOf('one')}"` }))).toMatchObject({ status: 412 });
  expect(await (await remove({ 'if-match': `"${shaOf('two')}"` })).json()).toMatchObject({ counts: { deleted: 1 } });
  expect(await (await remove()).json()).toMatchObject({ changed: false });
  expect(await problemIn(await api.ask('/projects/none/files/a', { method: 'PUT', body: 'x' }))).toMatchObject({
    code: 'no-project',
  });
});

test('I5: what is only in cold is in hot again before a commit names it', async () => {
  const api = await apiOnMemory();
  await api.parts.write('old.txt', 'only cold');
  await api.parts.run({ kind: 'archive', project: PROJECT });
  await api.parts.run({ kind: 'evict', project: PROJECT, by: 'hand' });
  expect(await api.parts.isHot('only cold')).toBe(false);
  await done(await commit(api, [{ op: 'put', path: 'copy.txt', sha: shaOf('only cold'), size: 9 }]));
  expect(await api.parts.isHot('only cold')).toBe(true);
});

test('the past is listed in pages that go on where they ended, and two commits are compared', async () => {
  const api = await apiOnMemory();
  const shas = [api.head()];
  for (const name of ['a', 'b', 'c']) {
    await commit(api, [{ op: 'put', path: `${name}/${name}.txt`, ...(await stored(api, name)) }]);
    shas.unshift(api.head());
  }
  const page = await (await api.ask('/projects/demo/commits?limit=2')).json();
  expect(page.items.map(({ commit }: { commit: string }) => commit)).toEqual(shas.slice(0, 2));
  await commit(api, [{ op: 'mkdir', path: 'later' }]);
  const rest = await (await api.ask(`/projects/demo/commits?limit=9&cursor=${page.next}`)).json();
  expect([rest.items.map(({ commit }: { commit: string }) => commit), rest.next]).toEqual([shas.slice(2), null]);
  const one = await (await api.ask(`/projects/demo/commits/${shas[1]}`)).json();
  expect(one).toMatchObject({ commit: shas[1], parent: shas[2], counts: { added: 1 }, is_kept: true });
  const under = await (await api.ask('/projects/demo/commits?path=b')).json();
  expect(under.items).toMatchObject([{ commit: shas[1] }]);
  const diff = await (await api.ask(`/projects/demo/diff?from=${shas[3]}&to=${shas[0]}&limit=2`)).json();
  expect(diff).toMatchObject({ items: [{ kind: 'added', path: 'a/a.txt' }, {}], totals: { added: 3, put_bytes: 3 } });
  const more = await (await api.ask(`/projects/demo/diff?from=${shas[3]}&limit=9&cursor=${diff.next}`)).json();
  expect(more.items).toMatchObject([
    { path: 'c/c.txt', now: { sha: shaOf('c') } },
    { path: 'later', now: { dir: true } },
  ]);
  for (const path of [`/commits/${fakeSha()}`, `/commits?cursor=${fakeSha()}`, `/diff?from=${fakeSha()}`])
    expect(await problemIn(await api.ask(`/projects/demo${path}`)), path).toMatchObject({ code: 'no-commit' });
  for (const path of ['/commits', `/commits/${shas[0]}`, `/diff?from=${shas[0]}`])
    expect(await problemIn(await api.ask(`/projects/none${path}`)), path).toMatchObject({ code: 'no-project' });
});
