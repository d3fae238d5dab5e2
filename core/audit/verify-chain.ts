// Walks the audit log from its beginning and says whether it is whole, or which entry is the first that does not fit. A chain by
// itself does not know its end, so what is known from elsewhere, such as the head that the index remembers, has to be in it too.
import type { Sha, Tenant } from '../model/ids.ts';
import type { AuditLog, StoredEntry } from './audit-log.ts';
import { type AuditEntry, type AuditHead, beginningOf, decodeEntry, hashOf, hashStanding } from './entry.ts';

export type AuditFault =
  /** nothing is at this place, and later ones are there */
  | 'missing'
  | 'not-an-entry'
  /** its hash is not that of what it says */
  | 'changed'
  /** it was written for another place */
  | 'out-of-place'
  /** it follows another entry than the one before it */
  | 'not-after'
  /** the log begins later than it did, and its settings let nothing go */
  | 'beginning-gone'
  /** it was written, and the log ends before it */
  | 'end-gone'
  /** another entry was written here */
  | 'another';

export type AuditVerdict =
  | {
      readonly kind: 'whole';
      /** entries that were verified */
      readonly count: number;
      /** more than 1: older ones are not kept, as the store's settings want it */
      readonly firstSeq: number;
      readonly head: AuditHead;
    }
  | {
      readonly kind: 'broken';
      /** entries that fit, before the one that does not */
      readonly count: number;
      /** of the first that does not fit */
      readonly seq: number;
      readonly fault: AuditFault;
    };

export interface VerifyOptions {
  /** entries that are known to have been written: by the index, by the log of a server, by what an earlier look said */
  readonly known: readonly AuditHead[];
  readonly signal: AbortSignal;
  /** told now and then */
  onProgress?(done: number, total: number): void;
}

const TELL_EVERY = 1_000;

/** What is appended meanwhile is not looked at.
 *  @throws StoreUnavailableError */
export async function verifyChain(
  log: Pick<AuditLog, 'bounds' | 'walk'>,
  tenant: Tenant,
  { known, signal, onProgress }: VerifyOptions,
): Promise<AuditVerdict> {
  const { firstSeq, lastSeq, forgets } = await log.bounds();
  const begins = beginningOf(tenant);
  if (firstSeq > 1 && lastSeq > 0 && !forgets) return { kind: 'broken', count: 0, seq: 1, fault: 'beginning-gone' };
  const wanted = new Map(known.filter(({ seq }) => seq >= firstSeq).map(({ seq, hash }) => [seq, hash]));
  const end = [...wanted.keys()].sort((a, b) => a - b).find((seq) => seq > lastSeq);

  let count = 0;
  let before: AuditHead = firstSeq > 1 ? { seq: firstSeq - 1, hash: begins.hash } : begins;
  for await (const stored of log.walk({ afterSeq: firstSeq - 1, signal })) {
    if (stored.seq > lastSeq) break;
    const isFirstKept = count === 0 && firstSeq > 1;
    const found = faultOf(stored, before, wanted.get(stored.seq), isFirstKept);
    if (found) return { kind: 'broken', count, ...found };
    before = { seq: stored.seq, hash: hashStanding(stored.bytes) };
    count += 1;
    if (count % TELL_EVERY === 0) onProgress?.(count, lastSeq - firstSeq + 1);
  }
  signal.throwIfAborted();
  if (before.seq < lastSeq) return { kind: 'broken', count, seq: before.seq + 1, fault: 'missing' };
  if (end !== undefined) return { kind: 'broken', count, seq: lastSeq + 1, fault: 'end-gone' };
  return { kind: 'whole', count, firstSeq: count === 0 ? 1 : firstSeq, head: before };
}

/** @param isFirstKept  what it follows is not kept, and so cannot be compared */
function faultOf(
  { seq, bytes }: StoredEntry,
  before: AuditHead,
  known: Sha | undefined,
  isFirstKept: boolean,
): { readonly seq: number; readonly fault: AuditFault } | undefined {
  if (seq !== before.seq + 1) return { seq: before.seq + 1, fault: 'missing' };
  const entry: AuditEntry | undefined = decodeEntry(bytes);
  if (!entry) return { seq, fault: 'not-an-entry' };
  if (hashOf(entry) !== entry.hash) return { seq, fault: 'changed' };
  if (entry.seq !== seq) return { seq, fault: 'out-of-place' };
  if (!isFirstKept && entry.prev !== before.hash) return { seq, fault: 'not-after' };
  if (known !== undefined && known !== entry.hash) return { seq, fault: 'another' };
  return undefined;
}
