// What is done to a log that nobody may touch is found, wherever and however it is done.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTenant } from '../model/ids.ts';
import { aDraft, signal } from './audit-log.contract.ts';
import { type AuditEntry, beginningOf, chainedEntry, decodeEntry, encodeEntry } from './entry.ts';
import { type MemoryAuditLog, memoryAuditLog } from './memory-audit-log.ts';
import { verifyChain } from './verify-chain.ts';

const TENANT = parseTenant('acme');

async function written(count: number, options: { forgets?: boolean } = {}) {
  const log = memoryAuditLog(TENANT, options);
  const entries: AuditEntry[] = [];
  for (let i = 1; i <= count; i++) entries.push(await log.append(aDraft(`d${i}`, { outcome: `outcome-${i}` })));
  const bytesAt = (seq: number) => {
    const bytes = log.stored.get(seq);
    if (!bytes) throw new Error(`nothing at ${seq}`);
    return bytes;
  };
  const entryAt = (seq: number): AuditEntry => {
    const entry = decodeEntry(bytesAt(seq));
    if (!entry) throw new Error(`no entry at ${seq}`);
    return entry;
  };
  return { log, entries, bytesAt, entryAt };
}

const verdictOf = (log: MemoryAuditLog, known: readonly AuditEntry[] = []) =>
  verifyChain(log, TENANT, { known, signal });

test('an entry that was changed is named, and what was verified before it is counted', async () => {
  const { log, entryAt } = await written(9);
  log.stored.set(5, encodeEntry({ ...entryAt(5), outcome: 'something else' }));
  expect(await verdictOf(log)).toEqual({ kind: 'broken', count: 4, seq: 5, fault: 'changed' });
});

test('an entry that was changed together with its hash is known by the next one, and the last one by who remembers its hash', async () => {
  const { log, entries, entryAt } = await written(9);
  const forged = (seq: number) => {
    const { hash: _, v: __, ...rest } = entryAt(seq);
    const before = { seq: seq - 1, hash: entryAt(seq - 1).hash };
    return chainedEntry(aDraft('x', { ts: rest.ts, outcome: 'forged' }), before);
  };
  log.stored.set(9, encodeEntry(forged(9)));
  expect(await verdictOf(log)).toMatchObject({ kind: 'whole', count: 9 });
  expect(await verdictOf(log, entries.slice(8))).toMatchObject({ seq: 9, count: 8, fault: 'another' });
  log.stored.set(5, encodeEntry(forged(5)));
  expect(await verdictOf(log)).toMatchObject({ kind: 'broken', count: 5, seq: 6, fault: 'not-after' });
});

test('an entry that was taken out leaves a gap; two that were swapped are out of place', async () => {
  const { log, bytesAt } = await written(9);
  const [fourth, fifth] = [bytesAt(4), bytesAt(5)];
  log.stored.delete(4);
  expect(await verdictOf(log)).toEqual({ kind: 'broken', count: 3, seq: 4, fault: 'missing' });
  log.stored.set(4, fifth);
  log.stored.set(5, fourth);
  expect(await verdictOf(log)).toEqual({ kind: 'broken', count: 3, seq: 4, fault: 'out-of-place' });
});

test('an end that was cut off is missing where the store still counts it, and gone where only others remember it', async () => {
  const { log, entries } = await written(9);
  log.stored.delete(9);
  expect(await verdictOf(log)).toEqual({ kind: 'broken', count: 8, seq: 9, fault: 'missing' });
  const shorter = await written(6);
  expect(await verdictOf(shorter.log)).toMatchObject({ kind: 'whole', count: 6 });
  expect(await verdictOf(shorter.log, entries.slice(8))).toMatchObject({ count: 6, seq: 7, fault: 'end-gone' });
});

test('a beginning that is gone is a fault, unless the store may forget: then the rest is whole from there on', async () => {
  const kept = await written(9);
  const forgetting = await written(9, { forgets: true });
  for (const seq of [1, 2, 3]) {
    kept.log.stored.delete(seq);
    forgetting.log.stored.delete(seq);
  }
  expect(await verdictOf(kept.log)).toEqual({ kind: 'broken', count: 0, seq: 1, fault: 'beginning-gone' });
  expect(await verdictOf(forgetting.log)).toMatchObject({ kind: 'whole', count: 6, firstSeq: 4 });
  forgetting.log.stored.delete(6);
  expect(await verdictOf(forgetting.log)).toMatchObject({ kind: 'broken', count: 2, seq: 6 });
});

test("another tenant's chain does not stand in for this one's", async () => {
  const { log } = await written(3);
  const verdict = await verifyChain(log, parseTenant('other'), { known: [], signal });
  expect(verdict).toMatchObject({ kind: 'broken', count: 0, seq: 1, fault: 'not-after' });
});

test('no change of one byte anywhere goes unnoticed, whoever remembers the head', async () => {
  const { log, entries, bytesAt } = await written(6);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (seq, at, by) => {
        const before = bytesAt(seq);
        const after = Buffer.from(before);
        after[at % after.length] = (after[at % after.length] ?? 0) ^ by;
        log.stored.set(seq, after);
        const verdict = await verdictOf(log, entries.slice(5));
        log.stored.set(seq, before);
        // White space would say the same, and so be no change; canonical JSON has none.
        expect(verdict).toMatchObject({ kind: 'broken', seq });
      },
    ),
  );
});

test('what was asked is kept whole up to 16 KiB, and by its beginning, length and sha above', async () => {
  const before = beginningOf(TENANT);
  expect(chainedEntry(aDraft('a', { asked: { text: 'x'.repeat(10_000) } }), before).asked).toEqual({
    text: 'x'.repeat(10_000),
  });
  const long = chainedEntry(aDraft('a', { asked: { text: 'x'.repeat(20_000) } }), before).asked;
  expect(long).toMatchObject({ bytes: 20_011, sha: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(chainedEntry(aDraft('a', { asked: { none: undefined } }), before).asked).toEqual({});
});
