import { expect, test } from 'vitest';
import { systemClock } from '../core/model/clock.ts';
import { tokenAuth } from './auth.ts';

const TOKEN = 'an-admin-token-of-some-length';
const bearer = async (): Promise<undefined> => undefined;
const authOf = (token: string, clock = systemClock) => tokenAuth(token, clock, { bearer });

async function signedIn(clock = systemClock): Promise<string> {
  const cookie = await authOf(TOKEN, clock).signIn(TOKEN);
  if (!cookie) throw new Error('not signed in');
  return cookie;
}

test('the admin token signs in, another does not', async () => {
  const auth = authOf(TOKEN);
  expect(auth.session(await auth.signIn(TOKEN))).toEqual({ user: 'admin' });
  expect(await auth.signIn(`${TOKEN}x`)).toBeUndefined();
  expect(await auth.signIn('')).toBeUndefined();
});

test('a session is known by every replica with the same token, and by none with another', async () => {
  const cookie = await signedIn();
  expect(authOf(TOKEN).session(cookie)).toEqual({ user: 'admin' });
  expect(authOf(`${TOKEN}-changed`).session(cookie)).toBeUndefined();
});

test('a session ends after its time', async () => {
  let now = 1_700_000_000_000;
  const clock = { ...systemClock, now: () => now };
  const auth = authOf(TOKEN, clock);
  const cookie = await signedIn(clock);
  now += (auth.sessionSeconds - 1) * 1000;
  expect(auth.session(cookie)).toBeDefined();
  now += 2_000;
  expect(auth.session(cookie)).toBeUndefined();
});

test('a forged, cut or foreign cookie is no session', async () => {
  const auth = authOf(TOKEN);
  const [body = '', signature = ''] = (await signedIn()).split('.');
  const forged = Buffer.from(JSON.stringify({ user: 'admin', exp: 9_999_999_999 })).toString('base64url');
  for (const cookie of [
    undefined,
    '',
    'x',
    `${forged}.${signature}`,
    body,
    `${body}.`,
    `.${signature}`,
    `${body}.${signature}.x`,
  ]) {
    expect(auth.session(cookie)).toBeUndefined();
  }
});
