// Who shows a token, as a server knows it: from what it has heard, from the record where it has not, and refused where that is
// unknown.
import { expect, test } from 'vitest';
import { FakeAudit } from '../app/testing/fake-audit.ts';
import type { AskedToken } from '../app/token-view.ts';
import { assert } from '../core/model/assert.ts';
import { parseProjectName } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { ACTOR } from '../core/testing/test-project.ts';
import { newTokenText } from '../core/token/token-text.ts';
import { openTokens, type Tokens } from './tokens.ts';

const DAY_MS = 24 * 3_600_000;
const BEGIN = Date.UTC(2026, 0, 1);
const ASKED: AskedToken = {
  name: 'ci',
  scope: 'write',
  projects: [parseProjectName('demo')],
  expiresAt: BEGIN + DAY_MS,
};

async function make(server: Tokens, asked: AskedToken) {
  const outcome = await server.commands.createToken(ACTOR, asked);
  assert(outcome.kind === 'token-made', 'it is as it may be');
  return outcome;
}

/** Two servers on one store. */
function works() {
  let now = BEGIN;
  let away = false;
  const tokens = memoryKeyValue();
  const asked: string[] = [];
  const warned: string[] = [];
  const ending = new AbortController();
  const following: Promise<void>[] = [];
  const server = (changed = () => {}) =>
    openTokens(
      {
        tokens: {
          ...tokens,
          get: async (key, options) => {
            if (away) throw new StoreUnavailableError('hot', 'NATS is away');
            asked.push(key);
            return tokens.get(key, options);
          },
        },
        clock: { now: () => now },
        isHeard: () => !away,
        audit: new FakeAudit(BEGIN),
        log: { ...silentLog, warn: (_, message) => warned.push(message) },
      },
      changed,
    );
  return {
    server,
    tokens,
    asked,
    warned,
    pass: (ms: number) => (now += ms),
    leave: () => (away = true),
    /** Until it has heard of all that there is. */
    async follow(one: ReturnType<typeof server>, count: number) {
      following.push(one.board.follow(ending.signal));
      await expect.poll(() => one.board.page({ state: 'active', limit: 99 }).tokens.length).toBe(count);
    },
    async end() {
      ending.abort();
      await Promise.all(following);
    },
  };
}

test('a token is who made it said, on every server, asked of the record only where it was not heard of', async () => {
  const { server, asked, follow, end } = works();
  const [one, two] = [server(), server()];
  const { token, text } = await make(one, ASKED);
  const who = {
    actor: { kind: 'token', id: `ci (fst_${token.id})` },
    scope: 'write',
    projects: [parseProjectName('demo')],
  };
  expect(await two.bearer(text)).toEqual(who);
  await follow(two, 1);
  // The use that was noted is asked for once.
  await expect.poll(() => two.board.find(token.id)?.last_used).toBeDefined();
  asked.length = 0;
  expect(await two.bearer(text)).toEqual(who);
  expect(asked).toEqual([]);
  await end();
});

test('where nobody may be asked, one that was not heard of is none', async () => {
  const { server, asked, follow, end } = works();
  const one = server();
  const { text } = await make(one, ASKED);
  asked.length = 0;
  for (const odd of [text, newTokenText().text]) expect(await one.bearer(odd, { heardOnly: true })).toBeUndefined();
  expect(asked).toEqual([]);
  await follow(one, 1);
  expect(await one.bearer(text, { heardOnly: true })).toBeDefined();
  await expect.poll(() => asked.length).toBe(1);
  await end();
});

test('a text of the right id and a wrong secret is nobody’s, nor is one that was never made or looks like none', async () => {
  const { server } = works();
  const one = server();
  const { token, text } = await make(one, ASKED);
  const stranger = newTokenText().text;
  const forged = stranger.replace(/^fst_[0-9a-f]{12}/, `fst_${token.id}`);
  for (const odd of [forged, stranger, '', 'x', text.slice(0, -1), `${text}0`, text.toUpperCase()])
    expect(await one.bearer(odd)).toBeUndefined();
});

test('it ends at the instant that was said, and the list is told of it once', async () => {
  const { server, pass, follow, end } = works();
  let changes = 0;
  const one = server(() => changes++);
  const { text } = await make(one, ASKED);
  await follow(one, 1);
  pass(DAY_MS - 1);
  expect(await one.bearer(text)).toBeDefined();
  await expect.poll(() => changes).toBe(2);
  one.board.noticeEnds();
  pass(1);
  expect(await one.bearer(text)).toBeUndefined();
  one.board.noticeEnds();
  one.board.noticeEnds();
  expect(changes).toBe(3);
  await end();
});

test('many uses at once are noted once', async () => {
  const { server, asked, follow, tokens, end } = works();
  const one = server();
  const { token, text } = await make(one, ASKED);
  await follow(one, 1);
  await Promise.all(Array.from({ length: 50 }, () => one.bearer(text)));
  await expect.poll(() => one.board.find(token.id)?.last_used).toBeDefined();
  expect(asked).toEqual([`tokens.${token.id}`]);
  expect((await tokens.get(`tokens.${token.id}`))?.revision).toBe(2);
  await end();
});

test('while NATS is away whether a token was revoked is unknown, and unknown lets nobody in', async () => {
  const { server, follow, leave, end } = works();
  const one = server();
  const { text } = await make(one, ASKED);
  await follow(one, 1);
  leave();
  await expect(one.bearer(text)).rejects.toThrow(StoreUnavailableError);
  await end();
});

test('a record that this version does not understand opens nothing, and is told of', async () => {
  const { server, tokens, warned } = works();
  const { text } = newTokenText();
  await tokens.put(`tokens.${text.split('_')[1]}`, Buffer.from('{"v":2}'));
  expect(await server().bearer(text)).toBeUndefined();
  expect(warned).toHaveLength(1);
});

test('tokens are listed in pages, the newest first, those that ended by themselves, without what programs send', async () => {
  const { server, pass, follow, end } = works();
  const one = server();
  const made: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const { token, text } = await make(one, { ...ASKED, name });
    made.unshift(token.id);
    expect(JSON.stringify(token)).not.toContain(text.split('_')[2]);
    pass(1);
  }
  await follow(one, 3);
  const first = await one.queries.tokens({ state: 'active', limit: 2 });
  expect(first.tokens.map(({ id }) => id)).toEqual(made.slice(0, 2));
  const rest = await one.queries.tokens({ state: 'active', limit: 2, before: first.next });
  expect([rest.tokens.map(({ id }) => id), rest.next]).toEqual([made.slice(2), undefined]);
  expect(await one.commands.revokeToken(ACTOR, made[0] ?? '')).toEqual({ kind: 'token-revoked' });
  expect(await one.commands.revokeToken(ACTOR, made[0] ?? '')).toEqual({ kind: 'token-revoked-before' });
  expect(await one.commands.revokeToken(ACTOR, 'none')).toEqual({ kind: 'no-token' });
  await expect.poll(() => one.board.page({ state: 'ended', limit: 9 }).tokens.map(({ id }) => id)).toEqual([made[0]]);
  expect((await one.queries.token(made[0] ?? ''))?.revoked?.by).toBe(ACTOR.id);
  await end();
});

test('an end that has passed or is too far away, and an administrator’s token for some projects, are refused', async () => {
  const { server, tokens } = works();
  const make = async (asked: Partial<AskedToken>) =>
    (await server().commands.createToken(ACTOR, { ...ASKED, ...asked })).kind;
  expect(await make({ expiresAt: BEGIN })).toBe('token-end-wrong');
  expect(await make({ expiresAt: BEGIN + 366 * DAY_MS + 1 })).toBe('token-end-wrong');
  expect(await make({ expiresAt: Number.NaN })).toBe('token-end-wrong');
  expect(await make({ scope: 'admin' })).toBe('token-admin-limited');
  const keys: string[] = [];
  for await (const key of tokens.keys('>')) keys.push(key);
  expect(keys).toEqual([]);
  expect(await make({ expiresAt: BEGIN + 366 * DAY_MS })).toBe('token-made');
});

test('I12: a revocation that NATS has forgotten is made again by whoever heard of it, and the token opens nothing meanwhile', async () => {
  const { server, tokens, warned, follow, end } = works();
  const one = server();
  const { token, text } = await make(one, ASKED);
  await follow(one, 1);
  const forget = tokens.checkpoint();
  await one.commands.revokeToken(ACTOR, token.id);
  await expect.poll(() => one.board.find(token.id)?.revoked).toBeDefined();
  forget();
  await expect.poll(() => warned).toHaveLength(1);
  expect(await one.bearer(text)).toBeUndefined();
  await expect.poll(async () => (await server().queries.token(token.id))?.state).toBe('revoked');
  await end();
});
