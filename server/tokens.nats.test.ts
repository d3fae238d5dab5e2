// Two servers and their tokens, on a real nats-server: what one makes works at the other at once, and what one revokes ends at
// the other as its watch hears of it.
import { expect, test } from 'vitest';
import { FakeAudit } from '../app/testing/fake-audit.ts';
import type { AskedToken } from '../app/token-view.ts';
import { assert } from '../core/model/assert.ts';
import { systemClock } from '../core/model/clock.ts';
import { silentLog } from '../core/model/log.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import { tokensBucket } from '../core/store/nats-names.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import { ACTOR } from '../core/testing/test-project.ts';
import { useNats } from '../core/testing/use-nats.ts';
import { openTokens, type Tokens } from './tokens.ts';

const nats = useNats();
const ASKED: AskedToken = { name: 'ci', scope: 'write', projects: 'all', expiresAt: 'never' };

test('a token works at another server before its watch has heard of it, and ends there without being asked for', async () => {
  const tenant = nats.rig.freshTenant();
  await ensureTenant(nats.link, tenant, { shards: 1 });
  const ending = new AbortController();
  const ends: Promise<void>[] = [];
  let heard = () => {};
  const server = (changed: () => void): Tokens => {
    const tokens = natsKeyValue(nats.link, tokensBucket(tenant));
    const audit = new FakeAudit(systemClock.now());
    return openTokens({ tokens, audit, clock: systemClock, log: silentLog, isHeard: () => true }, changed);
  };
  const one = server(() => {});
  const two = server(() => heard());
  const made = await one.commands.createToken(ACTOR, ASKED);
  assert(made.kind === 'token-made', 'it is as it may be');
  const { token, text } = made;
  expect((await two.bearer(text))?.scope).toBe('write');

  const until = (state: string | undefined) =>
    new Promise<void>((resolve) => {
      heard = () => {
        const found = two.board.page({ state: state === 'active' ? 'active' : 'ended', limit: 9 }).tokens;
        if (found.some(({ id }) => id === token.id)) resolve();
      };
    });
  const isActive = until('active');
  ends.push(two.board.follow(ending.signal));
  await isActive;
  const hasEnded = until('ended');
  await one.commands.revokeToken(ACTOR, token.id);
  await hasEnded;
  expect(await two.bearer(text)).toBeUndefined();
  expect(await one.bearer(text)).toBeUndefined();
  ending.abort();
  await Promise.all(ends);
});
