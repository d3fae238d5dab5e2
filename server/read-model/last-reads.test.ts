import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeSha, parseTenant } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import { LastReads, type ReadShare, type Reads } from './last-reads.ts';
import { ReadModel } from './read-model.ts';

let directory: string;
const open: ReadModel[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fs-last-reads-'));
});
afterEach(() => {
  for (const model of open.splice(0)) model.close();
  rmSync(directory, { recursive: true });
});

const [A, B] = [fakeSha('a'), fakeSha('b')];
const silent: ReadShare = { tell: () => {}, follow: async () => {} };

function server(name: string, share: ReadShare = silent) {
  const model = new ReadModel(join(directory, `${name}.db`), 'default');
  open.push(model);
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now, sleep: async () => undefined };
  return { model, reads: new LastReads(model, share, clock, silentLog), clock, pass: (ms: number) => (now += ms) };
}

test('the last read of an object is known at once, and after a restart when it was written', () => {
  const first = server('one');
  first.reads.note(A);
  const readAt = first.clock.now();
  expect(first.reads.of(A)).toBe(readAt);
  first.reads.write();
  first.pass(3_600_000);
  first.reads.note(B);
  first.model.close();
  open.pop();
  const again = server('one');
  expect([again.reads.of(A), again.reads.of(B)]).toEqual([readAt, undefined]);
  again.model.clear();
  expect(again.reads.of(A)).toBe(readAt);
});

test('servers tell each other their reads in batches; the later one counts, in whatever order they are heard', async () => {
  const told: Reads[] = [];
  let hear: (reads: Reads) => void = () => {};
  const one = server('one', { ...silent, tell: (reads) => told.push(reads) });
  const two = server('two', {
    ...silent,
    follow: async (heard) => {
      hear = heard;
    },
  });
  one.reads.note(A);
  one.pass(120_000);
  one.reads.note(A);
  one.reads.note(B);
  one.reads.note(B);
  one.reads.write();
  one.reads.write();
  expect(told.map((batch) => [...batch])).toEqual([
    [
      [A, one.clock.now()],
      [B, one.clock.now()],
    ],
  ]);
  await two.reads.run(AbortSignal.abort());
  for (const batch of told) hear(batch);
  hear(new Map([[A, one.clock.now() - 60_000]]));
  expect(two.reads.of(A)).toBe(one.clock.now());
});

test('what was evicted has no last read: when it comes back, it is stored anew', () => {
  const { model, reads } = server('one');
  reads.note(A);
  reads.write();
  const event = {
    id: 'evicted',
    ts: '2026-01-01T00:00:00.000Z',
    tenant: parseTenant('default'),
    actor: { kind: 'system', id: 'evictor' } as const,
    trace: { traceparent: '00-0-0-01', correlation_id: 'c' },
  };
  model.apply([{ seq: 1, event: { ...event, type: 'ObjectEvicted', payload: { sha: A, size: 1 } } }]);
  expect(reads.of(A)).toBeUndefined();
});

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

test('a disk that is full costs hints, which is said, and neither the server nor what others are told', async () => {
  const full = {
    lastRead: () => undefined,
    putReads: () => {
      throw new Error('database or disk is full');
    },
  };
  let hear: (reads: Reads) => void = () => {};
  const told: Reads[] = [];
  const share: ReadShare = {
    tell: (reads) => told.push(reads),
    follow: (heard, signal) => {
      hear = heard;
      return untilAborted(signal);
    },
  };
  const warned: object[] = [];
  const clock = {
    now: () => 1_000_000,
    sleep: (_: number, signal?: AbortSignal) => untilAborted(signal ?? ending.signal),
  };
  const ending = new AbortController();
  const reads = new LastReads(full, share, clock, { warn: (fields) => warned.push(fields) });
  const running = reads.run(ending.signal);
  hear(new Map([[A, 1]]));
  reads.note(B);
  reads.write();
  expect(warned).toMatchObject([{ reads: 1 }, { reads: 1 }]);
  expect(told).toEqual([new Map([[B, 1_000_000]])]);
  ending.abort();
  expect(await running).toBeUndefined();
});

test('when one half fails the other ends with it, so that a task that is started again listens once', async () => {
  const { model, reads, clock } = server('one', {
    tell: () => {
      throw new Error('the connection is closed');
    },
    follow: async (_, signal) => {
      listening += 1;
      await untilAborted(signal);
      listening -= 1;
    },
  });
  let listening = 0;
  reads.note(A);
  await expect(reads.run(new AbortController().signal)).rejects.toThrow('the connection is closed');
  expect(listening).toBe(0);
  const deaf: ReadShare = { tell: () => {}, follow: () => Promise.reject(new Error('not allowed to listen')) };
  const stuck = {
    ...clock,
    sleep: (_: number, signal?: AbortSignal) => (signal ? untilAborted(signal) : Promise.resolve()),
  };
  const other = new LastReads(model, deaf, stuck, silentLog);
  await expect(other.run(new AbortController().signal)).rejects.toThrow('not allowed to listen');
});
