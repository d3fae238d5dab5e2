// Whom the API lets do what: by the scope of a token, by its projects, and as often as it may ask.

import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { tokenGuesses } from '../../app/rate-limit.ts';
import { FAKE_TOKEN, FakeServices } from '../../app/testing/fake-services.ts';
import { problemSchema } from '../../core/api/problem.ts';
import type { TokenScope } from '../../core/model/api-token.ts';
import { type ProjectName, parseProjectName } from '../../core/model/ids.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { apiRoutes } from './api.ts';
import type { ApiEnv } from './api-env.ts';
import { requireScope } from './who-asks.ts';

const DEMO = parseProjectName('demo');

function api(rate = { perSecond: 10, burst: 100 }) {
  let now = 0;
  const services = new FakeServices();
  for (const name of ['demo', 'other']) services.project(name);
  services.put('demo', { path: 'a.md', content: 'a' });
  const app = apiRoutes(services, { guesses: tokenGuesses(() => now), rate, now: () => now });
  return {
    services,
    pass: (ms: number) => (now += ms),
    token(text: string, scope: TokenScope, projects: readonly ProjectName[] | 'all' = 'all') {
      services.bearers.set(text, { actor: { kind: 'token', id: text }, scope, projects });
    },
    /** `GET` or `POST`, a path, and who asks */
    async ask(what: string, token: string | undefined, body?: unknown) {
      const [method = '', path = ''] = what.split(' ');
      const headers = {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      };
      return app.request(`http://fs.test/api/v1${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    },
  };
}

async function refusal(response: Response) {
  const { status, code, detail, field } = problemSchema.parse(await response.json());
  return { status, code, detail, field };
}

test('what changes something needs a token that may, and the refusal names both scopes', async () => {
  const { ask, token, services } = api();
  token('reader', 'read');
  token('writer', 'write');
  expect((await ask('GET /projects', 'reader')).status).toBe(200);
  expect(await refusal(await ask('POST /projects', 'reader', { name: 'new' }))).toMatchObject({
    status: 403,
    code: 'scope-missing',
    detail: 'This needs a token of scope write; this one has read.',
  });
  expect(services.asked).toEqual([]);
  expect((await ask('POST /projects', 'writer', { name: 'new' })).status).toBe(201);
  expect(services.asked).toEqual([['createProject', { kind: 'token', id: 'writer' }, 'new']]);
});

test('of a project that is not the token’s there is nothing, as of one that is none', async () => {
  const { ask, token } = api();
  token('of demo', 'write', [DEMO]);
  expect((await ask('GET /projects/demo', 'of demo')).status).toBe(200);
  const [other, none] = [await ask('GET /projects/other', 'of demo'), await ask('GET /projects/none', 'of demo')];
  const [ofOther, ofNone] = [await refusal(other), await refusal(none)];
  expect(ofOther).toMatchObject({ status: 404, code: 'no-project' });
  expect({ ...ofOther, detail: ofOther.detail.replace('other', 'none') }).toEqual(ofNone);
  expect([...other.headers.keys()]).toEqual([...none.headers.keys()]);
  const list = z.object({ items: z.array(z.object({ name: z.string() })) });
  const { items } = list.parse(await (await ask('GET /projects', 'of demo')).json());
  expect(items.map(({ name }) => name)).toEqual(['demo']);
  expect(await refusal(await ask('POST /projects', 'of demo', { name: 'mine' }))).toMatchObject({
    status: 403,
    field: 'body.name',
  });
});

test('whether a token holds is unknown while NATS is away: nobody is let in, and it is said', async () => {
  const { ask, services } = api();
  services.auth.bearer = async () => {
    throw new StoreUnavailableError('hot', 'NATS does not answer');
  };
  expect(await refusal(await ask('GET /projects', 'any'))).toMatchObject({ status: 503, code: 'unavailable' });
});

test('answers say how much is left; one too many is refused until there is one again; others are not touched', async () => {
  const { ask, token, pass } = api({ perSecond: 0.5, burst: 2 });
  token('hasty', 'read');
  const first = await ask('GET /projects', 'hasty');
  const fields = ({ headers }: Response) => [headers.get('ratelimit-policy'), headers.get('ratelimit')];
  expect(fields(first)).toEqual(['"token";q=2;w=4', '"token";r=1;t=2']);
  expect((await ask('GET /projects/none', 'hasty')).status).toBe(404);
  const refused = await ask('GET /projects', 'hasty');
  expect([refused.headers.get('content-type'), refused.headers.get('retry-after')]).toEqual([
    'application/problem+json',
    '2',
  ]);
  expect(fields(refused)).toEqual(['"token";q=2;w=4', '"token";r=0;t=2']);
  expect(problemSchema.parse(await refused.json())).toMatchObject({
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
    status: 429,
    code: 'quota-exceeded',
    next: 'Ask again in 2 s.',
    'violated-policies': ['token'],
  });
  expect((await ask('GET /projects', FAKE_TOKEN)).status).toBe(200);
  // Answers that stream say it too.
  expect(fields(await ask('GET /projects/demo/files/a.md', FAKE_TOKEN))).toEqual([
    '"token";q=2;w=4',
    '"token";r=0;t=2',
  ]);
  pass(2_000);
  expect((await ask('GET /projects', 'hasty')).status).toBe(200);
});

test('without a token, or with a wrong one, an address has its own allowance, and a right token behind it has another', async () => {
  const { ask } = api({ perSecond: 1, burst: 3 });
  const codes: string[] = [];
  for (const token of [undefined, 'wrong', 'wrong', undefined])
    codes.push((await refusal(await ask('GET /projects', token))).code);
  expect(codes).toEqual(['unauthorized', 'unauthorized', 'unauthorized', 'quota-exceeded']);
  expect((await ask('GET /projects', FAKE_TOKEN)).status).toBe(200);
});

test('an operation of one project whose path does not name it lets nobody through', async () => {
  const app = new Hono<ApiEnv>();
  app.onError(({ name }, c) => c.text(name, 500));
  app.use((c, next) => {
    c.set('principal', { actor: { kind: 'token', id: 'of demo' }, scope: 'admin', projects: [DEMO] });
    return next();
  });
  app.get('/named/:project', requireScope('read', 'one'), (c) => c.text('told'));
  app.get('/misspelled/:p', requireScope('read', 'one'), (c) => c.text('told'));
  expect(await (await app.request('/named/demo')).text()).toBe('told');
  expect(await (await app.request('/misspelled/demo')).text()).toBe('AssertionError');
});
