// Stores that fail as a script says, around stores that do not. They have the same interface, so that what works on
// real stores is run against every kind of trouble that those can make.
import type { Clock } from '../model/clock.ts';
import { systemClock } from '../model/clock.ts';
import type { EventLog } from '../store/event-log.ts';
import type { KeyValue } from '../store/key-value.ts';
import { type ByteSource, collect, type ObjectStore } from '../store/object-store.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import type { Faults } from './faults.ts';

const lost = (operation: string) => new StoreUnavailableError('hot', `injected fault in ${operation}`);

interface Injection {
  readonly faults: Faults;
  readonly clock?: Clock;
}

/** @param torn  what of the operation happens before it stops in the middle; absent: nothing */
async function inject<T>(
  { faults, clock = systemClock }: Injection,
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
      throw lost(operation);
    case 'tear':
      await torn?.();
      throw lost(operation);
    case 'drop-ack':
      await act();
      throw lost(operation);
  }
}

export function faultyObjectStore(store: ObjectStore, injection: Injection): ObjectStore {
  return {
    put: (sha, sizeBytes, body, options) =>
      inject(
        injection,
        'put',
        () => store.put(sha, sizeBytes, body, options),
        async () => {
          // The source is opened and left in the middle, as a lost connection leaves it; nothing is visible.
          if (!(body instanceof Uint8Array))
            for await (const part of (body as ByteSource)()) if (part.length > 0) break;
        },
      ),

    async get(sha, options) {
      const fault = injection.faults.next('get');
      if (fault?.kind === 'tear') {
        const reader = await store.get(sha, options);
        return { sizeBytes: reader.sizeBytes, bytes: firstHalf(reader.bytes) };
      }
      return inject({ ...injection, faults: { next: () => fault } }, 'get', () => store.get(sha, options));
    },

    stat: (sha) => inject(injection, 'stat', () => store.stat(sha)),
    delete: (sha, options) => inject(injection, 'delete', () => store.delete(sha, options)),

    async *list() {
      const fault = injection.faults.next('list');
      if (fault?.kind === 'delay') await (injection.clock ?? systemClock).sleep(fault.ms);
      else if (fault && fault.kind !== 'tear') throw lost('list');
      let count = 0;
      for await (const object of store.list()) {
        if (fault?.kind === 'tear' && count === 1) throw lost('list');
        count += 1;
        yield object;
      }
    },
  };
}

async function* firstHalf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const all = await collect(bytes);
  yield all.subarray(0, all.length >> 1);
  throw lost('get');
}

export function faultyKeyValue(store: KeyValue, injection: Injection): KeyValue {
  return {
    get: (key) => inject(injection, 'get', () => store.get(key)),
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
        () => log.publish(events.slice(0, events.length >> 1)),
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
  };
}
