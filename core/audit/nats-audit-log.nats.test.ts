// The audit log on real servers: its contract, several writers at once, a lost answer, what other programs put into the stream,
// and a log that lost its end.
import { expect, test } from 'vitest';
import type { Tenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { connectNats, type NatsLink } from '../store/nats-connect.ts';
import { publish } from '../store/nats-js-api.ts';
import { natsKeyValue } from '../store/nats-key-value.ts';
import { auditSubject, indexBucket } from '../store/nats-names.ts';
import { ensureTenant } from '../store/nats-setup.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { aDraft, auditLogContract, entriesOf, signal } from './audit-log.contract.ts';
import { encodeEntry } from './entry.ts';
import { natsAuditLog } from './nats-audit-log.ts';
import { notedHead, noteHead } from './noted-head.ts';
import { verifyChain } from './verify-chain.ts';

await onEachNatsServer((nats) => {
  async function freshTenant(): Promise<Tenant> {
    const tenant = nats.rig.freshTenant();
    await ensureTenant(nats.link, tenant, { shards: 1 });
    return tenant;
  }

  auditLogContract('NATS', async () => {
    const tenant = await freshTenant();
    return { log: natsAuditLog(nats.link, tenant), tenant };
  });

  test('three servers that write at once make one chain, and none of their entries is missing or there twice', async () => {
    const tenant = await freshTenant();
    const others = await Promise.all(
      ['b', 'c'].map((name) => connectNats({ servers: nats.rig.url, name, log: silentLog })),
    );
    const logs = [nats.link, ...others].map((link) => natsAuditLog(link, tenant));
    const written = await Promise.all(
      logs.flatMap((log, at) =>
        Array.from({ length: 30 }, (_, i) =>
          log.append(aDraft(`${at}-${i}`, { actor: { kind: 'user', id: `${at}-${i}` } })),
        ),
      ),
    );
    const [log] = logs;
    if (!log) throw new Error('no log');
    const entries = await entriesOf(log);
    expect(new Set(entries.map((entry) => entry?.actor.id)).size).toBe(90);
    expect(written.toSorted((a, b) => a.seq - b.seq)).toEqual(entries);
    expect(await verifyChain(log, tenant, { known: written, signal })).toMatchObject({ kind: 'whole', count: 90 });
    for (const link of others) await link.close();
  });

  test('an entry whose answer was lost is written once, where it was', async () => {
    const tenant = await freshTenant();
    let isDeaf = true;
    const deaf: NatsLink = Object.assign(Object.create(nats.link), {
      request: async (...asked: Parameters<NatsLink['request']>) => {
        const reply = await nats.link.request(...asked);
        if (isDeaf && asked[0].startsWith('fs.audit.')) throw new StoreUnavailableError('hot', 'no answer');
        return reply;
      },
    });
    const log = natsAuditLog(deaf, tenant);
    await expect(log.append(aDraft('a'))).rejects.toThrow(StoreUnavailableError);
    isDeaf = false;
    const other = await log.append(aDraft('b'));
    expect(await log.append(aDraft('a'))).toMatchObject({ seq: 1 });
    expect((await entriesOf(log)).map((entry) => entry?.seq)).toEqual([1, 2]);
    expect(other.seq).toBe(2);
  });

  test('an entry whose answer was lost is written once also when NATS has forgotten its id and others were written since', async () => {
    const tenant = await freshTenant();
    let isDeaf = true;
    const deaf: NatsLink = Object.assign(Object.create(nats.link), {
      request: async (...[subject, payload, options]: Parameters<NatsLink['request']>) => {
        // As ten minutes later.
        options?.headers?.delete('Nats-Msg-Id');
        const reply = await nats.link.request(subject, payload, options);
        if (isDeaf && subject.startsWith('fs.audit.')) throw new StoreUnavailableError('hot', 'no answer');
        return reply;
      },
    });
    const log = natsAuditLog(deaf, tenant);
    await expect(log.append(aDraft('a'))).rejects.toThrow(StoreUnavailableError);
    const other = natsAuditLog(nats.link, tenant);
    for (let i = 0; i < 100; i++) await other.append(aDraft(`other ${i}`));
    isDeaf = false;
    expect(await log.append(aDraft('a'))).toMatchObject({ seq: 1, id: 'a' });
    expect((await log.append(aDraft('b'))).seq).toBe(102);
    const ids = (await entriesOf(log)).map((entry) => entry?.id);
    expect(ids.filter((id) => id === 'a')).toHaveLength(1);
    expect(await verifyChain(log, tenant, { known: [], signal })).toMatchObject({ kind: 'whole', count: 102 });
  });

  test('what another program put into the stream is named, and later entries follow it', async () => {
    const tenant = await freshTenant();
    const log = natsAuditLog(nats.link, tenant);
    await log.append(aDraft('a'));
    await publish(nats.link, auditSubject(tenant, undefined, 'project.create'), 'no entry');
    expect((await log.append(aDraft('b'))).seq).toBe(3);
    expect(await verifyChain(log, tenant, { known: [], signal })).toEqual({
      kind: 'broken',
      count: 1,
      seq: 2,
      fault: 'not-an-entry',
    });
  });

  test('a copy of the stream that lost its end is known by the head that the index remembers, and it goes on saying so', async () => {
    const tenant = await freshTenant();
    const log = natsAuditLog(nats.link, tenant);
    const index = natsKeyValue(nats.link, indexBucket(tenant));
    const [first, , third] = [
      await log.append(aDraft('a')),
      await log.append(aDraft('b')),
      await log.append(aDraft('c')),
    ];
    expect(await noteHead({ index, log }, third)).toBeUndefined();
    expect(await noteHead({ index, log }, first)).toBeUndefined();
    const noted = await notedHead(index);
    expect(noted).toEqual({ seq: 3, hash: third.hash });
    if (!noted) throw new Error('not noted');
    expect(await verifyChain(log, tenant, { known: [noted], signal })).toMatchObject({ kind: 'whole', count: 3 });

    // Where an older state of the disk was put back, the stream is the same one with fewer entries.
    const older = await freshTenant();
    await publish(nats.link, auditSubject(older, undefined, 'project.create'), encodeEntry(first));
    const cut = natsAuditLog(nats.link, older);
    expect(await verifyChain(cut, tenant, { known: [noted], signal })).toMatchObject({ seq: 2, fault: 'end-gone' });
    for (const id of ['d', 'e']) await cut.append(aDraft(id, { outcome: id }));
    const newest = await cut.append(aDraft('f'));
    expect(await noteHead({ index, log: cut }, newest)).toEqual(noted);
    expect(await verifyChain(cut, tenant, { known: [noted], signal })).toMatchObject({ seq: 3, fault: 'another' });
  });
});
