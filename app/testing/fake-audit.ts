// An audit log that exists only in memory: what was told to it, in order, and pages of it.
import { auditPage } from '../../core/audit/audit-page.ts';
import { type AuditFact, decodeEntry } from '../../core/audit/entry.ts';
import { KeptEntries } from '../../core/audit/kept-entries.ts';
import { memoryAuditLog } from '../../core/audit/memory-audit-log.ts';
import { isoTime } from '../../core/model/clock.ts';
import type { Actor } from '../../core/model/commit.ts';
import type { Tenant } from '../../core/model/ids.ts';
import type { Auditing, Verification } from '../audit-view.ts';

export class FakeAudit implements Auditing {
  readonly facts: AuditFact[] = [];
  readonly log = memoryAuditLog('default' as Tenant);
  shown: Verification = { running: undefined, last: undefined };
  readonly #kept = new KeptEntries(this.log);
  readonly #now: number;

  /** @param now  when all of it happens, milliseconds since 1970 */
  constructor(now: number) {
    this.#now = now;
  }

  async record(fact: AuditFact): Promise<void> {
    this.facts.push(fact);
    await this.log.append({ ...fact, id: String(this.facts.length), ts: isoTime(this.#now) });
  }

  note(fact: AuditFact): void {
    void this.record(fact);
  }

  page: Auditing['page'] = (query) => auditPage(this.#kept, query);

  entry: Auditing['entry'] = async (seq) => {
    const stored = await this.log.at(seq);
    return stored && decodeEntry(stored.bytes);
  };

  async *all(...[filter]: Parameters<Auditing['all']>) {
    yield* (await this.page({ ...filter, limit: 10_000 })).entries;
  }

  verification = (): Verification => this.shown;

  async verify(actor: Actor): Promise<{ kind: 'audit-verifying' }> {
    this.facts.push({
      actor,
      action: 'audit.verify',
      scope: {},
      outcome: 'audit-verifying',
    });
    return { kind: 'audit-verifying' };
  }
}
