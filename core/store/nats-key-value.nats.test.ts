// The key-value port on real servers: its contract, stock clients, and what a watch makes of restarts and of a bucket that
// went back.
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { expect, test } from 'vitest';
import { silentLog } from '../model/log.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { keysOf, keyValueContract, watchUntil } from './key-value.contract.ts';
import { connectNats, type NatsLink } from './nats-connect.ts';
import { natsKeyValue } from './nats-key-value.ts';
import { indexBucket, kvStream } from './nats-names.ts';
import { ensureTenant } from './nats-setup.ts';
import { StoreUnavailableError } from './store-errors.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

await onEachNatsServer((nats) => {
  async function freshBucket(): Promise<string> {
    const tenant = nats.rig.freshTenant();
    await ensureTenant(nats.link, tenant, { shards: 1 });
    return indexBucket(tenant);
  }

  keyValueContract('NATS', async () => natsKeyValue(nats.link, await freshBucket()));

  test('stock clients read what is written here, and are read here', async () => {
    const bucket = await freshBucket();
    const ours = natsKeyValue(nats.link, bucket);
    const theirs = await new Kvm(nats.link.connection).open(bucket);
    const revision = await ours.put('a.b', bytes('ours'));
    expect((await theirs.get('a.b'))?.string()).toBe('ours');
    expect(await theirs.update('a.b', 'theirs', revision)).toBeGreaterThan(revision);
    expect(Buffer.from((await ours.get('a.b'))?.value ?? []).toString()).toBe('theirs');
    await theirs.delete('a.b');
    expect(await ours.get('a.b')).toBeUndefined();
    expect((await ours.compareAndSet('a.b', bytes('again'), 0)).kind).toBe('set');
    await theirs.purge('a.b');
    expect(await keysOf(ours, '>')).toEqual([]);
    await ours.put('c', bytes('1'));
    await ours.delete('c');
    expect((await theirs.get('c'))?.operation).toBe('DEL');
  });

  test('I2: a watch goes on over a kill -9 and a restart of NATS, and misses no newest value', async () => {
    const bucket = await freshBucket();
    const store = natsKeyValue(nats.link, bucket);
    await store.put('p.a', bytes('1'));
    await store.put('p.b', bytes('1'));
    const other = await connectNats({ servers: nats.rig.url, name: 'writer', log: silentLog });
    const writer = natsKeyValue(other, bucket);
    const seen = await watchUntil(
      store,
      'p.*',
      (changes) =>
        changes.some((change) => change.kind === 'put' && Buffer.from(change.entry.value).equals(bytes('3'))),
      async (change) => {
        if (change.kind !== 'caught-up') return;
        await nats.rig.restart();
        await other.untilConnected();
        await writer.put('p.a', bytes('2'));
        await writer.delete('p.b');
        await nats.rig.restart();
        await other.untilConnected();
        await writer.put('p.c', bytes('3'));
      },
    );
    await other.close();
    const told = seen.map((change) =>
      change.kind === 'put' ? `${change.entry.key}=${Buffer.from(change.entry.value)}` : change.kind,
    );
    expect(told).toEqual(['p.a=1', 'p.b=1', 'caught-up', 'p.a=2', 'delete', 'p.c=3']);
  });

  test('I3: a key whose value is replaced while a reader begins is listed, and told before all that was there', async () => {
    const bucket = await freshBucket();
    const store = natsKeyValue(nats.link, bucket);
    for (const key of ['a', 'b']) await store.put(key, bytes('1'));
    const request: NatsLink['request'] = async (subject, ...rest) => {
      if (subject.startsWith('$JS.API.CONSUMER.CREATE.')) await store.put('a', bytes('2'));
      return nats.link.request(subject, ...rest);
    };
    const meeting = natsKeyValue(Object.create(nats.link, { request: { value: request } }) as NatsLink, bucket);
    const listed: string[] = [];
    for await (const key of meeting.keys('*')) listed.push(key);
    expect(listed.sort()).toEqual(['a', 'b']);
    const seen = await watchUntil(meeting, '*', (changes) => changes.some(({ kind }) => kind === 'caught-up'));
    expect(seen.map(({ kind }) => kind)).toEqual(['put', 'put', 'caught-up']);
  });

  test('I12: the newest value is asked of the leader, and not of any replica', async () => {
    const bucket = await freshBucket();
    const asked: string[] = [];
    const request: NatsLink['request'] = (subject, payload) => {
      asked.push(subject);
      return nats.link.request(subject, payload);
    };
    const store = natsKeyValue(Object.create(nats.link, { request: { value: request } }) as NatsLink, bucket);
    const revision = await store.put('k', bytes('1'));
    asked.length = 0;
    expect((await store.get('k', { newest: true }))?.revision).toBe(revision);
    expect(await store.get('none', { newest: true })).toBeUndefined();
    expect(asked.every((subject) => subject.includes('STREAM.MSG.GET'))).toBe(true);
    expect((await store.get('k'))?.revision).toBe(revision);
    expect(asked.filter((subject) => subject.includes('DIRECT.GET')).length).toBe(1);
  });

  test('I12: a watch notices that the bucket went back, and tells what is there now and what is not any more', async () => {
    const bucket = await freshBucket();
    const store = natsKeyValue(nats.link, bucket);
    for (const key of ['p.a', 'p.b', 'p.a', 'p.a']) await store.put(key, bytes('before'));
    const stop = new AbortController();
    const told: string[] = [];
    for await (const change of store.watch('p.*', { signal: stop.signal })) {
      told.push(
        change.kind === 'put'
          ? `put ${change.entry.key}=${Buffer.from(change.entry.value)}`
          : change.kind === 'delete'
            ? `delete ${change.key}`
            : change.kind,
      );
      if (change.kind === 'caught-up') {
        // As after a restored backup: the same bucket with older content. The watch's consumer ends with the stream.
        const { streams } = await jetstreamManager(nats.link.connection);
        const { config } = await streams.info(kvStream(bucket));
        await streams.delete(kvStream(bucket));
        await streams.add(config);
        await store.put('p.a', bytes('restored'));
      }
      if (change.kind === 'delete') stop.abort();
    }
    expect(told).toEqual(['put p.b=before', 'put p.a=before', 'caught-up', 'put p.a=restored', 'delete p.b']);
  });

  test('while NATS is away reads and writes fail by name and nothing looks absent', async () => {
    const store = natsKeyValue(nats.link, await freshBucket());
    await store.put('k', bytes('1'));
    await nats.rig.kill();
    await expect(store.get('k')).rejects.toThrow(StoreUnavailableError);
    await expect(store.put('k', bytes('2'))).rejects.toThrow(StoreUnavailableError);
    await expect(store.compareAndSet('k', bytes('2'), 1)).rejects.toThrow(StoreUnavailableError);
    await expect(store.delete('k')).rejects.toThrow(StoreUnavailableError);
    await expect(keysOf(store, '>')).rejects.toThrow(StoreUnavailableError);
    await nats.rig.restart();
    await nats.link.untilConnected();
    expect(Buffer.from((await store.get('k'))?.value ?? []).toString()).toBe('1');
  });

  test('a bucket that does not exist is not available, never empty', async () => {
    const store = natsKeyValue(nats.link, 'fs_index_nobody');
    await expect(store.get('k')).rejects.toThrow(StoreUnavailableError);
    await expect(keysOf(store, '>')).rejects.toThrow(StoreUnavailableError);
  });
});
