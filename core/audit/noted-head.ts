// The head of the audit log as the index remembers it, in another stream than the log: by it a log that lost its end is known.
// It is written behind, so that it may say a little less than the log, and never more.
import { z } from 'zod';
import { shaSchema } from '../model/ids.ts';
import { AUDIT_HEAD_KEY } from '../model/index-keys.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { AuditLog } from './audit-log.ts';
import { type AuditHead, hashStanding } from './entry.ts';

const headSchema = z.object({ seq: z.int().min(1), hash: shaSchema });

/** @throws StoreUnavailableError */
export async function notedHead(index: Pick<KeyValue, 'get'>): Promise<AuditHead | undefined> {
  const entry = await index.get(AUDIT_HEAD_KEY, { newest: true });
  return entry && decodeHead(entry.value);
}

const decodeHead = (value: Uint8Array): AuditHead => headSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));

/** Only forwards, and only over a log that has what was noted before: one that lost it goes on saying so.
 *  @returns the noted entry that the log does not have any more
 *  @throws StoreUnavailableError */
export async function noteHead(
  { index, log }: { readonly index: Pick<KeyValue, 'get' | 'compareAndSet'>; readonly log: Pick<AuditLog, 'at'> },
  { seq, hash }: AuditHead,
): Promise<AuditHead | undefined> {
  for (;;) {
    const entry = await index.get(AUDIT_HEAD_KEY, { newest: true });
    const noted = entry && decodeHead(entry.value);
    if (noted) {
      const stored = await log.at(noted.seq);
      if (!stored || hashStanding(stored.bytes) !== noted.hash) return noted;
      if (noted.seq >= seq) return undefined;
    }
    const value = Buffer.from(JSON.stringify({ seq, hash }));
    const outcome = await index.compareAndSet(AUDIT_HEAD_KEY, value, entry?.revision ?? 0);
    if (outcome.kind === 'set') return undefined;
  }
}
