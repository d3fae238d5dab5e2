// How far one direction of a workspace is since it began to have something to do, and how fast it goes. It is looked at
// when a status is made, and counts nothing itself: a file costs nothing here.
import type { Transfer } from '../../core/model/node-status.ts';

export interface Counted {
  /** since the workspace was opened; less than before when a transfer begins anew */
  readonly done: { readonly files: number; readonly bytes: number };
  readonly left: { readonly files: number; readonly bytes: number };
  /** those of `left.files` whose bytes are not in `left.bytes` yet, because nobody has looked at them */
  readonly unsized: number;
}

/** A rate is the mean over this long, or over longer where steps are farther apart. */
const WINDOW_MS = 5_000;
/** Two looks closer together than this are one. */
const SAMPLE_MS = 100;
/** Who has not moved for this long stands still: nobody knows how long it takes. Where a step took longer, so may the next. */
const STILL_AFTER_MS = 10_000;
const STILL_AFTER_STEPS = 3;
const STILL_AT_MOST_MS = 60_000;

export class Pace {
  #start: { readonly files: number; readonly bytes: number } | undefined;
  #files = 0;
  #bytes = 0;
  #steps = new Steps();

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
      this.#steps = new Steps();
    }
    this.#files = Math.max(this.#files, done.files - this.#start.files);
    // A transfer that begins anew takes nothing back from what a person has seen.
    const bytes = Math.max(this.#bytes, done.bytes - this.#start.bytes);
    const leftBytes = Math.max(0, left.bytes - (bytes - (done.bytes - this.#start.bytes)));
    this.#bytes = bytes;
    this.#steps.look(now, done.files, done.bytes);
    const { filesPerMs, bytesPerMs } = this.#steps.rates(now);
    return {
      done: this.#files,
      total: this.#files + left.files,
      bytes_done: bytes,
      bytes_total: bytes + leftBytes,
      bytes_per_s: Math.round(bytesPerMs * 1_000),
      eta_ms: etaMs(left, unsized, filesPerMs, bytesPerMs),
    };
  }
}

function etaMs(left: Counted['left'], unsized: number, filesPerMs: number, bytesPerMs: number): number | null {
  const { files, bytes } = left;
  if (files === 0 && bytes === 0) return 0;
  const ms = bytes > 0 ? bytes / bytesPerMs + (unsized > 0 ? unsized / filesPerMs : 0) : files / filesPerMs;
  return Number.isFinite(ms) && ms < MAX_ETA_MS ? Math.round(ms) : null;
}

/** Beyond a hundred days nobody knows. */
const MAX_ETA_MS = 100 * 24 * 3_600_000;

interface Step {
  readonly at: number;
  readonly files: number;
  readonly bytes: number;
}

/** The last times at which something had moved; the first is where the mean begins. */
class Steps {
  #steps: Step[] = [];
  #lookedAt = 0;

  look(now: number, files: number, bytes: number): void {
    const last = this.#steps.at(-1);
    if (last && now - this.#lookedAt < SAMPLE_MS) return;
    const lookedAt = this.#lookedAt;
    this.#lookedAt = now;
    if (!last || bytes < last.bytes || files < last.files) {
      // What began anew says nothing of how fast it goes.
      this.#steps = [{ at: now, files, bytes }];
      return;
    }
    if (bytes === last.bytes && files === last.files) return;
    // What stood still goes on as if it had begun then: the standstill was no part of its pace.
    if (this.#isStill(now)) this.#steps = [{ ...last, at: lookedAt }];
    this.#steps.push({ at: now, files, bytes });
    while ((this.#steps[1]?.at ?? now) <= now - WINDOW_MS) this.#steps.shift();
  }

  rates(now: number): { readonly filesPerMs: number; readonly bytesPerMs: number } {
    const [first] = this.#steps;
    const last = this.#steps.at(-1);
    if (!first || !last || first === last || this.#isStill(now)) return { filesPerMs: 0, bytesPerMs: 0 };
    // Between two steps nothing is late yet.
    const ms = last.at - first.at + Math.max(0, now - last.at - this.#lastStepMs);
    return { filesPerMs: (last.files - first.files) / ms, bytesPerMs: (last.bytes - first.bytes) / ms };
  }

  get #lastStepMs(): number {
    const last = this.#steps.at(-1);
    return (last?.at ?? 0) - (this.#steps.at(-2)?.at ?? last?.at ?? 0);
  }

  #isStill(now: number): boolean {
    const patienceMs = Math.min(STILL_AT_MOST_MS, STILL_AFTER_STEPS * this.#lastStepMs);
    return now - (this.#steps.at(-1)?.at ?? now) > Math.max(STILL_AFTER_MS, patienceMs);
  }
}
