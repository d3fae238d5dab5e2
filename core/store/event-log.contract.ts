// What every EventLog does, as tests. The in-memory one and NATS pass the same suite.
import { describe, expect, test } from 'vitest';
import { assert } from '../model/assert.ts';
import type { EventType, FsEvent } from '../model/event.ts';
import { fakeSha, type ProjectName, parseProjectName, parseTenant } from '../model/ids.ts';
import type { EventDelivery, EventFilter, EventLog, LoggedEvent, WorkItem } from './event-log.ts';

export const demo = parseProjectName('demo');
export const other = parseProjectName('other');

/** A small event; its id says which one it is. */
export function anEvent(
  id: string,
  { type = 'ObjectCreated', project = demo }: { type?: 'ObjectCreated' | 'ObjectEvicted'; project?: ProjectName } = {},
): FsEvent {
  const envelope = {
    id,
    ts: '2026-01-01T00:00:00.000Z',
    tenant: parseTenant('t'),
    project,
    actor: { kind: 'node', id: 'node-a' },
    trace: { traceparent: '00-0-0-00', correlation_id: id },
  } as const;
  const object = { sha: fakeSha(id), size: 1 };
  return type === 'ObjectCreated'
    ? { ...envelope, type, payload: { ...object, mime: 'text/plain' } }
    : { ...envelope, type, payload: object };
}

export const someEvents = (count: number, prefix = 'e'): FsEvent[] =>
  Array.from({ length: count }, (_, i) => anEvent(`${prefix}${i}`));

/** Reads until `until` says so. */
export async function readUntil(
  log: EventLog,
  { afterSeq = 0, filter }: { afterSeq?: number; filter?: EventFilter },
  until: (seen: readonly EventDelivery[]) => boolean,
  onDelivery: (delivery: EventDelivery) => unknown = () => {},
): Promise<EventDelivery[]> {
  const stop = new AbortController();
  const seen: EventDelivery[] = [];
  for await (const delivery of log.read({ afterSeq, ...(filter && { filter }), signal: stop.signal })) {
    seen.push(delivery);
    await onDelivery(delivery);
    if (until(seen)) stop.abort();
  }
  return seen;
}

export const told = (delivery: EventDelivery): string =>
  delivery.kind === 'event' ? delivery.event.id : delivery.kind;

const caughtUp = (seen: readonly EventDelivery[]): boolean => seen.at(-1)?.kind === 'caught-up';

async function all(log: EventLog): Promise<LoggedEvent[]> {
  const seen = await readUntil(log, {}, caughtUp);
  return seen.flatMap((delivery) => (delivery.kind === 'event' ? [delivery] : []));
}

/** Takes work until `onItem` returns true. */
export async function workUntil(
  log: EventLog,
  options: {
    durable: string;
    types?: readonly EventType[];
    projects?: readonly ProjectName[];
    afterSeq?: number;
    isOneByOne?: boolean;
    maxInFlight?: number;
    ackWaitMs?: number;
  },
  onItem: (item: WorkItem, stop: () => void) => unknown,
): Promise<void> {
  const stop = new AbortController();
  const items = log.work({
    ...options,
    types: options.types ?? ['ObjectCreated'],
    maxInFlight: options.maxInFlight ?? 10,
    ackWaitMs: options.ackWaitMs ?? 30_000,
    signal: stop.signal,
  });
  for await (const item of items) await onItem(item, () => stop.abort());
}

/** @param fresh  a log with nothing in it, for each test */
export function eventLogContract(name: string, fresh: () => Promise<EventLog>): void {
  describe(`EventLog: ${name}`, () => {
    test('an empty log has caught up at once, and has no last event', async () => {
      const log = await fresh();
      expect((await readUntil(log, {}, caughtUp)).map(told)).toEqual(['caught-up']);
      expect(await log.last({})).toBeUndefined();
    });

    test('events come back whole, in the order in which they were published', async () => {
      const log = await fresh();
      const events = someEvents(700);
      await log.publish(events.slice(0, 3));
      await log.publish(events.slice(3));
      const seen = await all(log);
      expect(seen.map(({ event }) => event)).toEqual(events);
      const seqs = seen.map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      expect(new Set(seqs).size).toBe(700);
    });

    test('publishing nothing does nothing', async () => {
      const log = await fresh();
      await log.publish([]);
      expect(await all(log)).toEqual([]);
    });

    test('an id that was published is not doubled', async () => {
      const log = await fresh();
      const events = someEvents(5);
      await log.publish(events.slice(0, 3));
      await log.publish(events);
      expect((await all(log)).map(({ event }) => event.id)).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
    });

    test('a read after a seq starts with the next one', async () => {
      const log = await fresh();
      await log.publish(someEvents(5));
      const afterSeq = (await all(log))[2]?.seq ?? 0;
      expect((await readUntil(log, { afterSeq }, caughtUp)).map(told)).toEqual(['e3', 'e4', 'caught-up']);
    });

    test('a read after the newest seq has caught up at once', async () => {
      const log = await fresh();
      await log.publish(someEvents(2));
      const afterSeq = (await all(log)).at(-1)?.seq ?? 0;
      expect((await readUntil(log, { afterSeq }, caughtUp)).map(told)).toEqual(['caught-up']);
    });

    test('what is published after the start of a read follows the caught-up mark, which comes once', async () => {
      const log = await fresh();
      await log.publish(someEvents(2));
      const seen = await readUntil(
        log,
        {},
        (deliveries) => deliveries.length === 5,
        async (delivery) => {
          if (delivery.kind !== 'caught-up') return;
          await log.publish([anEvent('n0')]);
          await log.publish([anEvent('n1')]);
        },
      );
      expect(seen.map(told)).toEqual(['e0', 'e1', 'caught-up', 'n0', 'n1']);
    });

    test('a read is filtered by project and by type', async () => {
      const log = await fresh();
      await log.publish([
        anEvent('a'),
        anEvent('b', { project: other }),
        anEvent('c', { type: 'ObjectEvicted' }),
        anEvent('d', { type: 'ObjectEvicted', project: other }),
      ]);
      const ids = async (filter: EventFilter) => (await readUntil(log, { filter }, caughtUp)).map(told).slice(0, -1);
      expect(await ids({ project: demo })).toEqual(['a', 'c']);
      expect(await ids({ types: ['ObjectEvicted'] })).toEqual(['c', 'd']);
      expect(await ids({ types: ['ObjectEvicted', 'ObjectCreated'], project: other })).toEqual(['b', 'd']);
      expect(await ids({ types: ['ProjectCreated'] })).toEqual([]);
    });

    test('last gives the newest event that matches', async () => {
      const log = await fresh();
      await log.publish([
        anEvent('a'),
        anEvent('b', { project: other }),
        anEvent('c', { type: 'ObjectEvicted' }),
        anEvent('d', { project: other }),
      ]);
      expect((await log.last({}))?.event.id).toBe('d');
      expect((await log.last({ project: demo }))?.event.id).toBe('c');
      expect((await log.last({ types: ['ObjectEvicted'] }))?.event.id).toBe('c');
      expect((await log.last({ project: demo, types: ['ObjectCreated'] }))?.event.id).toBe('a');
      expect(await log.last({ types: ['ProjectCreated'] })).toBeUndefined();
    });

    test('a read that is aborted before it starts gives nothing', async () => {
      const log = await fresh();
      await log.publish(someEvents(1));
      const seen: EventDelivery[] = [];
      for await (const delivery of log.read({ afterSeq: 0, signal: AbortSignal.abort() })) seen.push(delivery);
      expect(seen).toEqual([]);
    });

    test('work gives each matching event, in order, and what is done never comes again', async () => {
      const log = await fresh();
      await log.publish([anEvent('a'), anEvent('skip', { type: 'ObjectEvicted' }), anEvent('b')]);
      const seen: string[] = [];
      await workUntil(log, { durable: 'archive' }, async (item, stop) => {
        seen.push(`${item.event.id} ${item.attempt}`);
        await item.done();
        if (seen.length === 2) await log.publish([anEvent('c')]);
        if (seen.length === 3) stop();
      });
      expect(seen).toEqual(['a 1', 'b 1', 'c 1']);
      expect(await log.backlog('archive')).toEqual({ pending: 0, inFlight: 0 });
      await log.publish([anEvent('d')]);
      await workUntil(log, { durable: 'archive' }, async (item, stop) => {
        seen.push(`${item.event.id} ${item.attempt}`);
        await item.done();
        stop();
      });
      expect(seen.at(-1)).toBe('d 1');
    });

    test('work that is to be retried comes again, and says which attempt it is', async () => {
      const log = await fresh();
      await log.publish([anEvent('a')]);
      const attempts: number[] = [];
      await workUntil(log, { durable: 'archive' }, async (item, stop) => {
        attempts.push(item.attempt);
        if (item.attempt < 3) return item.retry(item.attempt === 1 ? 0 : 1);
        await item.done();
        stop();
      });
      expect(attempts).toEqual([1, 2, 3]);
    });

    test('work that is never answered is given out again, also to another worker', async () => {
      const log = await fresh();
      await log.publish([anEvent('a')]);
      await workUntil(log, { durable: 'archive', ackWaitMs: 50 }, (item, stop) => {
        assert(item.attempt === 1, 'the first worker gets it first');
        stop();
      });
      await workUntil(log, { durable: 'archive', ackWaitMs: 50 }, async (item, stop) => {
        expect(item.event.id).toBe('a');
        expect(item.attempt).toBe(2);
        await item.done();
        stop();
      });
    });

    test('two workers share the work: each item goes to one of them', async () => {
      const log = await fresh();
      await log.publish(someEvents(60));
      const seen: string[] = [];
      const stops: (() => void)[] = [];
      const worker = () =>
        workUntil(log, { durable: 'archive', maxInFlight: 2 }, async (item, stop) => {
          stops.push(stop);
          seen.push(item.event.id);
          await item.done();
          if (seen.length === 60) for (const end of stops) end();
        });
      await Promise.race([worker(), worker()]);
      expect(seen.sort()).toEqual(
        someEvents(60)
          .map(({ id }) => id)
          .sort(),
      );
    });

    test('no more than the given number of items is out at once, and an answer makes room', async () => {
      const log = await fresh();
      await log.publish(someEvents(5));
      const out: WorkItem[] = [];
      await workUntil(log, { durable: 'archive', maxInFlight: 2 }, async (item, stop) => {
        out.push(item);
        if (out.length < 2) return;
        expect((await log.backlog('archive')).inFlight).toBeLessThanOrEqual(2);
        for (const each of out.splice(0)) await each.done();
        if (item.event.id === 'e3') stop();
      });
    });

    test('work that is one by one has one item out over all workers, in order, also after a retry', async () => {
      const log = await fresh();
      await log.publish(someEvents(12));
      const seen: string[] = [];
      const stops: (() => void)[] = [];
      let out = 0;
      const worker = () =>
        workUntil(log, { durable: 'hook', isOneByOne: true }, async (item, stop) => {
          stops.push(stop);
          out += 1;
          expect(out).toBe(1);
          await Promise.resolve();
          out -= 1;
          if (item.attempt === 1 && item.event.id === 'e5') return item.retry(1);
          seen.push(item.event.id);
          await item.done();
          if (seen.length === 12) for (const end of stops) end();
        });
      await Promise.race([worker(), worker()]);
      expect(seen).toEqual(someEvents(12).map(({ id }) => id));
    });

    test('work begins after the seq that it was first asked with, is of the projects that are asked for, and is forgotten when it ends', async () => {
      const log = await fresh();
      await log.publish([anEvent('a'), anEvent('b')]);
      const afterSeq = (await all(log))[0]?.seq ?? 0;
      await log.publish([anEvent('c', { project: other }), anEvent('d')]);
      const take = async (options: { afterSeq: number; projects?: readonly ProjectName[] }, last: string) => {
        const seen: string[] = [];
        await workUntil(log, { durable: 'hook', ...options }, async (item, stop) => {
          seen.push(item.event.id);
          await item.done();
          if (item.event.id === last) stop();
        });
        return seen;
      };
      expect(await take({ afterSeq, projects: [demo] }, 'd')).toEqual(['b', 'd']);
      await log.publish([anEvent('e'), anEvent('f', { project: other })]);
      expect(await take({ afterSeq, projects: [other] }, 'f')).toEqual(['f']);
      await log.endWork('hook');
      await log.endWork('hook');
      expect(await take({ afterSeq }, 'f')).toEqual(['b', 'c', 'd', 'e', 'f']);
    });

    test('the backlog says what is still to do, and since when the oldest of it waits', async () => {
      const log = await fresh();
      const tsOf = (i: number) => `2026-01-01T00:0${i}:00.000Z`;
      await log.publish(someEvents(4).map((event, i) => ({ ...event, ts: tsOf(i) })));
      expect((await log.backlog('archive')).pending).toBe(4);
      await workUntil(log, { durable: 'archive', maxInFlight: 1 }, async (item, stop) => {
        if (item.event.id === 'e1') return stop();
        await item.done();
      });
      expect(await log.backlog('archive')).toEqual({
        pending: 2,
        inFlight: 1,
        oldest: { seq: expect.any(Number), ts: tsOf(1) },
      });
    });
  });
}
