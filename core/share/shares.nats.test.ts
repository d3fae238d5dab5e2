// Share links on a real nats-server: uses that are counted by several servers at once, and the events that tell of them.
import { expect, test } from 'vitest';
import { systemClock } from '../model/clock.ts';
import type { FsEvent } from '../model/event.ts';
import { natsEventLog } from '../store/nats-event-log.ts';
import { natsKeyValue } from '../store/nats-key-value.ts';
import { sharesBucket } from '../store/nats-names.ts';
import { ensureTenant } from '../store/nats-setup.ts';
import { ACTOR } from '../testing/test-project.ts';
import { useNats } from '../testing/use-nats.ts';
import { WHOLE } from './share.fakes.ts';
import { createShare, readShare, revokeShare, type ShareIo, useShare } from './shares.ts';

const nats = useNats();

test('two servers never let more in than may, and all that happened is in the stream once', async () => {
  const tenant = nats.rig.freshTenant();
  await ensureTenant(nats.link, tenant, { shards: 1 });
  const events = natsEventLog(nats.link, tenant);
  const server = (): ShareIo => ({
    tenant,
    shares: natsKeyValue(nats.link, sharesBucket(tenant)),
    events,
    clock: systemClock,
  });
  const [one, two] = [server(), server()];
  const { share } = await createShare(one, { scope: WHOLE, since: 1, actor: ACTOR, maxUses: 4 });
  const asks = Array.from({ length: 10 }, (_, i) => useShare(i % 2 ? one : two, share.id, undefined));
  const outcomes = await Promise.all(asks);
  expect(outcomes.filter(({ kind }) => kind === 'used')).toHaveLength(4);
  expect((await readShare(two.shares, share.id))?.share.uses).toBe(4);
  await revokeShare(two, share.id, ACTOR);
  await revokeShare(one, share.id, ACTOR);

  const told: FsEvent[] = [];
  const ending = new AbortController();
  for await (const delivery of events.read({ afterSeq: 0, signal: ending.signal })) {
    if (delivery.kind === 'caught-up') break;
    if (delivery.kind === 'event') told.push(delivery.event);
  }
  ending.abort();
  expect(told.map(({ type }) => type).toSorted()).toEqual(
    ['ShareCreated', 'ShareRevoked', 'ShareUsed', 'ShareUsed', 'ShareUsed', 'ShareUsed'].toSorted(),
  );
});
