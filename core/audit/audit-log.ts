// The port of the audit log: a chain that only grows. Several processes append to it at once, and it stays one chain.
import type { AuditDraft, AuditEntry } from './entry.ts';

/** What lies at a place, whether it is an entry or not. */
export interface StoredEntry {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

export interface AuditBounds {
  /** of the oldest that is there; one more than `lastSeq` when nothing is */
  readonly firstSeq: number;
  /** of the newest that ever was, 0 for none */
  readonly lastSeq: number;
  /** whether the oldest may go by the store's own settings */
  readonly forgets: boolean;
}

export interface AuditLog {
  /** Durable when it resolves. The same draft again is the same entry: from anybody within ten minutes, and from who was
   *  told that it is unknown, however long that lasted.
   *  @throws StoreUnavailableError, StoreFullError, StoreDeniedError  whether it was written is unknown: append it again */
  append(draft: AuditDraft): Promise<AuditEntry>;
  /** @throws StoreUnavailableError */
  bounds(): Promise<AuditBounds>;
  /** @returns undefined: nothing is there
   *  @throws StoreUnavailableError */
  at(seq: number): Promise<StoredEntry | undefined>;
  /** What is there after `afterSeq` at the time of the call, oldest first; places where nothing is are passed over.
   *  @throws StoreUnavailableError */
  walk(options: { readonly afterSeq: number; readonly signal: AbortSignal }): AsyncIterable<StoredEntry>;
}
