import { expect, test } from 'vitest';
import { parseTenant, shaOf } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import type { ColdStore } from '../store/cold-store.ts';
import { REPEATS_KNOWN_MS } from '../store/event-log.ts';
import { memoryColdStore } from '../store/memory-cold-store.ts';
import { memoryCommitIo } from '../testing/test-project.ts';
import { ObjectArchiver } from './archive-object.ts';
import { changeRecord, coldOf, readRecord, seeRecord } from './object-records.ts';
import type { TierIo } from './tier-io.ts';

const { signal } = new AbortController();
const tenant = parseTenant('default');
const SMALL = Buffer.from('content');
const LARGE = Buffer.alloc(2 ** 20, 'large');

async function archivable(bytes: Buffer) {
  const commitIo = memoryCommitIo();
  const sha = shaOf(bytes);
  const asked: string[] = [];
  const plain = memoryColdStore(tenant);
  const cold: ColdStore = {
    ...plain,
    // As a server that keeps checksums.
    check: async (...args) => {
      asked.push('check');
      const check = await plain.check(...args);
      return check.kind === 'proven' ? { ...check, proof: { ...check.proof, checksumMatched: true } } : check;
    },
    put: (...args) => {
      asked.push('put');
      return plain.put(...args);
    },
  };
  const { objects: hot, nodes, index, clock } = commitIo;
  const told: string[] = [];
  const events: TierIo['events'] = {
    publish: async (some) => {
      told.push(...some.map(({ type }) => type));
    },
  };
  let passedMs = 0;
  const later = { ...clock, now: () => clock.now() + passedMs };
  const io: TierIo = { tenant, hot, cold, nodes, index, events, clock: later, log: silentLog };
  await hot.put(sha, bytes.length, bytes);
  const object = { sha, sizeBytes: bytes.length };
  const pass = (ms: number) => {
    passedMs += ms;
  };
  return { io, index, plain, asked, told, object, archiver: new ObjectArchiver(io), sha, pass };
}

test('a small object that has no record is not looked for in cold: its put proves it', async () => {
  const { archiver, object, asked, told, index, sha } = await archivable(SMALL);
  expect(await archiver.archive(object, signal)).toMatchObject({ kind: 'archived' });
  expect(asked).toEqual(['put']);
  expect(told).toEqual(['ObjectArchived']);
  expect((await readRecord(index, sha))?.cold).toBeDefined();
});

test('a large one is looked for, and not put again where cold has it', async () => {
  const { archiver, object, asked, plain, sha } = await archivable(LARGE);
  await plain.put(sha, LARGE.length, LARGE);
  expect(await archiver.archive(object, signal)).toMatchObject({ kind: 'archived' });
  expect(asked).toEqual(['check']);
});

test('I3: a small one whose record is not believed is looked for, and put again where cold lost it', async () => {
  const { archiver, object, asked, plain, sha } = await archivable(SMALL);
  await archiver.archive(object, signal);
  expect(await archiver.archive(object, signal, 'head')).toEqual({ kind: 'before' });
  await plain.delete(sha);
  expect(await archiver.archive(object, signal, 'head')).toMatchObject({ kind: 'archived' });
  expect(asked).toEqual(['put', 'check', 'check', 'put']);
  expect((await plain.check(sha, { sizeBytes: SMALL.length })).kind).toBe('proven');
});

test('a copy that was proven before a commit brought the bytes again is not told anew, with a time long past', async () => {
  const { archiver, object, told, io, pass } = await archivable(SMALL);
  const broughtAt = io.clock.now();
  await archiver.archive({ ...object, broughtAt }, signal);
  pass(REPEATS_KNOWN_MS);
  expect(await archiver.archive({ ...object, broughtAt: io.clock.now() }, signal)).toEqual({ kind: 'before' });
  expect(await archiver.archive(object, signal)).toEqual({ kind: 'before' });
  expect(told).toEqual(['ObjectArchived']);
  // The event of this very commit may have been lost by a crash, however long ago that was.
  await archiver.archive({ ...object, broughtAt }, signal);
  expect(told).toEqual(['ObjectArchived', 'ObjectArchived']);
});

test('a record that was seen before another change is seen again, also where it said that there is nothing to do', async () => {
  const { index, plain, sha, io } = await archivable(SMALL);
  const before = await seeRecord(index, sha);
  const cold = coldOf(await plain.put(sha, SMALL.length, SMALL));
  const created = new Date(io.clock.now()).toISOString();
  const record = { size: SMALL.length, mime: 'text/plain', created, cold };
  await changeRecord(index, sha, () => record);

  const since = created;
  const evict = (was: Awaited<ReturnType<typeof readRecord>>) => was && { ...was, evicted: { since, told: true } };
  expect(await changeRecord(index, sha, evict, before)).toEqual({ ...record, evicted: { since, told: true } });
  const mime = 'text/html';
  const retype = (was: Awaited<ReturnType<typeof readRecord>>) => ({ ...(was ?? record), mime });
  expect(await changeRecord(index, sha, retype, before)).toMatchObject({ mime, evicted: { told: true } });
  expect(await readRecord(index, sha)).toMatchObject({ mime, evicted: { told: true } });
});
