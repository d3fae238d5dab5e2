// The audit log's port in memory, for tests. What is stored can be reached, so that tests can do to it what nobody may.
import type { Tenant } from '../model/ids.ts';
import type { AuditLog } from './audit-log.ts';
import { type AuditEntry, type AuditHead, beginningOf, chainedEntry, encodeEntry, hashStanding } from './entry.ts';

export interface MemoryAuditLog extends AuditLog {
  /** by seq */
  readonly stored: Map<number, Uint8Array>;
}

export function memoryAuditLog(tenant: Tenant, { forgets = false } = {}): MemoryAuditLog {
  const stored = new Map<number, Uint8Array>();
  const written = new Map<string, AuditEntry>();
  let lastSeq = 0;

  function head(): AuditHead {
    const newest = [...stored.keys()].sort((a, b) => b - a)[0];
    const bytes = newest === undefined ? undefined : stored.get(newest);
    return { seq: lastSeq, hash: bytes ? hashStanding(bytes) : beginningOf(tenant).hash };
  }

  return {
    stored,
    async append(draft) {
      const before = written.get(draft.id);
      if (before) return before;
      const entry = chainedEntry(draft, head());
      lastSeq = entry.seq;
      stored.set(entry.seq, encodeEntry(entry));
      written.set(draft.id, entry);
      return entry;
    },
    async bounds() {
      return { firstSeq: Math.min(lastSeq + 1, ...stored.keys()), lastSeq, forgets };
    },
    async at(seq) {
      const bytes = stored.get(seq);
      return bytes && { seq, bytes };
    },
    async *walk({ afterSeq, signal }) {
      const end = lastSeq;
      for (let seq = afterSeq + 1; seq <= end && !signal.aborted; seq++) {
        const bytes = stored.get(seq);
        if (bytes) yield { seq, bytes };
      }
    },
  };
}
