// What holds for every operation: who may ask, what a refusal looks like, and a document that is valid.
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { MAX_BODY_BYTES } from '../../core/api/limits.ts';
import { fakeApi, problemIn } from './api.fakes.ts';

test('the document is valid OpenAPI 3.1, and every operation in it has a name, a token and a way to fail', async () => {
  const { app } = fakeApi();
  const document = (await (await app.request('/openapi.json')).json()) as {
    paths: Record<string, Record<string, { operationId?: string; security?: unknown[]; responses: object }>>;
  };
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  const all = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  expect(all.length).toBeGreaterThan(2);
  for (const each of all) {
    expect(each).toMatchObject({ operationId: expect.any(String), security: [{ bearer: expect.any(Array) }] });
    expect(each.responses).toHaveProperty('default');
  }
  expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
});

test('the document is sent to nobody who has it already', async () => {
  const { ask } = fakeApi();
  const first = await ask('/openapi.json');
  const etag = first.headers.get('etag') ?? '';
  expect([first.status, first.headers.get('content-type'), etag]).toEqual([
    ...[200, 'application/json', expect.stringMatching(/^"[0-9a-f]{64}"$/)],
  ]);
  const again = await ask('/openapi.json', { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

test('without a token, or with a wrong one, nothing is told', async () => {
  const { app, ask } = fakeApi();
  const none = await app.request('/api/v1/projects');
  expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="nats-fs-sync"']);
  expect(await problemIn(none)).toMatchObject({ code: 'unauthorized', next: expect.stringContaining('Bearer') });
  const wrong = await ask('/api/v1/projects', { headers: { authorization: 'Bearer nope' } });
  expect(await problemIn(wrong)).toMatchObject({ status: 401, code: 'unauthorized' });
  expect(await problemIn(await app.request('/api/v1/nothing'))).toMatchObject({ status: 401 });
});

test('a parameter of the address that is not known is refused, with those that are, by who may ask', async () => {
  const { services, ask } = fakeApi();
  services.project('demo');
  expect(await problemIn(await ask('/api/v1/projects/demo/tree?prefx=notes'))).toMatchObject({
    status: 422,
    code: 'invalid-value',
    field: 'query.prefx',
    detail: 'query.prefx: "prefx" is not known: there are limit, cursor, prefix, q; did you mean "prefix"?',
  });
  const none = await problemIn(await ask('/api/v1/whoami?verbose=1'));
  expect(none).toMatchObject({ status: 422, detail: 'query.verbose: "verbose" is not known: there is none here' });
  const stranger = await ask('/api/v1/whoami?verbose=1', { headers: { authorization: 'Bearer nope' } });
  expect(stranger.status).toBe(401);
  expect((await ask('/api/v1/projects/demo/tree?prefix=notes')).status).toBe(200);
});

test('what breaks a rule is told in plain words', async () => {
  const { services, ask, post } = fakeApi();
  services.project('demo');
  const commit = await problemIn(await post('/api/v1/projects/demo/commits', {}));
  expect(commit).toMatchObject({ detail: 'body.ops: is missing: give a list', field: 'body.ops' });
  const events = await problemIn(await ask('/api/v1/events?type=PathCreate'));
  expect(events.detail).toMatch(
    /^query\.type: is "PathCreate": give one of ObjectCreated, .*; did you mean "PathCreated"\?$/,
  );
  const project = await ask('/api/v1/projects/demo', {
    method: 'PATCH',
    body: '{"foo":1}',
    headers: { 'content-type': 'application/json' },
  });
  expect((await problemIn(project)).detail).toMatch(/^body: "foo" is not known: there are name, policy/);
});

test('a body of which all may be absent may be absent itself, and is what an empty one is', async () => {
  const { services, ask, post } = fakeApi();
  services.project('demo');
  const promote = '/api/v1/projects/demo/promote';
  for (const headers of [{}, { 'content-length': '0', 'content-type': 'application/json' }]) {
    expect((await ask(promote, { method: 'POST', headers })).status).toBe(202);
    expect(services.asked.at(-1)).toEqual(expect.arrayContaining([expect.objectContaining({ mode: 'fast' })]));
  }
  const before = services.asked.length;
  const type = { 'content-type': 'application/json' };
  // With a key, too; and to it all of them are the same request.
  const [none, empty, braces] = [
    { headers: {} },
    { headers: { ...type, 'content-length': '0' } },
    { headers: type, body: '{}' },
  ];
  for (const [key, inits] of Object.entries({ a: [empty, none, braces], b: [none, braces, empty] })) {
    for (const init of inits) {
      const headers = { ...init.headers, 'idempotency-key': key };
      expect((await ask(promote, { ...init, method: 'POST', headers })).status).toBe(202);
    }
  }
  expect(services.asked.length - before).toBe(2);
  expect((await post(promote, {})).status).toBe(202);
  expect((await ask(promote, { method: 'POST', body: 'mode=strict' })).status).toBe(415);
  expect((await ask('/api/v1/projects/demo/commits', { method: 'POST' })).status).toBe(415);
});

test('guessed tokens are slowed down', async () => {
  const { ask } = fakeApi();
  for (let n = 0; n < 10; n++) await ask('/api/v1/projects', { headers: { authorization: `Bearer ${n}` } });
  const slowed = await ask('/api/v1/projects');
  expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await problemIn(slowed)).toMatchObject({ status: 429, code: 'rate-limited' });
});

test('projects are made, shown, and listed in pages; a taken name is refused', async () => {
  const { services, ask, post } = fakeApi();
  const made = await post('/api/v1/projects', { name: 'alpha' });
  expect([made.status, made.headers.get('location')]).toEqual([201, '/api/v1/projects/alpha']);
  expect(await made.json()).toMatchObject({ name: 'alpha', commit: null, files: 0, state: 'no-nodes' });
  services.outcomes.createProject = { kind: 'project-exists' };
  expect(await problemIn(await post('/api/v1/projects', { name: 'alpha' }))).toMatchObject({
    status: 409,
    code: 'project-exists',
    field: 'body.name',
  });
  services.project('demo');
  services.project('omega');
  const first = await (await ask('/api/v1/projects?limit=1')).json();
  expect(first).toMatchObject({ items: [{ name: 'demo' }], next: 'demo' });
  const rest = await (await ask('/api/v1/projects?cursor=demo')).json();
  expect(rest).toMatchObject({ items: [{ name: 'omega' }], next: null });
  expect(await (await ask('/api/v1/projects/omega')).json()).toMatchObject({ name: 'omega' });
  expect(await problemIn(await ask('/api/v1/projects/none'))).toMatchObject({ status: 404, code: 'no-project' });
});

test.each([
  ['GET', '/api/v1/projects?limit=0', undefined, 422, 'query.limit'],
  ['GET', '/api/v1/projects?limit=x', undefined, 422, 'query.limit'],
  ['GET', '/api/v1/projects/UP', undefined, 422, 'path.project'],
  ['GET', '/api/v1/projects/demo/files/%FF%FE', undefined, 422, 'path'],
  ['GET', '/api/v1/projects/demo/files/100%', undefined, 422, 'path'],
  ['POST', '/api/v1/projects', '{"name":"../x"}', 422, 'body.name'],
  ['POST', '/api/v1/projects', '{"nam":"x"}', 422, 'body.name'],
  ['POST', '/api/v1/projects', '{', 400, undefined],
  ['POST', '/api/v1/projects', `{"name":"${'x'.repeat(MAX_BODY_BYTES)}"}`, 413, 'body'],
  ['POST', `/api/v1/objects/${'0'.repeat(64)}`, `"${'x'.repeat(MAX_BODY_BYTES)}"`, 413, 'body'],
  ['GET', '/api/v1/nothing', undefined, 404, undefined],
])('%s %s is refused and names what is wrong: %#', async (method, path, body, status, field) => {
  const { ask } = fakeApi();
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const problem = await problemIn(await ask(path, { method, headers, ...(body !== undefined && { body }) }));
  expect([problem.status, problem.field]).toEqual([status, field]);
  expect(problem.detail).not.toBe('');
});

test('a token is told who it is; what is no operation has a code of its own, by which a command knows an older server', async () => {
  const { services, ask } = fakeApi();
  const who = await ask('/api/v1/whoami');
  expect(await who.json()).toEqual({
    ...{ tenant: services.tenant, user: expect.any(String), scope: 'admin', projects: null },
  });
  const none = await ask('/api/v1/of-a-later-version');
  expect(await problemIn(none)).toMatchObject({ status: 404, code: 'not-found' });
});

test.each([
  ['POST', '/api/v1/whoami', 'GET, HEAD'],
  ['DELETE', '/api/v1/projects', 'GET, HEAD, POST'],
  ['PUT', '/api/v1/projects/demo', 'GET, HEAD, PATCH, DELETE'],
  ['POST', '/api/v1/projects/demo/files/a/b%20c.txt', 'GET, HEAD, PUT, DELETE'],
])('%s %s is refused, and says what can be done there: %s', async (method, path, allowed) => {
  const { services, send } = fakeApi();
  services.project('demo');
  const answer = await send(method, path);
  expect(answer.headers.get('allow')).toBe(allowed);
  expect(await problemIn(answer)).toMatchObject({
    status: 405,
    code: 'method-not-allowed',
    next: expect.stringContaining(allowed),
  });
});
