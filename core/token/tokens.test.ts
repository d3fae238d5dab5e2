// API tokens on a store in memory, with a clock that a test moves: what a record has of its token, how long it holds, and what
// two who write at once leave.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ApiToken,
  decodeToken,
  encodeToken,
  mayDo,
  maySee,
  principalOf,
  TOKEN_SCOPES,
  tokenNameSchema,
  tokenState,
} from '../model/api-token.ts';
import { AssertionError } from '../model/assert.ts';
import { parseProjectName } from '../model/ids.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { ACTOR } from '../testing/test-project.ts';
import { idInText, isTextOf, newTokenText } from './token-text.ts';
import {
  createToken,
  isUseToBeNoted,
  type NewToken,
  NOTED_EVERY_MS,
  noteUse,
  purgeTokens,
  readToken,
  revokeToken,
  type TokenIo,
} from './tokens.ts';

const DAY_MS = 24 * 3_600_000;

function works() {
  let now = Date.UTC(2026, 0, 1);
  const tokens = memoryKeyValue();
  const io: TokenIo = { tokens, clock: { now: () => now } };
  return {
    io,
    tokens,
    now: () => now,
    pass: (ms: number) => (now += ms),
    make: (asked: Partial<NewToken> = {}) =>
      createToken(io, { name: 'ci', scope: 'read', projects: 'all', expiresAt: 'never', actor: ACTOR, ...asked }),
    recordOf: async (id: string): Promise<ApiToken> => {
      const at = await readToken(tokens, id);
      if (!at) throw new Error('it is there');
      return at.token;
    },
  };
}

test('a token has its id and 160 secret bits, and its record has neither the secret nor a part of it', async () => {
  const { make, tokens } = works();
  const { token, text } = await make();
  expect(text).toMatch(/^fst_[0-9a-f]{12}_[0-9a-f]{40}$/);
  expect(idInText(text)).toBe(token.id);
  const record = Buffer.from((await tokens.get(`tokens.${token.id}`))?.value ?? []).toString();
  const secret = text.split('_')[2] ?? '';
  for (let at = 0; at + 8 <= secret.length; at++) expect(record).not.toContain(secret.slice(at, at + 8));
});

test('only the very text is a token’s', async () => {
  const { make } = works();
  const { token, text } = await make();
  expect(isTextOf(token, text)).toBe(true);
  for (const other of [
    newTokenText().text,
    text.toUpperCase(),
    `${text} `,
    text.slice(0, -1),
    text.replace(token.id, '0'.repeat(12)),
  ])
    expect(isTextOf(token, other)).toBe(false);
});

test('what is no token by its looks has no id, whatever it is', () => {
  const { text } = newTokenText();
  for (const odd of ['', 'fst__', `${text}\n`, ` ${text}`, text.replace('fst', 'fsx'), `${text}00`, '__proto__'])
    expect(idInText(odd)).toBeUndefined();
  fc.assert(fc.property(fc.string(), (odd) => idInText(odd) === undefined));
});

test('it holds until the very instant that it ends, and one that never ends holds', async () => {
  const { make, now, pass } = works();
  const { token } = await make({ expiresAt: now() + DAY_MS });
  const { token: lasting } = await make();
  pass(DAY_MS - 1);
  expect(tokenState(token, now())).toBe('active');
  pass(1);
  expect([tokenState(token, now()), tokenState(lasting, now())]).toEqual(['expired', 'active']);
});

test('none lasts for longer than a year without saying that it never ends, and an administrator’s is for all projects', async () => {
  const { make, now } = works();
  await expect(make({ expiresAt: now() + 367 * DAY_MS })).rejects.toThrow(AssertionError);
  await expect(make({ scope: 'admin', projects: [parseProjectName('demo')] })).rejects.toThrow(AssertionError);
});

test('a revoked one is revoked once, by who was first; what is no id names none', async () => {
  const { io, make, recordOf, pass } = works();
  const { token } = await make();
  expect((await revokeToken(io, token.id, ACTOR)).kind).toBe('revoked');
  pass(DAY_MS);
  expect((await revokeToken(io, token.id, { kind: 'user', id: 'late' })).kind).toBe('revoked-before');
  const { revoked } = await recordOf(token.id);
  expect(revoked?.actor).toEqual(ACTOR);
  for (const id of ['', '*', '>', 'x'.repeat(12), `${token.id}.more`, '0'.repeat(12)])
    expect(await revokeToken(io, id, ACTOR)).toEqual({ kind: 'no-token' });
});

test('a use is noted at most once a minute, and never takes a revocation back', async () => {
  const { io, make, tokens, recordOf, now, pass } = works();
  const { token } = await make();
  await noteUse(io, token.id);
  const { revision } = (await readToken(tokens, token.id)) ?? {};
  pass(NOTED_EVERY_MS - 1);
  await noteUse(io, token.id);
  expect((await readToken(tokens, token.id))?.revision).toBe(revision);
  pass(1);
  expect(isUseToBeNoted(await recordOf(token.id), now())).toBe(true);
  // Revoked between its read and its write.
  const slow: TokenIo = {
    ...io,
    tokens: {
      ...tokens,
      compareAndSet: async (...asked) => {
        await revokeToken(io, token.id, ACTOR);
        return tokens.compareAndSet(...asked);
      },
    },
  };
  await noteUse(slow, token.id);
  expect(tokenState(await recordOf(token.id), now())).toBe('revoked');
});

test('records of tokens that ended long ago go, and no others', async () => {
  const { io, make, pass, now, tokens } = works();
  await make({ expiresAt: now() + DAY_MS });
  const { token: open } = await make();
  const { token: gone } = await make();
  await revokeToken(io, gone.id, ACTOR);
  const { token: late } = await make({ expiresAt: now() + 50 * DAY_MS });
  pass(60 * DAY_MS);
  expect(await purgeTokens(io, now() - 30 * DAY_MS)).toBe(2);
  const left: string[] = [];
  for await (const key of tokens.keys('tokens.*')) left.push(key.slice('tokens.'.length));
  expect(left.toSorted()).toEqual([open.id, late.id].toSorted());
});

test('each scope may do what those before it may', () => {
  const table = TOKEN_SCOPES.map((has) => TOKEN_SCOPES.filter((needed) => mayDo(has, needed)).join(' '));
  expect(table).toEqual(['read', 'read write', 'read write admin']);
});

test('who has a token is known by its name and id, and sees its projects alone', async () => {
  const { make } = works();
  const [demo, other] = [parseProjectName('demo'), parseProjectName('other')];
  const { token } = await make({ name: 'nightly', projects: [demo] });
  const principal = principalOf(decodeToken(encodeToken(token)));
  expect(principal.actor).toEqual({ kind: 'token', id: `nightly (fst_${token.id})` });
  expect([maySee(principal, demo), maySee(principal, other)]).toEqual([true, false]);
  expect(maySee(principalOf((await make()).token), other)).toBe(true);
});

test('a name is one line of what can be seen', () => {
  for (const name of ['ci', '<b>ci</b>', 'Nächtlich 🦊', '"; DROP TABLE'])
    expect(tokenNameSchema.parse(` ${name} `)).toBe(name);
  for (const odd of ['', '   ', 'a\nb', 'a\r\nb', 'a\u0000b', 'a\u202eb', 'a\u200bb', 'a\u2028b', 'x'.repeat(61)])
    expect(tokenNameSchema.safeParse(odd).success).toBe(false);
});
