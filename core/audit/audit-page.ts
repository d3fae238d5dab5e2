// Entries of the audit log, the newest first, a page at a time. The log has no index: a filter looks back through it, and a page
// ends after a bounded look, with the place from which the next one goes on.
import type { AuditEntry } from './entry.ts';
import type { KeptEntries } from './kept-entries.ts';

export interface AuditFilter {
  /** the id of who did it */
  readonly actor?: string | undefined;
  /** an action, or the noun before its dot for all of them */
  readonly action?: string | undefined;
  readonly project?: string | undefined;
  /** no older than this, milliseconds since 1970 */
  readonly since?: number | undefined;
}

export interface AuditQuery extends AuditFilter {
  /** older than this seq */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface AuditPage {
  /** newest first */
  readonly entries: readonly AuditEntry[];
  /** give it as `before` to read on; undefined: there are no older ones */
  readonly next: number | undefined;
}

/** Entries that are looked at for one page. */
const LOOKED_AT = 10_000;
const AT_ONCE = 256;

/** @throws StoreUnavailableError */
export async function auditPage(log: Pick<KeptEntries, 'bounds' | 'entry'>, query: AuditQuery): Promise<AuditPage> {
  const { firstSeq, lastSeq } = await log.bounds();
  const entries: AuditEntry[] = [];
  let seq = Math.min(lastSeq, (query.before ?? lastSeq + 1) - 1);
  const end = Math.max(firstSeq, seq - LOOKED_AT + 1);
  let isOver = false;
  while (seq >= end && entries.length < query.limit && !isOver) {
    const seqs = Array.from({ length: Math.min(AT_ONCE, seq - end + 1) }, (_, i) => seq - i);
    for (const entry of await Promise.all(seqs.map((one) => log.entry(one)))) {
      if (entries.length === query.limit) break;
      seq -= 1;
      if (!entry) continue;
      // Times are those of servers' clocks, and what waited to be written is older than its place: by an hour, say.
      isOver ||= query.since !== undefined && Date.parse(entry.ts) < query.since - SLACK_MS;
      if (fits(entry, query)) entries.push(entry);
    }
  }
  return { entries, next: seq >= firstSeq && !isOver ? seq + 1 : undefined };
}

const SLACK_MS = 3_600_000;

export const fits = ({ actor, action, scope, ts }: AuditEntry, asked: AuditFilter): boolean =>
  (asked.actor === undefined || actor.id === asked.actor) &&
  (asked.action === undefined || action === asked.action || action.startsWith(`${asked.action}.`)) &&
  (asked.project === undefined || scope.project === asked.project) &&
  (asked.since === undefined || Date.parse(ts) >= asked.since);
