// The index's port in memory, for tests and simulations: one revision counter, watchers that are told of every change.
import { type Clock, systemClock } from '../model/clock.ts';
import { filterMatcher } from './key-filter.ts';
import type { CasOutcome, KeyValue, KvChange, KvEntry } from './key-value.ts';
import { Mailbox } from './mailbox.ts';

export interface MemoryKeyValue extends KeyValue {
  /** @returns what makes the store forget all that came after this moment, as a power loss or a restored backup does
   *  (I12). Watches see what they would see on NATS: what is there now, and what is not any more. */
  checkpoint(): () => void;
}

/** @param clock  what tells when a value was stored; default: the system's */
export function memoryKeyValue(clock: Pick<Clock, 'now'> = systemClock): MemoryKeyValue {
  const entries = new Map<string, KvEntry>();
  const watchers = new Set<(change: KvChange) => void>();
  let revision = 0;

  const tell = (change: KvChange) => {
    for (const watcher of watchers) watcher(change);
  };
  const set = (key: string, value: Uint8Array): number => {
    revision += 1;
    const entry = { key, value: new Uint8Array(value), revision, storedAt: clock.now() };
    entries.set(key, entry);
    tell({ kind: 'put', entry });
    return revision;
  };

  return {
    checkpoint() {
      const kept = new Map(entries);
      const keptRevision = revision;
      return () => {
        const gone = [...entries.keys()].filter((key) => !kept.has(key));
        entries.clear();
        for (const [key, entry] of kept) entries.set(key, entry);
        revision = keptRevision;
        for (const entry of kept.values()) tell({ kind: 'put', entry });
        for (const key of gone) tell({ kind: 'delete', key, revision });
      };
    },

    async get(key) {
      return entries.get(key);
    },

    async compareAndSet(key, value, expected): Promise<CasOutcome> {
      const entry = entries.get(key);
      if ((entry?.revision ?? 0) !== expected) return { kind: 'moved', entry };
      return { kind: 'set', revision: set(key, value) };
    },

    async put(key, value) {
      return set(key, value);
    },

    async delete(key, expected) {
      const entry = entries.get(key);
      if (expected !== undefined && entry?.revision !== expected) return false;
      if (!entry) return true;
      entries.delete(key);
      revision += 1;
      tell({ kind: 'delete', key, revision });
      return true;
    },

    async *keys(filter) {
      const matches = filterMatcher(filter);
      for (const key of [...entries.keys()]) if (matches(key)) yield key;
    },

    async *watch(filter, { signal }) {
      const matches = filterMatcher(filter);
      const mailbox = new Mailbox<KvChange>(signal);
      for (const entry of entries.values()) if (matches(entry.key)) mailbox.push({ kind: 'put', entry });
      mailbox.push({ kind: 'caught-up' });
      const watcher = (change: KvChange) => {
        const key = change.kind === 'put' ? change.entry.key : change.kind === 'delete' ? change.key : '';
        if (matches(key)) mailbox.push(change);
      };
      watchers.add(watcher);
      try {
        yield* mailbox;
      } finally {
        watchers.delete(watcher);
      }
    },
  };
}
