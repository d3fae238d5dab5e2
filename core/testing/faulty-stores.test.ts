import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { anEvent, eventLogContract, readUntil, someEvents, told } from '../store/event-log.contract.ts';
import { keyValueContract, watchUntil } from '../store/key-value.contract.ts';
import { memoryEventLog } from '../store/memory-event-log.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { objectStoreContract, sourceOf } from '../store/object-store.contract.ts';
import { readObject } from '../store/object-store.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { scriptedFaults, seededFaults } from './faults.ts';
import { faultyEventLog, faultyKeyValue, faultyObjectStore } from './faulty-stores.ts';

const late = () => ({ faults: seededFaults(1, { delay: 0.3, maxDelayMs: 2 }) });

objectStoreContract('that is late now and then', async () => ({
  store: faultyObjectStore(memoryObjectStore(), late()),
  chunkBytes: 64 * 1024,
}));
keyValueContract('that is late now and then', async () => faultyKeyValue(memoryKeyValue(), late()));
eventLogContract('that is late now and then', async () => faultyEventLog(memoryEventLog(), late()));

const bytes = Buffer.from('content');
const sha = shaOf(bytes);

test('a put that fails or is torn leaves nothing; one whose acknowledgement is lost is there', async () => {
  const inner = memoryObjectStore();
  const store = faultyObjectStore(inner, {
    faults: scriptedFaults([
      ['put', 1, { kind: 'fail' }],
      ['put', 2, { kind: 'tear' }],
      ['put', 3, { kind: 'drop-ack' }],
    ]),
  });
  const source = sourceOf(bytes, 2);
  await expect(store.put(sha, 7, source)).rejects.toThrow(StoreUnavailableError);
  expect(source.opened()).toBe(0);
  await expect(store.put(sha, 7, source)).rejects.toThrow(StoreUnavailableError);
  expect(source.opened()).toBe(1);
  expect((await inner.stat(sha)).kind).toBe('absent');
  await expect(store.put(sha, 7, source)).rejects.toThrow(StoreUnavailableError);
  expect((await inner.stat(sha)).kind).toBe('present');
  expect(await store.put(sha, 7, source)).toBe('present');
});

test('a torn read gives some bytes and then fails', async () => {
  const inner = memoryObjectStore();
  await inner.put(sha, 7, bytes);
  const store = faultyObjectStore(inner, { faults: scriptedFaults([['get', 1, { kind: 'tear' }]]) });
  const parts: Uint8Array[] = [];
  const reading = async () => {
    for await (const part of (await store.get(sha)).bytes) parts.push(part);
  };
  await expect(reading()).rejects.toThrow(StoreUnavailableError);
  expect(Buffer.concat(parts).toString()).toBe('con');
  expect(Buffer.from(await readObject(store, sha)).toString()).toBe('content');
});

test('a compare-and-set whose acknowledgement is lost has happened, and a read tells', async () => {
  const store = faultyKeyValue(memoryKeyValue(), {
    faults: scriptedFaults([['compareAndSet', 1, { kind: 'drop-ack' }]]),
  });
  await expect(store.compareAndSet('k', bytes, 0)).rejects.toThrow(StoreUnavailableError);
  expect(await store.compareAndSet('k', bytes, 0)).toMatchObject({ kind: 'moved', entry: { key: 'k' } });
});

test('a torn publish leaves the first half, and publishing all again completes it', async () => {
  const log = faultyEventLog(memoryEventLog(), { faults: scriptedFaults([['publish', 1, { kind: 'tear' }]]) });
  const events = someEvents(4);
  await expect(log.publish(events)).rejects.toThrow(StoreUnavailableError);
  expect((await log.last({}))?.event.id).toBe('e1');
  await log.publish(events);
  const seen = await readUntil(log, {}, (deliveries) => deliveries.at(-1)?.kind === 'caught-up');
  expect(seen.map(told)).toEqual(['e0', 'e1', 'e2', 'e3', 'caught-up']);
});

test('the same seed gives the same faults, and after healing there are none', () => {
  const rates = { fail: 0.2, dropAck: 0.2, tear: 0.2, delay: 0.2 };
  const kinds = (seed: number) => {
    const faults = seededFaults(seed, rates);
    return Array.from({ length: 50 }, () => faults.next('put')?.kind);
  };
  expect(kinds(7)).toEqual(kinds(7));
  expect(kinds(7)).not.toEqual(kinds(8));
  const faults = seededFaults(7, { fail: 1 });
  expect(faults.next('put')).toEqual({ kind: 'fail' });
  faults.heal();
  expect(faults.next('put')).toBeUndefined();
  expect(faults.counts.fail).toBe(1);
});

test('I12: an index that loses its last seconds tells its watches what is there now', async () => {
  const store = memoryKeyValue();
  await store.put('k.a', Buffer.from('1'));
  const lose = store.checkpoint();
  const seen = await watchUntil(
    store,
    'k.*',
    (changes) => changes.length === 6,
    async (change) => {
      if (change.kind !== 'caught-up') return;
      await store.put('k.a', Buffer.from('2'));
      await store.put('k.b', Buffer.from('2'));
      lose();
    },
  );
  const tellings = seen.map((change) =>
    change.kind === 'put' ? Buffer.from(change.entry.value).toString() : change.kind,
  );
  expect(tellings).toEqual(['1', 'caught-up', '2', '2', '1', 'delete']);
  expect((await store.get('k.a'))?.revision).toBe(1);
});

test('I12: an event log that loses its last seconds tells readers who were further, and takes the events again', async () => {
  const log = memoryEventLog();
  await log.publish(someEvents(2));
  const lose = log.checkpoint();
  const lateOnes = [anEvent('l0'), anEvent('l1')];
  await log.publish(lateOnes);
  const seen = await readUntil(
    log,
    {},
    (deliveries) => deliveries.some((delivery) => told(delivery) === 'n'),
    async (delivery) => {
      if (delivery.kind !== 'caught-up') return;
      lose();
      await log.publish(lateOnes);
      await log.publish([anEvent('n')]);
    },
  );
  expect(seen.map(told)).toEqual(['e0', 'e1', 'l0', 'l1', 'caught-up', 'gap', 'l0', 'l1', 'n']);
});

test('I12: an object store that loses its last seconds has what it had then', async () => {
  const store = memoryObjectStore();
  await store.put(sha, 7, bytes);
  const lose = store.checkpoint();
  const other = Buffer.from('other');
  await store.put(shaOf(other), 5, other);
  lose();
  expect((await store.stat(sha)).kind).toBe('present');
  expect((await store.stat(shaOf(other))).kind).toBe('absent');
});
