// What every AuditLog does, as tests. The in-memory one and NATS pass the same suite.
import { describe, expect, test } from 'vitest';
import { parseProjectName, type Tenant } from '../model/ids.ts';
import type { AuditLog } from './audit-log.ts';
import { auditPage } from './audit-page.ts';
import { type AuditDraft, type AuditEntry, beginningOf, decodeEntry } from './entry.ts';
import { KeptEntries } from './kept-entries.ts';
import { verifyChain } from './verify-chain.ts';

export const { signal } = new AbortController();

export const aDraft = (id: string, change: Partial<AuditDraft> = {}): AuditDraft => ({
  id,
  ts: '2026-06-01T12:00:00.000Z',
  actor: { kind: 'user', id: 'ada' },
  action: 'project.create',
  scope: { project: parseProjectName('demo') },
  outcome: 'project-created',
  ...change,
});

export async function entriesOf(log: AuditLog, afterSeq = 0): Promise<readonly (AuditEntry | undefined)[]> {
  const found: (AuditEntry | undefined)[] = [];
  for await (const { bytes } of log.walk({ afterSeq, signal })) found.push(decodeEntry(bytes));
  return found;
}

/** @param fresh  a log with nothing in it, for each test */
export function auditLogContract(name: string, fresh: () => Promise<{ log: AuditLog; tenant: Tenant }>): void {
  describe(`AuditLog: ${name}`, () => {
    test('an empty log is whole, and has nothing to give', async () => {
      const { log, tenant } = await fresh();
      expect(await log.bounds()).toEqual({ firstSeq: 1, lastSeq: 0, forgets: false });
      expect(await log.at(1)).toBeUndefined();
      expect(await entriesOf(log)).toEqual([]);
      expect(await auditPage(new KeptEntries(log), { limit: 10 })).toEqual({ entries: [], next: undefined });
      expect(await verifyChain(log, tenant, { known: [], signal })).toEqual({
        kind: 'whole',
        count: 0,
        firstSeq: 1,
        head: beginningOf(tenant),
      });
    });

    test('each entry follows the one before, in its place, and comes back as it was written', async () => {
      const { log, tenant } = await fresh();
      const first = await log.append(aDraft('a', { asked: { to: 'ü', list: [1, null] } }));
      const second = await log.append(aDraft('b'));
      expect([first.seq, second.seq]).toEqual([1, 2]);
      expect([first.prev, second.prev]).toEqual([beginningOf(tenant).hash, first.hash]);
      expect(await entriesOf(log)).toEqual([first, second]);
      expect(await entriesOf(log, 1)).toEqual([second]);
      const stored = await log.at(1);
      expect(stored && decodeEntry(stored.bytes)).toEqual(first);
      expect(await log.bounds()).toEqual({ firstSeq: 1, lastSeq: 2, forgets: false });
    });

    test('a draft that is appended again is the same entry, also after others', async () => {
      const { log } = await fresh();
      const first = await log.append(aDraft('a'));
      await log.append(aDraft('b'));
      expect(await log.append(aDraft('a'))).toEqual(first);
      expect(await entriesOf(log)).toHaveLength(2);
    });

    test('many at once make one chain', async () => {
      const { log, tenant } = await fresh();
      const entries = await Promise.all(Array.from({ length: 40 }, (_, i) => log.append(aDraft(`d${i}`))));
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
      const verdict = await verifyChain(log, tenant, { known: entries, signal });
      expect(verdict).toMatchObject({ kind: 'whole', count: 40, head: { seq: 40, hash: entries.at(-1)?.hash } });
    });

    test('pages go back from the newest, filtered, until there are no older ones', async () => {
      const { log } = await fresh();
      const other = { scope: { project: parseProjectName('other') }, actor: { kind: 'user', id: 'bob' } } as const;
      for (let i = 1; i <= 9; i++) await log.append(aDraft(`d${i}`, i % 3 === 0 ? other : {}));
      const seqs = async (query: Parameters<typeof auditPage>[1]) => {
        const { entries, next } = await auditPage(new KeptEntries(log), query);
        return [entries.map(({ seq }) => seq), next];
      };
      expect(await seqs({ limit: 4 })).toEqual([[9, 8, 7, 6], 6]);
      expect(await seqs({ limit: 4, before: 6 })).toEqual([[5, 4, 3, 2], 2]);
      expect(await seqs({ limit: 4, before: 2 })).toEqual([[1], undefined]);
      expect(await seqs({ limit: 4, actor: 'bob' })).toEqual([[9, 6, 3], undefined]);
      expect(await seqs({ limit: 2, project: 'other' })).toEqual([[9, 6], 6]);
      expect(await seqs({ limit: 2, action: 'project' })).toEqual([[9, 8], 8]);
      expect(await seqs({ limit: 9, action: 'share' })).toEqual([[], undefined]);
      expect(await seqs({ limit: 9, before: 1 })).toEqual([[], undefined]);
    });
  });
}
