// Time for a simulation: nothing waits for real time. When all that runs has come to rest, time jumps to the next timer.
// The clock on the wall may be set while timers go on, as on a real machine.
import type { Clock } from '../../core/model/clock.ts';

const START_MS = Date.UTC(2024, 0, 1);
/** So many turns of the event loop without a sign of life mean that all is at rest. Nobody waits for more than two in a
 *  row without asking for the time, the disk or a store. */
const QUIET_TURNS = 4;

interface Timer {
  readonly at: number;
  readonly serial: number;
  fire(): void;
}

export class VirtualClock implements Clock {
  #elapsedMs = 0;
  #wallMs = START_MS;
  #serial = 0;
  #timers: Timer[] = [];
  #signs = 0;

  /** Since the beginning; never set. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  now(): number {
    this.#signs++;
    return Math.floor(this.#wallMs + this.#elapsedMs);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.#signs++;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#drop(timer);
        reject(signal?.reason);
      };
      const timer: Timer = {
        at: this.#elapsedMs + Math.max(0, ms),
        serial: this.#serial++,
        fire: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#add(timer);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Somebody is at work: all is not at rest yet. */
  sign(): void {
    this.#signs++;
  }

  /** Time passes within a call; timers that are due meanwhile fire late. */
  spend(ms: number): void {
    this.#elapsedMs += ms;
  }

  /** Somebody sets the clock on the wall. */
  set(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** Lets everything run for this long. */
  async run(ms: number): Promise<void> {
    const until = this.#elapsedMs + ms;
    for (;;) {
      await this.#rest();
      const next = this.#timers[0];
      if (!next || next.at > until) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.at);
      while (this.#timers[0] && this.#timers[0].at <= this.#elapsedMs) this.#timers.shift()?.fire();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, until);
  }

  async #rest(): Promise<void> {
    let seen = -1;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      if (this.#signs !== seen) quiet = 0;
      seen = this.#signs;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #add(timer: Timer): void {
    const timers = this.#timers;
    let low = 0;
    for (let high = timers.length; low < high; ) {
      const middle = (low + high) >> 1;
      const at = timers[middle];
      if (at && (at.at < timer.at || (at.at === timer.at && at.serial < timer.serial))) low = middle + 1;
      else high = middle;
    }
    timers.splice(low, 0, timer);
  }

  #drop(timer: Timer): void {
    const index = this.#timers.indexOf(timer);
    if (index >= 0) this.#timers.splice(index, 1);
  }
}
