// Entries as pages read them: each once, because none ever changes. A filter looks at thousands for one page, and a live page is
// drawn again with each new entry.
import type { AuditLog } from './audit-log.ts';
import { type AuditEntry, type AuditHead, decodeEntry, hashStanding } from './entry.ts';

/** What they are in the log; in memory it is some times that. */
const MOST_BYTES = 16 * 1024 * 1024;

interface Kept {
  readonly entry: AuditEntry | undefined;
  readonly bytes: number;
}

export class KeptEntries {
  readonly #log: Pick<AuditLog, 'bounds' | 'at'>;
  /** by seq */
  readonly #kept = new Map<number, Kept>();
  #bytes = 0;
  #newest: AuditHead | undefined;

  constructor(log: Pick<AuditLog, 'bounds' | 'at'>) {
    this.#log = log;
  }

  /** What was the newest stands for all before it: where it is another now, or gone, the log is another one.
   *  @throws StoreUnavailableError */
  async bounds(): ReturnType<AuditLog['bounds']> {
    const bounds = await this.#log.bounds();
    const newest = this.#newest;
    const now = newest && (await this.#log.at(newest.seq));
    if (newest && (!now || hashStanding(now.bytes) !== newest.hash)) this.#forget();
    return bounds;
  }

  /** @returns undefined: nothing is there, or it is no entry
   *  @throws StoreUnavailableError */
  async entry(seq: number): Promise<AuditEntry | undefined> {
    const kept = this.#kept.get(seq);
    if (kept) return kept.entry;
    const stored = await this.#log.at(seq);
    if (!stored) return undefined;
    const entry = decodeEntry(stored.bytes);
    this.#keep(seq, { entry, bytes: stored.bytes.length });
    if (seq > (this.#newest?.seq ?? 0)) this.#newest = { seq, hash: hashStanding(stored.bytes) };
    return entry;
  }

  #keep(seq: number, kept: Kept): void {
    this.#bytes += kept.bytes - (this.#kept.get(seq)?.bytes ?? 0);
    this.#kept.set(seq, kept);
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#kept.delete(oldest);
      this.#bytes -= bytes;
    }
  }

  #forget(): void {
    this.#kept.clear();
    this.#bytes = 0;
    this.#newest = undefined;
  }
}
