import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseSha } from '../model/ids.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { someEvents } from './event-log.contract.ts';
import { natsEventLog } from './nats-event-log.ts';
import { natsObjectStore } from './nats-object-store.ts';
import { ensureTenant } from './nats-setup.ts';
import { readStreamSizes } from './nats-stream-sizes.ts';

await onEachNatsServer((nats) => {
  test('bytes and objects of all shards are counted, and events by their last seq', async () => {
    const tenant = nats.rig.freshTenant();
    const shards = 2;
    await ensureTenant(nats.link, tenant, { shards });
    expect(await readStreamSizes(nats.link, tenant, shards)).toEqual({ hotBytes: 0, hotObjects: 0, lastEventSeq: 0 });

    const hot = natsObjectStore(nats.link, tenant, { shards });
    // Of one chunk and of several: both count once.
    const sizes = [10, 2_000_000, 30];
    for (const [i, size] of sizes.entries()) {
      const bytes = Buffer.alloc(size, i + 1);
      await hot.put(parseSha(createHash('sha256').update(bytes).digest('hex')), size, bytes);
    }
    await natsEventLog(nats.link, tenant).publish(someEvents(5, 'a'));
    const after = await readStreamSizes(nats.link, tenant, shards);
    expect(after).toMatchObject({ hotObjects: 3, lastEventSeq: 5 });
    expect(after.hotBytes).toBeGreaterThan(2_000_040);
  });

  test('what is not set up holds nothing', async () => {
    expect(await readStreamSizes(nats.link, nats.rig.freshTenant(), 1)).toMatchObject({ hotBytes: 0, lastEventSeq: 0 });
  });
});
