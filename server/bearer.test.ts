// Whose token a request shows, and how guesses are held up without holding up who has a right one.
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { tokenGuesses } from '../app/rate-limit.ts';
import { FAKE_TOKEN, FakeServices } from '../app/testing/fake-services.ts';
import type { Principal } from '../core/model/api-token.ts';
import { newTokenText } from '../core/token/token-text.ts';
import { shownBy } from './bearer.ts';

const PROGRAM: Principal = { actor: { kind: 'token', id: 'ci (fst_1)' }, scope: 'read', projects: 'all' };

function works() {
  let now = 0;
  const services = new FakeServices();
  const { text } = newTokenText();
  services.bearers.set(text, PROGRAM);
  const guesses = tokenGuesses(() => now);
  const app = new Hono().get('/', async (c) => c.json(await shownBy(c, services, guesses)));
  const ask = async (authorization?: string) =>
    (await app.request('/', { headers: authorization === undefined ? {} : { authorization } })).json();
  return { services, text, ask, audit: services.audit, pass: (ms: number) => (now += ms) };
}

test('the administrator’s token and a program’s are known, another is a stranger’s, and none is nothing', async () => {
  const { text, ask, audit } = works();
  expect(await ask(`Bearer ${FAKE_TOKEN}`)).toMatchObject({ kind: 'known', principal: { scope: 'admin' } });
  expect(await ask(`bearer   ${text}`)).toEqual({ kind: 'known', principal: PROGRAM });
  expect(await ask(`Bearer ${newTokenText().text}`)).toEqual({ kind: 'stranger' });
  for (const odd of [undefined, '', 'Bearer', 'Bearer ', `Basic ${FAKE_TOKEN}`, FAKE_TOKEN])
    expect(await ask(odd)).toEqual({ kind: 'nothing' });
  // A program's token is named by its id, of which no secret follows.
  const actor = { kind: 'address', id: 'unknown' };
  const scope = { token: expect.stringMatching(/^[0-9a-f]{12}$/) };
  expect(audit.facts).toEqual([{ actor, action: 'token.use', scope, outcome: 'wrong-token' }]);
});

test('after ten wrong ones an address waits: no guess is looked at, and a program’s right token is let through', async () => {
  const { text, ask, pass } = works();
  for (let i = 0; i < 10; i++)
    expect(await ask(`Bearer ${i % 2 ? `guess ${i}` : newTokenText().text}`)).toEqual({ kind: 'stranger' });
  pass(1_000);
  const waits = { kind: 'too-many', waitMs: 59_000 };
  expect(await ask(`Bearer ${FAKE_TOKEN}`)).toEqual(waits);
  expect(await ask(`Bearer ${newTokenText().text}`)).toEqual(waits);
  expect(await ask(`Bearer ${text}`)).toEqual({ kind: 'known', principal: PROGRAM });
  pass(59_000);
  expect(await ask(`Bearer ${FAKE_TOKEN}`)).toMatchObject({ kind: 'known' });
});

test('of an address that waits nobody is asked: it would make each server read of NATS as often as it likes', async () => {
  const { services, text, ask } = works();
  const asked: (boolean | undefined)[] = [];
  const { bearer } = services.auth;
  services.auth.bearer = async (token, options) => {
    asked.push(options?.heardOnly);
    return bearer(token, options);
  };
  for (let i = 0; i < 12; i++) await ask(`Bearer ${newTokenText().text}`);
  expect(asked).toEqual([...Array(10).fill(false), true, true]);
  expect(await ask(`Bearer ${text}`)).toMatchObject({ kind: 'known' });
});
