// What watches and readers make of a NATS that was restored from a backup and has grown again before they are back: the
// same streams, by name and time of creation, with as many messages as before, but others (I12).
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNatsServer } from '../embedded/nats-server.ts';
import type { Tenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { anEvent, readUntil, someEvents, told } from './event-log.contract.ts';
import { watchUntil } from './key-value.contract.ts';
import type { KvChange } from './key-value.ts';
import { connectNats, type NatsLink } from './nats-connect.ts';
import { natsEventLog } from './nats-event-log.ts';
import { natsKeyValue } from './nats-key-value.ts';
import { indexBucket } from './nats-names.ts';
import { ensureTenant } from './nats-setup.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

const changeOf = (change: KvChange): string => {
  if (change.kind === 'put') return `put ${change.entry.key}=${Buffer.from(change.entry.value)}`;
  return change.kind === 'delete' ? `delete ${change.key}` : change.kind;
};

await onEachNatsServer((nats) => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fs-nats-backup-'));
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  async function freshTenant(): Promise<Tenant> {
    const tenant = nats.rig.freshTenant();
    await ensureTenant(nats.link, tenant, { shards: 1 });
    return tenant;
  }

  /** Takes a backup. @returns what restores it: it comes back with what `grow` has added to it on another machine, so that
   *  nobody here sees a shorter stream in between */
  async function backup(): Promise<(grow: (elsewhere: NatsLink) => Promise<unknown>) => Promise<void>> {
    const copy = await mkdtemp(join(scratch, 'copy-'));
    await nats.rig.stop();
    await cp(nats.rig.storeDir, copy, { recursive: true });
    await nats.rig.restart();
    await nats.link.untilConnected();
    return async (grow) => {
      const { binary } = nats.rig;
      const server = await startNatsServer({ binary, storeDir: copy, logFile: join(scratch, 'nats.log') });
      const elsewhere = await connectNats({ servers: server.url, name: 'writer', log: silentLog });
      await grow(elsewhere);
      await elsewhere.close();
      await server.stop();
      await nats.rig.kill();
      await rm(nats.rig.storeDir, { recursive: true });
      await cp(copy, nats.rig.storeDir, { recursive: true });
      await nats.rig.restart();
    };
  }

  test('I12: a watch tells all that differs after a restored bucket has grown past what it had seen', async () => {
    const tenant = await freshTenant();
    const store = natsKeyValue(nats.link, indexBucket(tenant));
    await store.put('p.same', bytes('kept'));
    await store.put('p.back', bytes('old'));
    await store.put('p.again', bytes('old'));
    const restore = await backup();
    await store.put('p.back', bytes('new'));
    await store.put('p.gone', bytes('new'));
    await store.put('p.again', bytes('mine'));
    const seen = await watchUntil(
      store,
      'p.*',
      (changes) => changes.map(changeOf).includes('delete p.gone'),
      async (change) => {
        if (change.kind !== 'caught-up') return;
        await restore(async (elsewhere) => {
          const other = natsKeyValue(elsewhere, indexBucket(tenant));
          await other.put('p.other', bytes('1'));
          await other.put('p.other', bytes('2'));
          // The seq of p.again=mine, and another message.
          await other.put('p.again', bytes('theirs'));
          await other.put('p.last', bytes('1'));
        });
      },
    );
    expect(seen.map(changeOf)).toEqual([
      'put p.same=kept',
      'put p.back=new',
      'put p.gone=new',
      'put p.again=mine',
      'caught-up',
      'put p.back=old',
      'put p.other=2',
      'put p.again=theirs',
      'put p.last=1',
      'delete p.gone',
    ]);
  });

  test.each([
    ['that it has read', 0, ['e0', 'e1', 'e2', 'e3', 'e4', 'caught-up', 'gap', 'now']],
    ['that it was told', 5, ['caught-up', 'gap', 'now']],
  ])(
    'I12: a reader is told of a gap when another event has the seq %s, in a stream that was restored and has grown',
    async (_, afterSeq, expected) => {
      const tenant = await freshTenant();
      const log = natsEventLog(nats.link, tenant);
      const events = someEvents(5);
      await log.publish(events.slice(0, 3));
      const restore = await backup();
      await log.publish(events.slice(3));
      const seen = await readUntil(
        log,
        { afterSeq },
        (deliveries) => deliveries.map(told).includes('now'),
        async (delivery) => {
          if (delivery.kind === 'caught-up') {
            await restore((elsewhere) => natsEventLog(elsewhere, tenant).publish(someEvents(4, 'x')));
          }
          if (delivery.kind === 'gap') await log.publish([anEvent('now')]);
        },
      );
      expect(seen.map(told)).toEqual(expected);
      expect(seen.find(({ kind }) => kind === 'gap')).toEqual({ kind: 'gap', firstSeq: 8 });
    },
  );
});
