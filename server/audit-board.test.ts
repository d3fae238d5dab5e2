// The audit log as a server has it: what is wrong with it is told, by a person's look and by one a day.
import { expect, test } from 'vitest';
import type { AuditFact } from '../core/audit/entry.ts';
import { memoryAuditLog } from '../core/audit/memory-audit-log.ts';
import { noteHead } from '../core/audit/noted-head.ts';
import { parseTenant } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { virtualClock } from '../core/testing/virtual-clock.ts';
import { AuditBoard } from './audit-board.ts';

const ADA = { kind: 'user', id: 'ada' } as const;
const BOB = { kind: 'user', id: 'bob' } as const;

const TENANT = parseTenant('acme');
const fact = (outcome: string): AuditFact => ({
  actor: { kind: 'user', id: 'ada' },
  action: 'project.create',
  scope: {},
  outcome,
});

function open() {
  const log = memoryAuditLog(TENANT);
  const index = memoryKeyValue();
  const clock = virtualClock();
  const ending = new AbortController();
  const { signal } = ending;
  const told = { entries: () => {}, standing: () => {} };
  const io = { tenant: TENANT, log, index, clock, processLog: silentLog, signal };
  const board = new AuditBoard(io, { entries: () => told.entries(), standing: () => told.standing() });
  /** Until what is wrong is another. */
  const looked = () => new Promise<void>((resolve) => (told.standing = resolve));
  return { log, index, clock, board, told, looked, ending };
}

test('a look says how many entries are whole and when; asked twice at once it is one look', async () => {
  const { board, looked, clock } = open();
  for (const outcome of ['a', 'b']) await board.record(fact(outcome));
  expect(board.verification()).toEqual({ running: undefined, last: undefined });
  const done = looked();
  const asked = await Promise.all([board.verify(ADA), board.verify(BOB)]);
  expect(asked.map(({ kind }) => kind)).toEqual(['audit-verifying', 'audit-verifying-before']);
  await done;
  expect(board.verification()).toMatchObject({
    running: undefined,
    last: { at: clock.now(), verdict: { kind: 'whole', firstSeq: 1 } },
  });
  expect(board.trouble).toBeUndefined();
  const { entries } = await board.page({ limit: 9, action: 'audit' });
  expect(entries.map(({ actor, outcome }) => [actor.id, outcome])).toEqual([
    ['bob', 'audit-verifying-before'],
    ['ada', 'audit-verifying'],
  ]);
});

test('a broken chain is trouble on every page until a look finds it whole, and is found once a day without a person', async () => {
  const { board, log, clock } = open();
  for (const outcome of ['a', 'b', 'c']) await board.record(fact(outcome));
  await board.verifyDaily();
  expect(board.trouble).toBeUndefined();
  const kept = log.stored.get(2);
  if (!kept) throw new Error('nothing there');
  log.stored.set(2, Buffer.from('{}'));
  await board.verifyDaily();
  expect(board.trouble).toBeUndefined();
  await clock.sleep(25 * 3_600_000);
  await board.verifyDaily();
  expect(board.trouble?.sentence).toContain('not whole from entry 2 on');
  log.stored.set(2, kept);
  await clock.sleep(25 * 3_600_000);
  await board.verifyDaily();
  expect(board.trouble).toBeUndefined();
});

test('an end that the index remembers and the log has not is found', async () => {
  const { board, log, index } = open();
  await board.record(fact('a'));
  await board.close();
  const stored = await board.entry(1);
  if (!stored) throw new Error('nothing there');
  await noteHead({ index, log: memoryAuditLog(TENANT) }, { seq: 1, hash: stored.hash });
  log.stored.clear();
  await board.verifyDaily();
  expect(board.verification().last).toMatchObject({ verdict: { kind: 'broken', seq: 1 } });
});

test('a log that cannot be read is said as that, and is neither whole nor broken', async () => {
  const { board, index } = open();
  index.get = async () => {
    throw new StoreUnavailableError('hot', 'NATS is away');
  };
  await board.verifyDaily();
  expect(board.verification().last).toMatchObject({ failed: expect.stringContaining('NATS is away') });
  expect(board.trouble).toBeUndefined();
});

test('pages hear of what any server wrote', async () => {
  const { board, index, log, told, ending } = open();
  const heard = new Promise<void>((resolve) => (told.entries = resolve));
  const following = board.follow(ending.signal);
  const entry = await log.append({ ...fact('elsewhere'), id: '1', ts: '2026-06-01T12:00:00.000Z' });
  await noteHead({ index, log }, entry);
  await heard;
  ending.abort();
  await following;
});

test('all that match come, over as many pages as it takes', async () => {
  const { board, log } = open();
  for (let i = 0; i < 1_100; i++) {
    await log.append({ ...fact(`n-${i}`), id: String(i), ts: '2026-06-01T12:00:00.000Z' });
  }
  const seqs: number[] = [];
  for await (const { seq } of board.all({ actor: 'ada' })) seqs.push(seq);
  expect(seqs).toEqual(Array.from({ length: 1_100 }, (_, i) => 1_100 - i));
});
