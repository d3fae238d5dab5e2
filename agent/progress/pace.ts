// How far one direction of a workspace is since it began to have something to do, and how fast it goes. It is looked at
// when a status is made, and counts nothing itself: a file costs nothing here.
import type { Transfer } from '../../core/model/node-status.ts';

export interface Counted {
  /** since the workspace was opened; never less than before */
  readonly done: { readonly files: number; readonly bytes: number };
  readonly left: { readonly files: number; readonly bytes: number };
  /** those of `left.files` whose bytes are not in `left.bytes` yet, because nobody has looked at them */
  readonly unsized: number;
}

/** What was longer ago than this counts for little in a rate. */
const SMOOTH_MS = 5_000;
/** Two looks closer together than this are one. */
const SAMPLE_MS = 100;

export class Pace {
  #start: { readonly files: number; readonly bytes: number } | undefined;
  #files = 0;
  #bytes = 0;
  #rates = new Rates();

  /** The burst is over; the next look begins another. */
  rest(): void {
    this.#start = undefined;
  }

  /** @param now  milliseconds, steady */
  look(now: number, { done, left, unsized }: Counted): Transfer {
    if (!this.#start) {
      this.#start = done;
      this.#files = 0;
      this.#bytes = 0;
      this.#rates = new Rates();
    }
    this.#files = Math.max(this.#files, done.files - this.#start.files);
    // A transfer that begins anew takes nothing back from what a person has seen.
    const bytes = Math.max(this.#bytes, done.bytes - this.#start.bytes);
    const leftBytes = Math.max(0, left.bytes - (bytes - (done.bytes - this.#start.bytes)));
    this.#bytes = bytes;
    this.#rates.sample(now, this.#files, bytes);
    return {
      done: this.#files,
      total: this.#files + left.files,
      bytes_done: bytes,
      bytes_total: bytes + leftBytes,
      bytes_per_s: Math.round(this.#rates.bytesPerMs * 1_000),
      eta_ms: this.#etaMs(left.files, leftBytes, unsized),
    };
  }

  #etaMs(files: number, bytes: number, unsized: number): number | null {
    const { bytesPerMs, filesPerMs } = this.#rates;
    const ms = bytes > 0 ? bytes / bytesPerMs + (unsized > 0 ? unsized / filesPerMs : 0) : files / filesPerMs;
    if (files === 0 && bytes === 0) return 0;
    return Number.isFinite(ms) && ms < MAX_ETA_MS ? Math.round(ms) : null;
  }
}

/** Beyond a hundred days nobody knows. */
const MAX_ETA_MS = 100 * 24 * 3_600_000;

/** Means over the last seconds; at the beginning over what there is. */
class Rates {
  #at: number | undefined;
  #files = 0;
  #bytes = 0;
  #sumFiles = 0;
  #sumBytes = 0;
  #weight = 0;

  get filesPerMs(): number {
    return this.#weight === 0 ? 0 : this.#sumFiles / this.#weight;
  }

  get bytesPerMs(): number {
    return this.#weight === 0 ? 0 : this.#sumBytes / this.#weight;
  }

  sample(now: number, files: number, bytes: number): void {
    const ms = this.#at === undefined ? 0 : now - this.#at;
    if (this.#at !== undefined && ms < SAMPLE_MS) return;
    if (this.#at !== undefined) {
      const keep = Math.exp(-ms / SMOOTH_MS);
      this.#sumFiles = this.#sumFiles * keep + ((files - this.#files) / ms) * (1 - keep);
      this.#sumBytes = this.#sumBytes * keep + ((bytes - this.#bytes) / ms) * (1 - keep);
      this.#weight = this.#weight * keep + (1 - keep);
    }
    this.#at = now;
    this.#files = files;
    this.#bytes = bytes;
  }
}
