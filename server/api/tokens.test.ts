// Tokens through the API: by administrators only, told once, and named in what they do.
import { expect, test } from 'vitest';
import { tokenGuesses } from '../../app/rate-limit.ts';
import { FAKE_TOKEN, FakeServices } from '../../app/testing/fake-services.ts';
import { FAKE_NOW } from '../../app/testing/fake-time.ts';
import { fakeApiToken } from '../../app/testing/fake-tokens.ts';
import { madeTokenSchema, tokenPageSchema, tokenSchema } from '../../core/api/token.ts';
import { isoTime } from '../../core/model/clock.ts';
import { parseProjectName } from '../../core/model/ids.ts';
import { apiRoutes } from './api.ts';

function api() {
  const services = new FakeServices();
  const app = apiRoutes(services, { guesses: tokenGuesses(), rate: { perSecond: 1_000, burst: 1_000 } });
  const ask = async (method: string, path: string, body?: unknown, token = FAKE_TOKEN) =>
    app.request(`http://fs.test/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  return { services, ask };
}

const NEW = { name: 'ci', scope: 'read', expires_at: isoTime(FAKE_NOW) };

test('a token is made for who is named, and its text is in this answer alone', async () => {
  const { services, ask } = api();
  const actor = { kind: 'token', id: 'deploy (fst_1)' } as const;
  services.bearers.set('deploy', { actor, scope: 'admin', projects: 'all' });
  const answer = await ask('POST', '/tokens', { ...NEW, projects: ['demo'] }, 'deploy');
  expect([answer.status, answer.headers.get('location')]).toEqual([201, `/api/v1/tokens/${'5f'.padEnd(12, '0')}`]);
  expect(madeTokenSchema.parse(await answer.json()).token).toMatch(/^fst_/);
  expect(services.asked).toEqual([
    ['createToken', actor, { name: 'ci', scope: 'read', projects: ['demo'], expiresAt: FAKE_NOW }],
  ]);
  await ask('POST', '/tokens', { ...NEW, expires_at: 'never' });
  expect(services.asked[1]?.[2]).toMatchObject({ projects: 'all', expiresAt: 'never' });
});

test.each([
  [{ ...NEW, expires_at: undefined }, 'body.expires_at'],
  [{ ...NEW, expires_at: 'soon' }, 'body.expires_at'],
  [{ ...NEW, scope: 'root' }, 'body.scope'],
  [{ ...NEW, name: 'a\u202eb' }, 'body.name'],
  [{ ...NEW, projects: [] }, 'body.projects'],
  [{ ...NEW, projects: ['../x'] }, 'body.projects.0'],
  [{ ...NEW, more: 1 }, 'body'],
])('a token that breaks a rule is not made, and its field is named: %#', async (body, field) => {
  const { services, ask } = api();
  const answer = await ask('POST', '/tokens', body);
  expect([answer.status, await answer.json()]).toMatchObject([422, { code: 'invalid-value', field }]);
  expect(services.asked).toEqual([]);
});

test.each([undefined, 'soon'])(
  'when a token may end is told with the time first, never as if it could only be without end: %j',
  async (end) => {
    const answer = await api().ask('POST', '/tokens', { ...NEW, expires_at: end });
    expect(await answer.json()).toMatchObject({
      detail: expect.stringMatching(
        /^body.expires_at: give a time such as .*Z", at most 366 days from now; or never, /,
      ),
    });
  },
);

test('what only the server’s clock and the whole say is refused with its field too', async () => {
  const { services, ask } = api();
  services.outcomes.createToken = { kind: 'token-end-wrong' };
  expect(await (await ask('POST', '/tokens', NEW)).json()).toMatchObject({ field: 'body.expires_at', status: 422 });
  services.outcomes.createToken = { kind: 'token-admin-limited' };
  expect(await (await ask('POST', '/tokens', NEW)).json()).toMatchObject({ field: 'body.projects', status: 422 });
});

test('tokens are listed in pages and shown without what programs send, and one is revoked', async () => {
  const { services, ask } = api();
  const ended = fakeApiToken('e', { state: 'revoked', revoked: { by: 'bob', at: FAKE_NOW } });
  services.madeTokens = [
    fakeApiToken('a', { expiresAt: 'never', lastUsedAt: FAKE_NOW }),
    fakeApiToken('b', { projects: [parseProjectName('demo')] }),
    ended,
  ];
  const first = tokenPageSchema.parse(await (await ask('GET', '/tokens?limit=1')).json());
  expect([first.items[0]?.name, first.items[0]?.expires_at, first.next]).toEqual(['token a', 'never', 'a00000000000']);
  const rest = tokenPageSchema.parse(await (await ask('GET', `/tokens?cursor=${first.next}`)).json());
  expect([rest.items.map(({ name }) => name), rest.next]).toEqual([['token b'], null]);
  expect(tokenPageSchema.parse(await (await ask('GET', '/tokens?state=ended')).json()).items).toHaveLength(1);
  const one = tokenSchema.parse(await (await ask('GET', `/tokens/${ended.id}`)).json());
  expect(one).toMatchObject({ state: 'revoked', revoked_by: 'bob', revoked_at: isoTime(FAKE_NOW) });
  expect((await ask('DELETE', '/tokens/a00000000000')).status).toBe(204);
  expect(services.asked[0]).toEqual(['revokeToken', { kind: 'user', id: 'admin' }, 'a00000000000']);
  services.outcomes.revokeToken = { kind: 'no-token' };
  for (const method of ['GET', 'DELETE'])
    expect(await (await ask(method, '/tokens/c00000000000')).json()).toMatchObject({ status: 404, code: 'no-token' });
});

test('tokens are for administrators', async () => {
  const { services, ask } = api();
  const actor = { kind: 'token', id: 'ci (fst_1)' } as const;
  services.bearers.set('ci', { actor, scope: 'write', projects: 'all' });
  for (const [method, path, body] of [
    ['GET', '/tokens', undefined],
    ['POST', '/tokens', NEW],
    ['DELETE', '/tokens/a00000000000', undefined],
  ] as const)
    expect((await ask(method, path, body, 'ci')).status).toBe(403);
  expect(services.asked).toEqual([]);
});
