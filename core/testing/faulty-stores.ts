// Stores that fail as a script says, around stores that do not. They have the same interface, so that what works on
// real stores is run against every kind of trouble that those can make.
import type { Clock } from '../model/clock.ts';
import { systemClock } from '../model/clock.ts';
import type { ColdStore } from '../store/cold-store.ts';
import type { EventLog } from '../store/event-log.ts';
import type { KeyValue } from '../store/key-value.ts';
import { type ByteSource, collect, type ObjectReader, type ObjectStore } from '../store/object-store.ts';
import { StoreUnavailableError, type Tier } from '../store/store-errors.ts';
import type { Faults } from './faults.ts';

const lost = (operation: string, tier: Tier = 'hot') =>
  new StoreUnavailableError(tier, `injected fault in ${operation}`);

interface Injection {
  readonly faults: Faults;
  readonly clock?: Clock;
  /** that the errors name; default hot */
  readonly tier?: Tier;
}

/** @param torn  what of the operation happens before it stops in the middle; absent: nothing */
async function inject<T>(
  { faults, clock = systemClock, tier }: Injection,
  operation: string,
  act: () => Promise<T>,
  torn?: () => Promise<unknown>,
): Promise<T> {
  const fault = faults.next(operation);
  switch (fault?.kind) {
    case undefined:
      return act();
    case 'delay':
      await clock.sleep(fault.ms);
      return act();
    case 'fail':
      throw lost(operation, tier);
    case 'tear':
      await torn?.();
      throw lost(operation, tier);
    case 'drop-ack':
      await act();
      throw lost(operation, tier);
  }
}

export function faultyObjectStore(store: ObjectStore, injection: Injection): ObjectStore {
  return {
    put: (sha, sizeBytes, body, options) => faultyPut(injection, body, () => store.put(sha, sizeBytes, body, options)),
    get: (sha, options) => faultyGet(injection, () => store.get(sha, options)),
    stat: (sha) => inject(injection, 'stat', () => store.stat(sha)),
    delete: (sha, options) => inject(injection, 'delete', () => store.delete(sha, options)),

    list: () => faultyList(injection, 'list', () => store.list()),
  };
}

export function faultyColdStore(store: ColdStore, faulty: Omit<Injection, 'tier'>): ColdStore {
  const injection = { ...faulty, tier: 'cold' } as const;
  return {
    kind: store.kind,
    put: (sha, sizeBytes, body, options) => faultyPut(injection, body, () => store.put(sha, sizeBytes, body, options)),
    check: (sha, expected) => inject(injection, 'check', () => store.check(sha, expected)),
    get: (sha, options) => faultyGet(injection, () => store.get(sha, options)),
    delete: (sha) => inject(injection, 'delete', () => store.delete(sha)),
    list: () => faultyList(injection, 'list', () => store.list()),
    // It is worked out, not asked for.
    signedLink: (sha, options) => store.signedLink(sha, options),
    deleteDocument: (key) => inject(injection, 'deleteDocument', () => store.deleteDocument(key)),
    putDocument: (key, bytes) => inject(injection, 'putDocument', () => store.putDocument(key, bytes)),
    getDocument: (key) => inject(injection, 'getDocument', () => store.getDocument(key)),
    listDocuments: (prefix) => faultyList(injection, 'listDocuments', () => store.listDocuments(prefix)),
    probe: () => inject(injection, 'probe', () => store.probe()),
  };
}

function faultyPut<T>(injection: Injection, body: Uint8Array | ByteSource, act: () => Promise<T>): Promise<T> {
  return inject(injection, 'put', act, () => leaveInTheMiddle(body));
}

/** The source is opened and left in the middle, as a lost connection leaves it; nothing is visible. */
async function leaveInTheMiddle(body: Uint8Array | ByteSource): Promise<void> {
  if (body instanceof Uint8Array) return;
  for await (const part of body()) if (part.length > 0) return;
}

/** Torn in the middle of the bytes, not before them. */
async function faultyGet(injection: Injection, open: () => Promise<ObjectReader>): Promise<ObjectReader> {
  const fault = injection.faults.next('get');
  if (fault?.kind !== 'tear') return inject({ ...injection, faults: { next: () => fault } }, 'get', open);
  const { sizeBytes, bytes } = await open();
  return { sizeBytes, bytes: firstHalf(bytes, injection.tier) };
}

/** Torn after the first one. */
async function* faultyList<T>(
  { faults, clock = systemClock, tier }: Injection,
  operation: string,
  list: () => AsyncIterable<T>,
): AsyncGenerator<T> {
  const fault = faults.next(operation);
  if (fault?.kind === 'delay') await clock.sleep(fault.ms);
  else if (fault && fault.kind !== 'tear') throw lost(operation, tier);
  let count = 0;
  for await (const item of list()) {
    if (fault?.kind === 'tear' && count === 1) throw lost(operation, tier);
    count += 1;
    yield item;
  }
}

async function* firstHalf(bytes: AsyncIterable<Uint8Array>, tier: Tier | undefined): AsyncGenerator<Uint8Array> {
  const all = await collect(bytes);
  yield all.subarray(0, all.length >> 1);
  throw lost('get', tier);
}

export function faultyKeyValue(store: KeyValue, injection: Injection): KeyValue {
  return {
    get: (key, options) => inject(injection, 'get', () => store.get(key, options)),
    compareAndSet: (key, value, revision) =>
      inject(injection, 'compareAndSet', () => store.compareAndSet(key, value, revision)),
    put: (key, value) => inject(injection, 'put', () => store.put(key, value)),
    delete: (key, revision) => inject(injection, 'delete', () => store.delete(key, revision)),
    async *keys(filter) {
      await inject(injection, 'keys', async () => {});
      yield* store.keys(filter);
    },
    // A watch outlives the connection, so that no fault of a connection is seen through it.
    watch: (filter, options) => store.watch(filter, options),
  };
}

export function faultyEventLog(log: EventLog, injection: Injection): EventLog {
  return {
    publish: (events) =>
      inject(
        injection,
        'publish',
        () => log.publish(events),
        // They are on their way side by side: later ones may be in without earlier ones.
        () => log.publish(events.filter((_, i) => i % 2 === 1)),
      ),
    last: (filter) => inject(injection, 'last', () => log.last(filter)),
    read: (options) => log.read(options),
    async *work(options) {
      for await (const item of log.work(options)) {
        yield {
          ...item,
          done: () => inject(injection, 'done', () => item.done()),
          retry: (delayMs) => inject(injection, 'retry', () => item.retry(delayMs)),
        };
      }
    },
    backlog: (durable) => inject(injection, 'backlog', () => log.backlog(durable)),
    endWork: (durable) => inject(injection, 'endWork', () => log.endWork(durable)),
  };
}
