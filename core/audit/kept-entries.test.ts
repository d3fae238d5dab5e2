// Pages of the audit log cost what is new in it, and not what they look at.
import { expect, test } from 'vitest';
import { parseTenant } from '../model/ids.ts';
import { aDraft } from './audit-log.contract.ts';
import { auditPage } from './audit-page.ts';
import { KeptEntries } from './kept-entries.ts';
import { memoryAuditLog } from './memory-audit-log.ts';

async function logOf(count: number, ts: (seq: number) => string = () => '2026-06-01T12:00:00.000Z') {
  const inner = memoryAuditLog(parseTenant('acme'));
  for (let seq = 1; seq <= count; seq++) await inner.append(aDraft(`d${seq}`, { ts: ts(seq) }));
  let reads = 0;
  const at: typeof inner.at = (seq) => {
    reads += 1;
    return inner.at(seq);
  };
  const readsOf = async <T>(work: Promise<T>) => {
    reads = 0;
    const result = await work;
    return { result, reads };
  };
  return { inner, log: { ...inner, at }, readsOf };
}

test('a page that is drawn again reads what is new, whatever its filter looks at', async () => {
  const { inner, log, readsOf } = await logOf(1_000);
  const kept = new KeptEntries(log);
  const nobody = () => readsOf(auditPage(kept, { actor: 'nobody', limit: 100 }));
  expect((await nobody()).reads).toBe(1_000);
  const { seq } = await inner.append(aDraft('new', { actor: { kind: 'user', id: 'nobody' } }));
  // The new one, and the one that was the newest before.
  const again = await nobody();
  expect(again.reads).toBe(2);
  expect(again.result.entries.map((entry) => entry.seq)).toEqual([seq]);
});

test('a log that became another one is read anew, also where it is as long as before', async () => {
  const { inner, log } = await logOf(3);
  const kept = new KeptEntries(log);
  const outcomes = async () => (await auditPage(kept, { limit: 9 })).entries.map(({ outcome }) => outcome);
  expect(await outcomes()).toEqual(Array(3).fill('project-created'));
  const other = memoryAuditLog(parseTenant('acme'));
  for (const outcome of ['a', 'b', 'c']) await other.append(aDraft(outcome, { outcome }));
  for (const [seq, bytes] of other.stored) inner.stored.set(seq, bytes);
  expect(await outcomes()).toEqual(['c', 'b', 'a']);
});

test('a page that came to what is too old ends there, though what is older says another time', async () => {
  const old = '2026-05-01T00:00:00.000Z';
  const recent = '2026-06-01T12:00:00.000Z';
  // The last one of the first look is out of its place.
  const { log, readsOf } = await logOf(600, (seq) => (seq > 500 || seq === 345 ? recent : old));
  const since = Date.parse('2026-06-01T00:00:00.000Z');
  const { result, reads } = await readsOf(auditPage(new KeptEntries(log), { since, limit: 500 }));
  expect([result.entries.length, result.next, reads]).toEqual([101, undefined, 256]);
});
