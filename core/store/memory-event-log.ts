// The event stream's port in memory, for tests and simulations: one list, duplicates dropped by id, durable consumers
// that remember what they handed out. Time is the given clock's, so that a simulation decides when a retry is due.
import { assert } from '../model/assert.ts';
import { type Clock, systemClock } from '../model/clock.ts';
import { decodeEvent, type FsEvent } from '../model/event.ts';
import type { EventDelivery, EventFilter, EventLog, LoggedEvent, WorkItem } from './event-log.ts';

export interface MemoryEventLog extends EventLog {
  /** Forgets the oldest events, as a retention limit does. */
  dropThrough(seq: number): void;
  /** @returns what makes the log forget all that came after this moment, as a power loss or a restored backup does
   *  (I12). Readers that were further are told of a gap; what is published again is no duplicate. */
  checkpoint(): () => void;
}

interface Durable {
  /** newest seq that was ever handed out */
  cursor: number;
  wants: (event: FsEvent) => boolean;
  /** over all workers */
  maxOut: number;
  /** handed out and not answered; `dueAt` is when it is given out again */
  readonly out: Map<number, { attempt: number; dueAt: number }>;
}

export function memoryEventLog({ clock = systemClock }: { readonly clock?: Clock } = {}): MemoryEventLog {
  let events: LoggedEvent[] = [];
  let lastSeq = 0;
  /** what was the newest seq each time that the log went back */
  const losses: number[] = [];
  const ids = new Set<string>();
  const durables = new Map<string, Durable>();
  const waiting = new Set<() => void>();

  const wakeAll = () => {
    for (const wake of waiting) wake();
  };
  const firstSeq = () => events[0]?.seq ?? lastSeq + 1;
  const after = (seq: number): LoggedEvent[] => events.slice(Math.max(0, seq + 1 - firstSeq()));

  /** Resolves at the next change, at `dueAt`, or at the signal. */
  async function nextChange(signal: AbortSignal, dueAt?: number): Promise<void> {
    if (signal.aborted) return;
    const stop = new AbortController();
    await new Promise<void>((resolve) => {
      waiting.add(resolve);
      stop.signal.addEventListener('abort', () => waiting.delete(resolve));
      signal.addEventListener('abort', () => resolve(), { once: true, signal: stop.signal });
      if (dueAt !== undefined) clock.sleep(Math.max(0, dueAt - clock.now()), stop.signal).then(resolve, () => {});
    });
    stop.abort();
  }

  return {
    async publish(batch) {
      for (const event of batch) {
        if (ids.has(event.id)) continue;
        ids.add(event.id);
        lastSeq += 1;
        // Through the wire form, so that nothing is shared with the caller and nothing passes that JSON cannot hold.
        events.push({ seq: lastSeq, event: decodeEvent(Buffer.from(JSON.stringify(event))) });
      }
      wakeAll();
    },

    async last(filter) {
      assert((filter.types?.length ?? 0) <= 1, 'last takes at most one type');
      return events.findLast(({ event }) => matches(event, filter));
    },

    async *read({ afterSeq, filter = {}, signal }): AsyncGenerator<EventDelivery> {
      let cursor = afterSeq;
      let caughtUp = false;
      let lossesSeen = losses.length;
      let target = lastSeq;
      while (!signal.aborted) {
        const kept = Math.min(lastSeq, ...losses.slice(lossesSeen));
        lossesSeen = losses.length;
        target = Math.min(target, kept);
        if (cursor > kept) {
          cursor = kept;
          yield { kind: 'gap', firstSeq: kept + 1 };
        }
        if (cursor > 0 && cursor + 1 < firstSeq()) {
          cursor = firstSeq() - 1;
          yield { kind: 'gap', firstSeq: cursor + 1 };
        }
        for (const logged of after(cursor)) {
          if (signal.aborted) return;
          if (!caughtUp && logged.seq > target) break;
          cursor = logged.seq;
          if (matches(logged.event, filter)) yield { kind: 'event', ...logged };
        }
        if (!caughtUp) {
          caughtUp = true;
          cursor = Math.max(cursor, target);
          yield { kind: 'caught-up' };
          continue;
        }
        if (lastSeq <= cursor && lossesSeen === losses.length) await nextChange(signal);
      }
    },

    async *work(options): AsyncGenerator<WorkItem> {
      const { durable: name, types, projects, afterSeq = 0, isOneByOne, maxInFlight, ackWaitMs, signal } = options;
      const asked = {
        wants: ({ type, project }: FsEvent) =>
          (types?.includes(type) ?? true) &&
          (projects === undefined || (project !== undefined && projects.includes(project))),
        maxOut: isOneByOne ? 1 : Number.POSITIVE_INFINITY,
      };
      const known = durables.get(name) ?? { cursor: afterSeq, out: new Map(), ...asked };
      const durable = Object.assign(known, asked);
      durables.set(name, durable);
      while (!signal.aborted) {
        const item = nextItem(durable, maxInFlight, ackWaitMs);
        if (item) {
          yield item;
          continue;
        }
        const due = [...durable.out.values()].map(({ dueAt }) => dueAt);
        await nextChange(signal, due.length > 0 ? Math.min(...due) : undefined);
      }
    },

    async backlog(name) {
      const durable = durables.get(name);
      const cursor = durable?.cursor ?? 0;
      const waits = after(cursor).filter(({ event }) => !durable || durable.wants(event));
      const out = events.filter(({ seq }) => durable?.out.has(seq));
      const [first] = [...out, ...waits];
      const oldest = first && { seq: first.seq, ts: first.event.ts };
      return { pending: waits.length, inFlight: out.length, ...(oldest === undefined ? {} : { oldest }) };
    },

    async endWork(name) {
      durables.delete(name);
    },

    checkpoint() {
      const kept = { events: [...events], lastSeq, ids: [...ids] };
      const cursors = [...durables].map(([name, { cursor }]) => [name, cursor] as const);
      return () => {
        events = [...kept.events];
        lastSeq = kept.lastSeq;
        ids.clear();
        for (const id of kept.ids) ids.add(id);
        for (const [name, durable] of durables) {
          durable.cursor = cursors.find(([each]) => each === name)?.[1] ?? 0;
          for (const seq of durable.out.keys()) if (seq > lastSeq) durable.out.delete(seq);
        }
        losses.push(lastSeq);
        wakeAll();
      };
    },

    dropThrough(seq) {
      events = events.filter((logged) => logged.seq > seq);
    },
  };

  function nextItem(durable: Durable, maxInFlight: number, ackWaitMs: number): WorkItem | undefined {
    const now = clock.now();
    for (const [seq, state] of durable.out) {
      if (state.dueAt > now) continue;
      const logged = events.find((candidate) => candidate.seq === seq);
      if (!logged) {
        durable.out.delete(seq);
        continue;
      }
      return handOut(durable, logged, state.attempt + 1, ackWaitMs);
    }
    if (durable.out.size >= Math.min(maxInFlight, durable.maxOut)) return undefined;
    for (const logged of after(durable.cursor)) {
      durable.cursor = logged.seq;
      if (durable.wants(logged.event)) return handOut(durable, logged, 1, ackWaitMs);
    }
    return undefined;
  }

  function handOut(durable: Durable, logged: LoggedEvent, attempt: number, ackWaitMs: number): WorkItem {
    const state = { attempt, dueAt: clock.now() + ackWaitMs };
    durable.out.set(logged.seq, state);
    return {
      ...logged,
      attempt,
      async done() {
        durable.out.delete(logged.seq);
        wakeAll();
      },
      async retry(delayMs) {
        state.dueAt = clock.now() + delayMs;
        wakeAll();
      },
      working() {
        state.dueAt = clock.now() + ackWaitMs;
      },
    };
  }
}

function matches(event: FsEvent, { project, types }: EventFilter): boolean {
  return (project === undefined || event.project === project) && (types === undefined || types.includes(event.type));
}
