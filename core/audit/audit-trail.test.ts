// What a process writes into the audit log, and what becomes of what it cannot write: nothing is lost in silence.
import { expect, test } from 'vitest';
import { parseTenant } from '../model/ids.ts';
import { type Log, silentLog } from '../model/log.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { entriesOf, signal } from './audit-log.contract.ts';
import { AuditTrail } from './audit-trail.ts';
import type { AuditFact } from './entry.ts';
import { memoryAuditLog } from './memory-audit-log.ts';
import { notedHead } from './noted-head.ts';
import { verifyChain } from './verify-chain.ts';

const TENANT = parseTenant('acme');
const fact = (change: Partial<AuditFact> = {}): AuditFact => ({
  actor: { kind: 'user', id: 'ada' },
  action: 'project.create',
  scope: {},
  outcome: 'project-created',
  ...change,
});
const opened = (from: string) => fact({ action: 'share.open', outcome: 'no-share', asked: { from } });

function open() {
  const inner = memoryAuditLog(TENANT);
  let fault: Error | undefined;
  const log: typeof inner = {
    ...inner,
    append: async (draft) => {
      if (fault) throw fault;
      return inner.append(draft);
    },
  };
  const index = memoryKeyValue();
  const loud: object[] = [];
  const processLog: Log = { ...silentLog, error: (fields) => loud.push(fields) };
  const clock = virtualClock();
  const trail = new AuditTrail({ log, index, clock, processLog, signal });
  return { log, index, loud, clock, trail, fail: (error: Error | undefined) => (fault = error) };
}

test('what a person did is in the log when it was recorded, and the index remembers how far the log is', async () => {
  const { log, index, trail } = open();
  await trail.record(fact({ outcome: 'first' }));
  await trail.record(fact({ outcome: 'second' }));
  const entries = await entriesOf(log);
  expect(entries.map((entry) => entry?.outcome)).toEqual(['first', 'second']);
  await trail.close();
  expect(await notedHead(index)).toMatchObject({ seq: 2, hash: entries[1]?.hash });
  expect(trail.standing).toMatchObject({ written: 2, waiting: 0, missed: 0, failing: undefined, lost: undefined });
});

test('what cannot be written is loud, keeps nobody waiting, and is written in order when that works again', async () => {
  const { log, trail, loud, fail } = open();
  fail(new StoreUnavailableError('hot', 'NATS is away'));
  await trail.record(fact({ outcome: 'first' }));
  await trail.record(fact({ outcome: 'second' }));
  expect(trail.standing).toMatchObject({ waiting: 2, failing: { why: expect.stringContaining('NATS is away') } });
  expect(loud).toEqual(
    expect.arrayContaining(['first', 'second'].map((outcome) => ({ audit: expect.objectContaining({ outcome }) }))),
  );
  fail(undefined);
  await trail.record(fact({ outcome: 'third' }));
  await trail.close();
  expect((await entriesOf(log)).map((entry) => entry?.outcome)).toEqual(['first', 'second', 'third']);
  expect(trail.standing.failing).toBeUndefined();
});

test('what strangers repeat within a minute is one entry, and then one that says how often it came again', async () => {
  const { log, trail } = open();
  for (let i = 0; i < 500; i++) trail.note(opened('192.0.2.1'));
  trail.note(opened('192.0.2.2'));
  await trail.close();
  expect((await entriesOf(log)).map((entry) => entry?.asked)).toEqual([
    { from: '192.0.2.1' },
    { from: '192.0.2.2' },
    { from: '192.0.2.1', again: 499 },
  ]);
});

test('what is too much for a minute is counted in an entry of its own, and takes no room from people', async () => {
  const { log, trail, clock } = open();
  for (let i = 0; i < 100; i++) trail.note(opened(`192.0.2.${i}`));
  await trail.record(fact({ outcome: 'by a person' }));
  expect(trail.standing).toMatchObject({ missed: 40 });
  await clock.sleep(120_000);
  await trail.close();
  const entries = await entriesOf(log);
  expect(entries).toHaveLength(62);
  expect(entries.at(-2)?.outcome).toBe('by a person');
  expect(entries.at(-1)).toMatchObject({ action: 'audit.missed', outcome: 'not-written', asked: { count: 40 } });
  expect(await verifyChain(log, TENANT, { known: [], signal })).toMatchObject({ kind: 'whole' });
});

test('one that no log could ever take is named and counted, and keeps the others back by nothing', async () => {
  const { log, trail, loud } = open();
  await trail.record(fact({ outcome: '' }));
  await trail.record(fact({ outcome: 'good' }));
  await trail.close();
  expect((await entriesOf(log)).map((entry) => entry?.outcome)).toEqual(['good', 'not-written']);
  expect(loud).toMatchObject([{ audit: { outcome: '' } }]);
});

test('a log that lost what was noted is told of once', async () => {
  const { log, trail, loud } = open();
  await trail.record(fact({ outcome: 'first' }));
  await trail.record(fact({ outcome: 'second' }));
  await trail.close();
  log.stored.delete(2);
  await trail.record(fact({ outcome: 'third' }));
  await trail.close();
  expect(trail.standing.lost).toMatchObject({ seq: 2 });
  expect(loud).toMatchObject([{ lost: { seq: 2 } }]);
});

test('a process that ends says what it could not write', async () => {
  const ending = new AbortController();
  const loud: object[] = [];
  const processLog: Log = { ...silentLog, error: (fields) => loud.push(fields) };
  const log = {
    ...memoryAuditLog(TENANT),
    append: async () => {
      throw new StoreUnavailableError('hot', 'NATS is away');
    },
  };
  const io = { log, index: memoryKeyValue(), clock: virtualClock(), processLog, signal: ending.signal };
  const trail = new AuditTrail(io);
  trail.note(opened('192.0.2.1'));
  ending.abort();
  await trail.close();
  expect(loud.at(-1)).toMatchObject({ audit: { action: 'share.open' } });
});
