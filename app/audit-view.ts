// What pages see of the audit log, and what they write into it: part of the interfaces between pages and server.
import type { AuditFilter, AuditPage, AuditQuery } from '../core/audit/audit-page.ts';
import type { Audit } from '../core/audit/audit-trail.ts';
import type { AuditEntry } from '../core/audit/entry.ts';
import type { AuditVerdict } from '../core/audit/verify-chain.ts';
import type { Actor } from '../core/model/commit.ts';

export interface Verification {
  /** undefined: none runs */
  readonly running: { readonly done: number; readonly total: number } | undefined;
  /** undefined: this server has not looked since its start */
  readonly last:
    | { readonly at: number; readonly verdict: AuditVerdict }
    /** it could not be read to its end */
    | { readonly at: number; readonly failed: string }
    | undefined;
}

/** `record` is for what a person did, `note` for what strangers try. The queries throw StoreUnavailableError. */
export interface Auditing extends Audit {
  page(query: AuditQuery): Promise<AuditPage>;
  entry(seq: number): Promise<AuditEntry | undefined>;
  /** All that match, newest first. */
  all(filter: AuditFilter): AsyncIterable<AuditEntry>;
  verification(): Verification;
  /** Has the whole log read and verified, by this server; one such look at a time. */
  verify(actor: Actor): Promise<{ readonly kind: 'audit-verifying' | 'audit-verifying-before' }>;
}
