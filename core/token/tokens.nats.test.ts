// API tokens on a real nats-server: a stock bucket, and two who write one record at once.
import { expect, test } from 'vitest';
import { tokenState } from '../model/api-token.ts';
import { systemClock } from '../model/clock.ts';
import { natsKeyValue } from '../store/nats-key-value.ts';
import { tokensBucket } from '../store/nats-names.ts';
import { ensureTenant } from '../store/nats-setup.ts';
import { ACTOR } from '../testing/test-project.ts';
import { useNats } from '../testing/use-nats.ts';
import { createToken, noteUse, readToken, revokeToken, type TokenIo } from './tokens.ts';

const nats = useNats();

test('a use that is noted while others revoke never takes the revocation back, and of those who revoke one is first', async () => {
  const tenant = nats.rig.freshTenant();
  await ensureTenant(nats.link, tenant, { shards: 1 });
  const server = (): TokenIo => ({ tokens: natsKeyValue(nats.link, tokensBucket(tenant)), clock: systemClock });
  const [one, two] = [server(), server()];
  const asked = { name: 'ci', scope: 'write', projects: 'all', expiresAt: 'never', actor: ACTOR } as const;
  const { token } = await createToken(one, asked);
  const [first, second] = await Promise.all([
    revokeToken(one, token.id, ACTOR),
    revokeToken(two, token.id, ACTOR),
    ...Array.from({ length: 8 }, (_, i) => noteUse(i % 2 ? one : two, token.id)),
  ]);
  expect([first.kind, second.kind].toSorted()).toEqual(['revoked', 'revoked-before']);
  const at = await readToken(two.tokens, token.id);
  expect(at && tokenState(at.token, Date.now())).toBe('revoked');
});
