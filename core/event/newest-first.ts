// One line of work: one piece at a time, always for the newest that is wanted, and tried again after a growing pause until
// it is done. What came meanwhile and was overtaken is never worked on.
import type { Clock } from '../model/clock.ts';

/** After a failure it is tried again after 1 s, 2 s, 4 s … up to this. */
const RETRY_MAX_MS = 30_000;

export interface NewestFirstOptions<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  work(wanted: T): Promise<void>;
  failed(error: unknown, retryInMs: number): void;
}

export class NewestFirst<T> {
  readonly #options: NewestFirstOptions<T>;
  #wanted: { readonly what: T } | undefined;
  #isRunning = false;

  constructor(options: NewestFirstOptions<T>) {
    this.#options = options;
  }

  want(what: T): void {
    this.#wanted = { what };
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    const { clock, signal, work, failed } = this.#options;
    this.#isRunning = true;
    let failures = 0;
    while (this.#wanted && !signal.aborted) {
      const wanted = this.#wanted;
      try {
        await work(wanted.what);
        if (this.#wanted === wanted) this.#wanted = undefined;
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        const retryInMs = Math.min(RETRY_MAX_MS, 1_000 * 2 ** failures++);
        failed(error, retryInMs);
        await clock.sleep(retryInMs, signal).catch(() => undefined);
      }
    }
    this.#isRunning = false;
  }
}
