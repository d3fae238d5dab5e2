// The event log on real servers: its contract, and what readers and workers make of restarts, gaps and events that they do
// not know.
import { jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import type { Tenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { anEvent, eventLogContract, readUntil, someEvents, told, workUntil } from './event-log.contract.ts';
import { UnknownEventError } from './event-log.ts';
import { connectNats, type NatsLink } from './nats-connect.ts';
import { natsEventLog } from './nats-event-log.ts';
import { publish } from './nats-js-api.ts';
import { eventStream } from './nats-names.ts';
import type { Reply } from './nats-requests.ts';
import { ensureTenant } from './nats-setup.ts';
import { StoreUnavailableError } from './store-errors.ts';

await onEachNatsServer((nats) => {
  async function freshTenant(): Promise<Tenant> {
    const tenant = nats.rig.freshTenant();
    await ensureTenant(nats.link, tenant, { shards: 1 });
    return tenant;
  }

  eventLogContract('NATS', async () => natsEventLog(nats.link, await freshTenant()));

  test('I2: a read goes on over kills and restarts of NATS, without a gap or a repeat', async () => {
    const tenant = await freshTenant();
    const log = natsEventLog(nats.link, tenant);
    await log.publish(someEvents(1000, 'a'));
    const other = await connectNats({ servers: nats.rig.url, name: 'writer', log: silentLog });
    const writer = natsEventLog(other, tenant);
    const restartAnd = async (more: string) => {
      await nats.rig.restart();
      await other.untilConnected();
      await writer.publish(someEvents(50, more));
    };
    let count = 0;
    const seen = await readUntil(
      log,
      {},
      (deliveries) => deliveries.length === 1101,
      async (delivery) => {
        count += 1;
        if (count === 300) await restartAnd('b');
        if (delivery.kind === 'caught-up') await restartAnd('c');
      },
    );
    await other.close();
    const ids = seen.filter(({ kind }) => kind === 'event').map(told);
    expect(ids).toEqual([...someEvents(1000, 'a'), ...someEvents(50, 'b'), ...someEvents(50, 'c')].map(({ id }) => id));
  });

  test('durable work goes on over a kill and a restart, and loses no item', async () => {
    const tenant = await freshTenant();
    const log = natsEventLog(nats.link, tenant);
    await log.publish(someEvents(40));
    const done = new Set<string>();
    let restarted = false;
    await workUntil(log, { durable: 'archive', maxInFlight: 4, ackWaitMs: 500 }, async (item, stop) => {
      if (done.size === 10 && !restarted) {
        restarted = true;
        await nats.rig.restart();
      }
      try {
        await item.done();
        done.add(item.event.id);
      } catch (error) {
        // The answer did not arrive: the item comes again.
        expect(error).toBeInstanceOf(StoreUnavailableError);
      }
      if (done.size === 40) stop();
    });
    expect(done.size).toBe(40);
  });

  test('a reader whose cursor is older than the oldest event kept is told of the gap', async () => {
    const tenant = await freshTenant();
    const log = natsEventLog(nats.link, tenant);
    await log.publish(someEvents(5));
    const { streams } = await jetstreamManager(nats.link.connection);
    await streams.purge(eventStream(tenant), { seq: 4 });
    const seen = await readUntil(log, { afterSeq: 1 }, (deliveries) => deliveries.at(-1)?.kind === 'caught-up');
    expect(seen.map(told)).toEqual(['gap', 'e3', 'e4', 'caught-up']);
    expect(seen[0]).toEqual({ kind: 'gap', firstSeq: 4 });
  });

  test('I12: a reader whose cursor is newer than the stream is told, and reads what comes from now on', async () => {
    const tenant = await freshTenant();
    const log = natsEventLog(nats.link, tenant);
    await log.publish(someEvents(3));
    const seen = await readUntil(
      log,
      { afterSeq: 1000 },
      (deliveries) => deliveries.length === 3,
      async (delivery) => {
        if (delivery.kind === 'caught-up') await log.publish([anEvent('new')]);
      },
    );
    expect(seen.map(told)).toEqual(['gap', 'caught-up', 'new']);
    expect(seen[0]).toEqual({ kind: 'gap', firstSeq: 4 });
  });

  test('a message that is no known event is passed over, by readers and by workers', async () => {
    const tenant = await freshTenant();
    const log = natsEventLog(nats.link, tenant);
    await publish(nats.link, `fs.events.${tenant}._.ObjectCreated`, 'not even JSON');
    await publish(nats.link, `fs.events.${tenant}._.FromTheFuture`, JSON.stringify({ type: 'FromTheFuture' }));
    await log.publish([anEvent('a')]);
    const seen = await readUntil(log, {}, (deliveries) => deliveries.at(-1)?.kind === 'caught-up');
    expect(seen.map(told)).toEqual(['a', 'caught-up']);
    await workUntil(log, { durable: 'archive' }, async (item, stop) => {
      expect(item.event.id).toBe('a');
      await item.done();
      stop();
    });
    expect(await log.backlog('archive')).toEqual({ pending: 0, inFlight: 0 });
  });

  test('I3: that there is no last event is the leader’s word, not that of a replica that lags', async () => {
    const tenant = await freshTenant();
    await natsEventLog(nats.link, tenant).publish([anEvent('a')]);
    const lagging: NatsLink = Object.create(nats.link, {
      request: {
        value: async (...question: Parameters<NatsLink['request']>): Promise<Reply> => {
          if (!question[0].startsWith('$JS.API.DIRECT.GET.')) return nats.link.request(...question);
          return { subject: '', data: new Uint8Array(), headers: headers(404, 'Message Not Found') };
        },
      },
    });
    expect((await natsEventLog(lagging, tenant).last({}))?.event.id).toBe('a');
  });

  test('I3: a newest event that is not known here is an error and no absence', async () => {
    const tenant = await freshTenant();
    const log = natsEventLog(nats.link, tenant);
    await log.publish([anEvent('a')]);
    await publish(nats.link, `fs.events.${tenant}._.FromTheFuture`, JSON.stringify({ type: 'FromTheFuture' }));
    await expect(log.last({})).rejects.toThrow(new UnknownEventError(2, `fs.events.${tenant}._.FromTheFuture`));
    expect((await log.last({ types: ['ObjectCreated'] }))?.event.id).toBe('a');
  });

  test('while NATS is away publishing fails by name, and publishing all again doubles nothing', async () => {
    const tenant = await freshTenant();
    const log = natsEventLog(nats.link, tenant);
    const events = someEvents(2000);
    const publishing = log.publish(events);
    const failed = expect(publishing).rejects.toThrow(StoreUnavailableError);
    await nats.rig.kill();
    await failed;
    await expect(log.last({})).rejects.toThrow(StoreUnavailableError);
    await nats.rig.restart();
    await nats.link.untilConnected();
    await log.publish(events);
    const seen = await readUntil(log, {}, (deliveries) => deliveries.at(-1)?.kind === 'caught-up');
    expect(seen.slice(0, -1).map(told)).toEqual(events.map(({ id }) => id));
  });
});
