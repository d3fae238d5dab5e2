// What every KeyValue does, as tests. The in-memory one and NATS pass the same suite, so that what is tested with one
// holds with the other.
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { KeyValue, KvChange } from './key-value.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

export async function keysOf(store: KeyValue, filter: string): Promise<string[]> {
  const found: string[] = [];
  for await (const key of store.keys(filter)) found.push(key);
  return found.sort();
}

/** Reads a watch until `until` says so. */
export async function watchUntil(
  store: KeyValue,
  filter: string,
  until: (seen: readonly KvChange[]) => boolean,
  onChange: (change: KvChange, seen: readonly KvChange[]) => unknown = () => {},
): Promise<KvChange[]> {
  const stop = new AbortController();
  const seen: KvChange[] = [];
  for await (const change of store.watch(filter, { signal: stop.signal })) {
    seen.push(change);
    await onChange(change, seen);
    if (until(seen)) stop.abort();
  }
  return seen;
}

const told = (change: KvChange): string => {
  if (change.kind === 'put') return `put ${change.entry.key}=${text(change.entry.value)}`;
  if (change.kind === 'delete') return `delete ${change.key}`;
  return change.kind;
};

/** @param fresh  a store with nothing in it, for each test */
export function keyValueContract(name: string, fresh: () => Promise<KeyValue>): void {
  describe(`KeyValue: ${name}`, () => {
    test('a key that was never set is absent', async () => {
      expect(await (await fresh()).get('projects.none.current')).toBeUndefined();
    });

    test('what was put is read back with its revision', async () => {
      const store = await fresh();
      const revision = await store.put('a.b', bytes('one'));
      expect(revision).toBeGreaterThan(0);
      const entry = await store.get('a.b');
      expect(text(entry?.value)).toBe('one');
      expect(entry?.key).toBe('a.b');
      expect(entry?.revision).toBe(revision);
    });

    test('when a value was stored is told alike by who asks for it and who watches it', async () => {
      const store = await fresh();
      await store.put('k', bytes('1'));
      const [change] = await watchUntil(store, 'k', (changes) => changes.length === 2);
      const storedAt = (await store.get('k'))?.storedAt;
      expect(Number.isSafeInteger(storedAt)).toBe(true);
      expect(change?.kind === 'put' && change.entry.storedAt).toBe(storedAt);
    });

    test('an empty value is a value', async () => {
      const store = await fresh();
      await store.put('empty', bytes(''));
      expect((await store.get('empty'))?.value.length).toBe(0);
    });

    test('bytes that are no text come back as they were', async () => {
      const store = await fresh();
      const value = Uint8Array.from({ length: 256 }, (_, i) => i);
      await store.put('binary', value);
      expect(Buffer.from((await store.get('binary'))?.value ?? []).equals(Buffer.from(value))).toBe(true);
    });

    test('revisions grow with every change, also over keys', async () => {
      const store = await fresh();
      const first = await store.put('a', bytes('1'));
      const second = await store.put('b', bytes('2'));
      const third = await store.put('a', bytes('3'));
      expect(second).toBeGreaterThan(first);
      expect(third).toBeGreaterThan(second);
    });

    test('compare-and-set with revision 0 makes a key once', async () => {
      const store = await fresh();
      const made = await store.compareAndSet('k', bytes('mine'), 0);
      expect(made.kind).toBe('set');
      const late = await store.compareAndSet('k', bytes('theirs'), 0);
      expect(late.kind).toBe('moved');
      expect(late.kind === 'moved' && text(late.entry?.value)).toBe('mine');
    });

    test('compare-and-set with the current revision moves it, and with an old one tells what is there', async () => {
      const store = await fresh();
      const first = await store.put('k', bytes('1'));
      const second = await store.compareAndSet('k', bytes('2'), first);
      expect(second.kind).toBe('set');
      const stale = await store.compareAndSet('k', bytes('3'), first);
      expect(stale).toMatchObject({ kind: 'moved', entry: { key: 'k' } });
      if (second.kind === 'set' && stale.kind === 'moved') {
        expect(stale.entry?.revision).toBe(second.revision);
        expect(text(stale.entry?.value)).toBe('2');
      }
    });

    test('of many who set at the same revision exactly one wins', async () => {
      const store = await fresh();
      const revision = await store.put('k', bytes('start'));
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.compareAndSet('k', bytes(`w${i}`), revision)),
      );
      const winners = outcomes.flatMap((outcome, i) => (outcome.kind === 'set' ? [`w${i}`] : []));
      expect(winners).toHaveLength(1);
      expect(text((await store.get('k'))?.value)).toBe(winners[0]);
    });

    test('counters that many increase by compare-and-set lose nothing', async () => {
      const store = await fresh();
      const increase = async () => {
        let entry = await store.get('n');
        while (true) {
          const next = bytes(String(Number(text(entry?.value) ?? 0) + 1));
          const outcome = await store.compareAndSet('n', next, entry?.revision ?? 0);
          if (outcome.kind === 'set') return;
          entry = outcome.entry;
        }
      };
      await Promise.all(Array.from({ length: 16 }, increase));
      expect(text((await store.get('n'))?.value)).toBe('16');
    });

    test('a deleted key is absent, and is made again with revision 0', async () => {
      const store = await fresh();
      const first = await store.put('k', bytes('1'));
      expect(await store.delete('k')).toBe(true);
      expect(await store.get('k')).toBeUndefined();
      const stale = await store.compareAndSet('k', bytes('2'), first);
      expect(stale).toEqual({ kind: 'moved', entry: undefined });
      expect((await store.compareAndSet('k', bytes('3'), 0)).kind).toBe('set');
      expect(text((await store.get('k'))?.value)).toBe('3');
    });

    test('deleting what is not there is fine', async () => {
      const store = await fresh();
      expect(await store.delete('never')).toBe(true);
      await store.put('k', bytes('1'));
      await store.delete('k');
      expect(await store.delete('k')).toBe(true);
    });

    test('a delete at a revision does nothing when the key has moved', async () => {
      const store = await fresh();
      const first = await store.put('k', bytes('1'));
      const second = await store.put('k', bytes('2'));
      expect(await store.delete('k', first)).toBe(false);
      expect(text((await store.get('k'))?.value)).toBe('2');
      expect(await store.delete('k', second)).toBe(true);
      expect(await store.get('k')).toBeUndefined();
    });

    test('keys are listed by filter, without the deleted ones', async () => {
      const store = await fresh();
      for (const key of ['projects.a.current', 'projects.a.policy', 'projects.b.current', 'objects.x']) {
        await store.put(key, bytes(key));
      }
      await store.put('projects.c.current', bytes('gone'));
      await store.delete('projects.c.current');
      expect(await keysOf(store, 'projects.*.current')).toEqual(['projects.a.current', 'projects.b.current']);
      expect(await keysOf(store, 'projects.>')).toEqual([
        'projects.a.current',
        'projects.a.policy',
        'projects.b.current',
      ]);
      expect(await keysOf(store, 'objects.x')).toEqual(['objects.x']);
      expect(await keysOf(store, 'nothing.>')).toEqual([]);
    });

    test('a watch of nothing says that it has caught up', async () => {
      const store = await fresh();
      const seen = await watchUntil(store, 'none.>', (changes) => changes.length === 1);
      expect(seen.map(told)).toEqual(['caught-up']);
    });

    test('a watch gives the newest values first, then caught-up once, then changes as they come', async () => {
      const store = await fresh();
      await store.put('p.a', bytes('old'));
      await store.put('p.b', bytes('b'));
      await store.put('p.a', bytes('new'));
      await store.put('other', bytes('x'));
      const seen = await watchUntil(
        store,
        'p.*',
        (changes) => changes.length === 6,
        async (change) => {
          if (change.kind !== 'caught-up') return;
          await store.put('p.c', bytes('c'));
          await store.put('elsewhere', bytes('x'));
          await store.delete('p.b');
          await store.put('p.a', bytes('newest'));
        },
      );
      expect(seen.slice(0, 2).map(told).sort()).toEqual(['put p.a=new', 'put p.b=b']);
      expect(seen.slice(2).map(told)).toEqual(['caught-up', 'put p.c=c', 'delete p.b', 'put p.a=newest']);
    });

    test('a watched entry has the revision that a compare-and-set needs', async () => {
      const store = await fresh();
      await store.put('k', bytes('1'));
      const [change] = await watchUntil(store, 'k', (changes) => changes.length === 2);
      const revision = change?.kind === 'put' ? change.entry.revision : 0;
      expect((await store.compareAndSet('k', bytes('2'), revision)).kind).toBe('set');
    });

    test('a watch with many keys and changes in the middle ends at the newest value of each', async () => {
      const store = await fresh();
      const count = 1500;
      await Promise.all(Array.from({ length: count }, (_, i) => store.put(`k.${i}`, bytes('0'))));
      const values = new Map<string, string | undefined>();
      let puts = 0;
      await watchUntil(
        store,
        'k.*',
        () => values.get('k.last') === 'done',
        async (change) => {
          if (change.kind === 'put') values.set(change.entry.key, text(change.entry.value));
          puts += 1;
          if (puts === 100) await store.put('k.0', bytes('1'));
          if (change.kind === 'caught-up') {
            await store.put(`k.${count - 1}`, bytes('2'));
            await store.put('k.last', bytes('done'));
          }
        },
      );
      expect(values.size).toBe(count + 1);
      expect(values.get('k.0')).toBe('1');
      expect(values.get(`k.${count - 1}`)).toBe('2');
    });

    test('a watch that is aborted before it starts gives nothing', async () => {
      const store = await fresh();
      await store.put('k', bytes('1'));
      const seen: KvChange[] = [];
      for await (const change of store.watch('k', { signal: AbortSignal.abort() })) seen.push(change);
      expect(seen).toEqual([]);
    });

    test('a reader that leaves a watch, wherever it is, leaves nothing on its signal', async () => {
      const store = await fresh();
      const { signal } = new AbortController();
      for await (const { kind } of store.watch('none', { signal })) if (kind === 'caught-up') break;
      await store.put('k', bytes('1'));
      for await (const { kind } of store.watch('k', { signal })) if (kind === 'put') break;
      for await (const { kind } of store.watch('k', { signal })) if (kind === 'caught-up') break;
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    test('several watches do not disturb each other', async () => {
      const store = await fresh();
      await store.put('k', bytes('1'));
      const all = await Promise.all(
        Array.from({ length: 5 }, () => watchUntil(store, 'k', (changes) => changes.length === 2)),
      );
      for (const seen of all) expect(seen.map(told)).toEqual(['put k=1', 'caught-up']);
    });
  });
}
