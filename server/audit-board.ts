// The audit log of this server: what it writes, what pages read of it, and whether the chain is whole. It is verified when a
// person asks, and once a day by itself.
import type { Auditing, Verification } from '../app/audit-view.ts';
import type { AuditLog } from '../core/audit/audit-log.ts';
import { type AuditFilter, auditPage } from '../core/audit/audit-page.ts';
import { AuditTrail } from '../core/audit/audit-trail.ts';
import { type AuditEntry, type AuditFact, decodeEntry } from '../core/audit/entry.ts';
import { KeptEntries } from '../core/audit/kept-entries.ts';
import { notedHead } from '../core/audit/noted-head.ts';
import { verifyChain } from '../core/audit/verify-chain.ts';
import type { Clock } from '../core/model/clock.ts';
import type { Actor } from '../core/model/commit.ts';
import type { Tenant } from '../core/model/ids.ts';
import { AUDIT_HEAD_KEY } from '../core/model/index-keys.ts';
import type { Log } from '../core/model/log.ts';
import { messageOf } from '../core/model/message-of.ts';
import type { KeyValue } from '../core/store/key-value.ts';

export interface AuditBoardIo {
  readonly tenant: Tenant;
  readonly log: AuditLog;
  readonly index: Pick<KeyValue, 'get' | 'compareAndSet' | 'watch'>;
  readonly clock: Clock;
  readonly processLog: Log;
  readonly signal: AbortSignal;
}

export interface AuditBoardTold {
  /** some were written, by any server, or verified by this one */
  entries(): void;
  /** whether all is well may be otherwise now */
  standing(): void;
}

const EVERY_MS = 24 * 3_600_000;
const EXPORT_PAGE = 500;

export class AuditBoard implements Auditing {
  readonly #io: AuditBoardIo;
  readonly #told: AuditBoardTold;
  readonly #trail: AuditTrail;
  readonly #kept: KeptEntries;
  #running: Verification['running'];
  #last: Verification['last'];

  constructor(io: AuditBoardIo, told: AuditBoardTold) {
    this.#io = io;
    this.#told = told;
    this.#kept = new KeptEntries(io.log);
    this.#trail = new AuditTrail({ ...io, changed: () => told.standing() });
  }

  record(fact: AuditFact): Promise<void> {
    return this.#trail.record(fact);
  }

  note(fact: AuditFact): void {
    this.#trail.note(fact);
  }

  page: Auditing['page'] = (query) => auditPage(this.#kept, query);

  async entry(seq: number): Promise<AuditEntry | undefined> {
    const stored = await this.#io.log.at(seq);
    return stored && decodeEntry(stored.bytes);
  }

  async *all(filter: AuditFilter): AsyncGenerator<AuditEntry> {
    for (let before: number | undefined; ; ) {
      const { entries, next } = await this.page({ ...filter, before, limit: EXPORT_PAGE });
      yield* entries;
      if (next === undefined) return;
      before = next;
    }
  }

  verification(): Verification {
    return { running: this.#running, last: this.#last };
  }

  async verify(actor: Actor): Promise<{ kind: 'audit-verifying' | 'audit-verifying-before' }> {
    const kind = this.#running ? 'audit-verifying-before' : 'audit-verifying';
    if (kind === 'audit-verifying') void this.#look();
    await this.record({ actor, action: 'audit.verify', scope: {}, outcome: kind });
    return { kind };
  }

  /** Once an hour; it looks once a day. */
  async verifyDaily(): Promise<void> {
    if (this.#last && this.#io.clock.now() - this.#last.at < EVERY_MS) return;
    await this.#look();
  }

  /** Wakes pages when any server has written. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const change of this.#io.index.watch(AUDIT_HEAD_KEY, { signal })) {
      if (change.kind === 'put') this.#told.entries();
    }
  }

  close(): Promise<void> {
    return this.#trail.close();
  }

  get standing() {
    return this.#trail.standing;
  }

  /** Undefined: all is written, and nothing is known to be wrong. Else one sentence. */
  get trouble(): { readonly sentence: string; readonly since: number } | undefined {
    const { failing, waiting, lost } = this.standing;
    if (failing) {
      const sentence = `The audit log cannot be written: ${failing.why}. ${waiting} of its entries wait, and are lost if this server ends.`;
      return { sentence, since: failing.since };
    }
    const last = this.#last;
    if (last && 'verdict' in last && last.verdict.kind === 'broken') {
      return {
        sentence: `The audit log is not whole from entry ${last.verdict.seq} on: see Settings, Audit log.`,
        since: last.at,
      };
    }
    return (
      lost && { sentence: `Entry ${lost.seq} of the audit log is not there any more: verify it.`, since: lost.since }
    );
  }

  async #look(): Promise<void> {
    if (this.#running) return;
    const { tenant, log, index, clock, processLog, signal } = this.#io;
    this.#running = { done: 0, total: 0 };
    this.#told.entries();
    try {
      const noted = await notedHead(index);
      const verdict = await verifyChain(log, tenant, {
        known: noted ? [noted] : [],
        signal,
        onProgress: (done, total) => {
          this.#running = { done, total };
          this.#told.entries();
        },
      });
      this.#last = { at: clock.now(), verdict };
      if (verdict.kind === 'broken')
        processLog.error({ verdict }, `the audit log is not whole at entry ${verdict.seq}`);
      else processLog.info({ verdict }, `the audit log is whole: ${verdict.count} entries`);
    } catch (error) {
      this.#last = { at: clock.now(), failed: messageOf(error) };
    } finally {
      this.#running = undefined;
      this.#told.entries();
      this.#told.standing();
    }
  }
}
