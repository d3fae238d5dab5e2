// One strand of work that is done again whenever someone wakes it: steps never overlap, many wakes are one step, a
// failure is told and tried again with backoff, and a stop waits for the step under way.
import type { Clock } from '../../core/model/clock.ts';

export interface LaneOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** @returns after how many ms to look again without a wake; undefined: only when woken */
  readonly step: () => Promise<number | undefined>;
  /** A failed step: told with the delay until the next try. A bug is thrown on, which ends the lane. */
  readonly onFailure: (error: unknown, retryInMs: number) => void;
  /** The first step that works after one that failed. */
  readonly onRecovered?: () => void;
}

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 10_000;

export class Lane {
  readonly #options: LaneOptions;
  #awake = false;
  #wake: (() => void) | undefined;
  #failures = 0;
  /** a failed step waits for its retry; only `retryNow` cuts that short */
  #backingOff = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  wake(): void {
    this.#awake = true;
    if (!this.#backingOff) this.#wake?.();
  }

  /** What failed may work now, for instance because NATS is back. */
  retryNow(): void {
    this.#awake = true;
    this.#backingOff = false;
    this.#wake?.();
  }

  /** Runs until the signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      this.#awake = false;
      const waitMs = await this.#stepOnce();
      if (signal.aborted) return;
      if (!this.#awake || this.#backingOff) await this.#rest(waitMs);
      this.#backingOff = false;
    }
  }

  async #stepOnce(): Promise<number | undefined> {
    const { step, onFailure, onRecovered, signal } = this.#options;
    try {
      const waitMs = await step();
      if (this.#failures > 0) onRecovered?.();
      this.#failures = 0;
      return waitMs;
    } catch (error) {
      if (signal.aborted) return undefined;
      const retryInMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#failures++);
      onFailure(error, retryInMs);
      this.#backingOff = true;
      return retryInMs;
    }
  }

  async #rest(ms: number | undefined): Promise<void> {
    if (ms !== undefined && ms <= 0) return;
    const { clock, signal } = this.#options;
    const over = new AbortController();
    const onAbort = () => over.abort(OVER);
    signal.addEventListener('abort', onAbort, { once: true });
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
      over.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const slept = ms === undefined ? woken : clock.sleep(ms, over.signal).catch(() => {});
    await Promise.race([woken, slept]);
    this.#wake = undefined;
    signal.removeEventListener('abort', onAbort);
    over.abort(OVER);
  }
}

/** A reason of our own: making the default one costs more than the wait. */
const OVER = new Error('woken');
