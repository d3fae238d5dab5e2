// The audit log on a JetStream stream that refuses to delete and to purge. Who appends says which message is the last one that
// it follows, and the server stores it only if that is so: of two who append at once one is refused, looks, and follows the other.
import { headers } from '@nats-io/transport-node';
import { systemClock } from '../model/clock.ts';
import type { ProjectName, Tenant } from '../model/ids.ts';
import type { NatsLink } from '../store/nats-connect.ts';
import { directGet, leaderGet } from '../store/nats-direct-get.ts';
import { isMoved, toStoreError } from '../store/nats-errors.ts';
import { publish, streamInfo } from '../store/nats-js-api.ts';
import { auditStream, auditSubject, auditSubjects } from '../store/nats-names.ts';
import { readOrdered } from '../store/nats-ordered-read.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import type { AuditLog, StoredEntry } from './audit-log.ts';
import {
  type AuditDraft,
  type AuditEntry,
  type AuditHead,
  beginningOf,
  chainedEntry,
  decodeEntry,
  encodeEntry,
  hashStanding,
} from './entry.ts';

/** Refusals in a row: each means that another one was written, so that so many say that something else is wrong. */
const MOST_REFUSALS = 100;
const LONGEST_PAUSE_MS = 50;
const AT_ONCE = 64;

export function natsAuditLog(link: NatsLink, tenant: Tenant): AuditLog {
  const stream = auditStream(tenant);
  /** what was last there, as far as this process knows: a wrong one costs a refusal */
  let known: AuditHead | undefined;
  /** Drafts that may have been written, by their ids: the seq up to which they are known not to stand. NATS remembers an id for
   *  ten minutes, and may be away for longer. */
  const unsure = new Map<string, number>();
  /** One after the other: those of one process would only refuse each other. */
  let turn: Promise<unknown> = Promise.resolve();

  async function info() {
    const found = await streamInfo(link, stream);
    if (!found) throw new StoreUnavailableError('hot', `there is no audit log of ${tenant}: start the server once`);
    return found;
  }

  async function readHead(): Promise<AuditHead> {
    const { state } = await info();
    const last = await leaderGet(link, stream, { last_by_subj: auditSubjects(tenant) });
    return { seq: state.last_seq, hash: last ? hashStanding(last.data) : beginningOf(tenant).hash };
  }

  async function at(seq: number): Promise<StoredEntry | undefined> {
    try {
      for (const read of [directGet, leaderGet]) {
        const found = await read(link, stream, { seq });
        if (found) return { seq: found.seq, bytes: found.data };
      }
      return undefined;
    } catch (error) {
      throw toStoreError(error, 'reading the audit log');
    }
  }

  async function appendNext(draft: AuditDraft): Promise<AuditEntry> {
    for (let refusals = 0; refusals < MOST_REFUSALS; refusals++) {
      const before = known ?? (await readHead());
      known = undefined;
      const earlier = await findEarlier(draft, before.seq);
      if (earlier) {
        known = before;
        return earlier;
      }
      const entry = chainedEntry(draft, before);
      const meta = headers();
      // The server looks at this first: what it has already is not refused for what came after it.
      meta.set('Nats-Msg-Id', draft.id);
      meta.set('Nats-Expected-Last-Sequence', String(before.seq));
      try {
        const subject = auditSubject(tenant, draft.scope.project as ProjectName | undefined, draft.action);
        const { seq, duplicate } = await publish(link, subject, encodeEntry(entry), { headers: meta });
        unsure.delete(draft.id);
        if (duplicate) return await writtenBefore(seq);
        known = { seq, hash: entry.hash };
        return entry;
      } catch (error) {
        if (!isMoved(error)) {
          unsure.set(draft.id, before.seq);
          throw toStoreError(error, 'writing the audit log');
        }
        const longestMs = Math.min(LONGEST_PAUSE_MS, 2 ** refusals);
        if (refusals > 0) await systemClock.sleep(Math.random() * longestMs);
      }
    }
    throw new StoreUnavailableError('hot', `the audit log took another entry first ${MOST_REFUSALS} times in a row`);
  }

  /** An earlier try that was stored, whose answer was lost. What is on its way still follows what it was told to, or is refused. */
  async function findEarlier({ id }: AuditDraft, lastSeq: number): Promise<AuditEntry | undefined> {
    for (let from = unsure.get(id); from !== undefined && from < lastSeq; from = unsure.get(id)) {
      const seqs = Array.from({ length: Math.min(AT_ONCE, lastSeq - from) }, (_, i) => from + 1 + i);
      for (const stored of await Promise.all(seqs.map(at))) {
        const entry = stored && decodeEntry(stored.bytes);
        if (entry?.id !== id) continue;
        unsure.delete(id);
        return entry;
      }
      unsure.set(id, from + seqs.length);
    }
    return undefined;
  }

  /** An earlier try was stored, and its answer was lost. */
  async function writtenBefore(seq: number): Promise<AuditEntry> {
    const stored = await at(seq);
    const entry = stored && decodeEntry(stored.bytes);
    if (!entry) throw new StoreUnavailableError('hot', `entry ${seq} of the audit log cannot be read`);
    return entry;
  }

  return {
    at,
    append(draft) {
      const mine = turn.then(() => appendNext(draft));
      turn = mine.catch(() => {});
      return mine;
    },

    async bounds() {
      const { state, config } = await info();
      const isBounded = config.max_msgs > 0 || config.max_bytes > 0;
      const forgets = config.max_age > 0 || (config.discard === 'old' && isBounded);
      const firstSeq = state.messages === 0 ? state.last_seq + 1 : state.first_seq;
      return { firstSeq, lastSeq: state.last_seq, forgets };
    },

    async *walk({ afterSeq, signal }): AsyncGenerator<StoredEntry> {
      const stop = new AbortController();
      const options = {
        stream,
        filterSubjects: [],
        start: { kind: 'after', seq: afterSeq },
        signal: AbortSignal.any([signal, stop.signal]),
      } as const;
      try {
        for await (const delivery of readOrdered(link, options)) {
          if (delivery.kind === 'message') yield { seq: delivery.message.seq, bytes: delivery.message.data };
          if (delivery.kind === 'caught-up') return;
          if (delivery.kind === 'rewound') {
            throw new StoreUnavailableError('hot', 'the audit log became another one while it was read: read it again');
          }
        }
      } finally {
        stop.abort();
      }
    },
  };
}
