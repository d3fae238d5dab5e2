import { expect, test } from 'vitest';
import { parseTenant, shaOf } from '../model/ids.ts';
import { coldStoreContract } from '../store/cold-store.contract.ts';
import { anEvent, eventLogContract, readUntil, someEvents, told } from '../store/event-log.contract.ts';
import { keyValueContract, watchUntil } from '../store/key-value.contract.ts';
import { type MemoryColdStorage, memoryColdStore } from '../store/memory-cold-store.ts';
import { memoryEventLog } from '../store/memory-event-log.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { objectStoreContract, sourceOf } from '../store/object-store.contract.ts';
import { readObject } from '../store/object-store.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { scriptedFaults, seededFaults } from './faults.ts';
import { faultyColdStore, faultyEventLog, faultyKeyValue, faultyObjectStore } from './faulty-stores.ts';

const tenant = parseTenant('acme');
const late = () => ({ faults: seededFaults(1, { delay: 0.3, maxDelayMs: 2 }) });

objectStoreContract('that is late now and then', async () => ({
  store: faultyObjectStore(memoryObjectStore(), late()),
  chunkBytes: 64 * 1024,
}));
keyValueContract('that is late now and then', async () => faultyKeyValue(memoryKeyValue(), late()));
eventLogContract('that is late now and then', async () => faultyEventLog(memoryEventLog(), late()));
coldStoreContract('memory that is late now and then', async () => {
  const storage: MemoryColdStorage = new Map();
  const inner = memoryColdStore(tenant, { storage });
  return {
    store: faultyColdStore(inner, late()),
    inMemory: true,
    neighbour: faultyColdStore(memoryColdStore(parseTenant('other'), { storage }), late()),
    overwrite: async (sha, bytes) => inner.damage(sha, bytes),
    leftovers: async () => [],
    takeAway: async () => inner.setAway(true),
    giveBack: async () => inner.setAway(false),
    close: async () => {},
  };
});

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

test('a cold store fails in the name of cold: before, in the middle, and after it is done', async () => {
  const inner = memoryColdStore(tenant);
  const store = faultyColdStore(inner, {
    faults: scriptedFaults([
      ['put', 1, { kind: 'fail' }],
      ['put', 2, { kind: 'tear' }],
      ['put', 3, { kind: 'drop-ack' }],
      ['get', 1, { kind: 'tear' }],
      ['list', 1, { kind: 'tear' }],
      ['delete', 1, { kind: 'drop-ack' }],
      ['check', 2, { kind: 'fail' }],
      ['putDocument', 1, { kind: 'drop-ack' }],
      ['getDocument', 1, { kind: 'fail' }],
    ]),
  });
  const away = expect.objectContaining({ name: 'StoreUnavailableError', tier: 'cold' });
  const source = sourceOf(bytes, 2);
  await expect(store.put(sha, 7, source)).rejects.toEqual(away);
  expect(source.opened()).toBe(0);
  await expect(store.put(sha, 7, source)).rejects.toEqual(away);
  expect(source.opened()).toBe(1);
  expect(await store.check(sha, { sizeBytes: 7 })).toEqual({ kind: 'absent' });
  await expect(store.put(sha, 7, source)).rejects.toEqual(away);
  await expect(store.check(sha, { sizeBytes: 7 })).rejects.toEqual(away);
  const { etag } = await store.put(sha, 7, source);
  expect(await store.check(sha, { sizeBytes: 7, etag })).toMatchObject({ kind: 'proven' });
  await expect(readObject(store, sha)).rejects.toEqual(away);
  expect(Buffer.from(await readObject(store, sha)).toString()).toBe('content');
  await inner.put(shaOf('other'), 5, Buffer.from('other'));
  const found: string[] = [];
  const listing = async () => {
    for await (const object of store.list()) found.push(object.sha);
  };
  await expect(listing()).rejects.toEqual(away);
  expect(found).toHaveLength(1);
  await expect(store.delete(sha)).rejects.toEqual(away);
  expect(await inner.check(sha, { sizeBytes: 7 })).toEqual({ kind: 'absent' });
  await expect(store.putDocument('projects/demo/current.json', bytes)).rejects.toEqual(away);
  await expect(store.getDocument('projects/demo/current.json')).rejects.toEqual(away);
  expect(bytes.equals((await store.getDocument('projects/demo/current.json')) ?? Buffer.alloc(0))).toBe(true);
});

/** Tries until it works, as all callers do in the end. */
async function insisting<T>(work: () => Promise<T>): Promise<T> {
  while (true) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}

const EVERYTHING = { fail: 0.2, tear: 0.2, dropAck: 0.2, delay: 0.1, maxDelayMs: 1 };

test.each([1, 2, 3, 4])(
  'I1, I6: with failures, torn transfers and lost acknowledgements, who repeats a put has one intact object (seed %i)',
  async (seed) => {
    const faults = seededFaults(seed, EVERYTHING);
    const stores = [
      faultyObjectStore(memoryObjectStore(), { faults }),
      faultyColdStore(memoryColdStore(tenant), { faults }),
    ];
    const contents = Array.from({ length: 40 }, (_, i) => Buffer.from(`content ${i % 30}`.repeat(i * 100)));
    const expected = [...new Set(contents.map((content) => shaOf(content)))].sort();
    for (const store of stores) {
      const work = contents.map(async (content) => {
        const sha = shaOf(content);
        await insisting<unknown>(() => store.put(sha, content.length, sourceOf(content)));
        const read = await insisting(() => readObject(store, sha));
        expect(content.equals(read)).toBe(true);
      });
      await Promise.all(work);
      const list = async () => {
        const found: string[] = [];
        for await (const object of store.list()) found.push(object.sha);
        return found.sort();
      };
      expect(await insisting(list)).toEqual(expected);
    }
    expect(Math.min(...Object.values(faults.counts))).toBeGreaterThan(0);
  },
);

test('a compare-and-set whose acknowledgement is lost has happened, and a read tells', async () => {
  const store = faultyKeyValue(memoryKeyValue(), {
    faults: scriptedFaults([['compareAndSet', 1, { kind: 'drop-ack' }]]),
  });
  await expect(store.compareAndSet('k', bytes, 0)).rejects.toThrow(StoreUnavailableError);
  expect(await store.compareAndSet('k', bytes, 0)).toMatchObject({ kind: 'moved', entry: { key: 'k' } });
});

test('a torn publish leaves later events without earlier ones, and publishing all again completes it', async () => {
  const log = faultyEventLog(memoryEventLog(), { faults: scriptedFaults([['publish', 1, { kind: 'tear' }]]) });
  const events = someEvents(4);
  await expect(log.publish(events)).rejects.toThrow(StoreUnavailableError);
  expect((await log.last({}))?.event.id).toBe('e3');
  await log.publish(events);
  const seen = await readUntil(log, {}, (deliveries) => deliveries.at(-1)?.kind === 'caught-up');
  expect(seen.map(told)).toEqual(['e1', 'e3', 'e0', 'e2', 'caught-up']);
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
