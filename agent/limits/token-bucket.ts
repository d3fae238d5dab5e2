// Bytes per second, given out in small pieces in turn to all who wait: a small file beside large ones waits for its share
// and not for their end. While nobody waits there is no timer, and without a rate there is no cost.
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../core/model/clock.ts';

interface Waiter {
  left: number;
  readonly done: () => void;
}

/** What may go at once after a rest: a tenth of a second, so that timers need not be finer than they are. */
const BURST_SECONDS = 0.1;
const MIN_BURST_BYTES = 16 * 1024;
/** Who has had this much goes to the end of the line. */
const PIECE_BYTES = 64 * 1024;

export const burstOf = (bytesPerSecond: number): number => Math.max(MIN_BURST_BYTES, bytesPerSecond * BURST_SECONDS);

/** In any span of time at most `rate × span + burst` bytes are given out. */
export class TokenBucket {
  readonly #clock: Clock;
  #rate: number | undefined;
  #tokens: number;
  #filledAt: number;
  readonly #waiting: Waiter[] = [];
  #isServing = false;
  #sleep: AbortController | undefined;

  /** @param bytesPerSecond  undefined: no limit */
  constructor(clock: Clock, bytesPerSecond: number | undefined) {
    this.#clock = clock;
    this.#rate = bytesPerSecond;
    this.#tokens = bytesPerSecond === undefined ? 0 : burstOf(bytesPerSecond);
    this.#filledAt = clock.now();
  }

  get isLimited(): boolean {
    return this.#rate !== undefined;
  }

  /** Holds at once, for those who wait too. */
  setRate(bytesPerSecond: number | undefined): void {
    const hadRate = this.#rate !== undefined;
    this.#fill();
    this.#rate = bytesPerSecond;
    if (bytesPerSecond !== undefined) {
      // What went without a limit left nothing to draw on.
      this.#tokens = hadRate ? Math.min(this.#tokens, burstOf(bytesPerSecond)) : 0;
      this.#filledAt = this.#clock.now();
    }
    this.#sleep?.abort(OVER);
  }

  /** Resolves when so many bytes may go. @throws the signal's reason */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#rate === undefined || bytes <= 0) return;
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        left: bytes,
        done: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        if (this.#waiting.length === 0) this.#sleep?.abort(OVER);
        reject(signal.reason);
      };
      // Many wait under one signal; that is no leak.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(waiter);
      void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const waitMs = this.#giveTo(next);
      if (waitMs === 0) continue;
      this.#sleep = new AbortController();
      await this.#clock.sleep(waitMs, this.#sleep.signal).catch(() => {});
      this.#sleep = undefined;
    }
    this.#isServing = false;
  }

  /** @returns 0 when the first in line got something; else after how many ms it can */
  #giveTo(first: Waiter): number {
    this.#fill();
    const rate = this.#rate;
    const piece = rate === undefined ? first.left : Math.min(first.left, PIECE_BYTES, burstOf(rate));
    if (rate !== undefined && this.#tokens < piece) return Math.ceil(((piece - this.#tokens) / rate) * 1000);
    if (rate !== undefined) this.#tokens -= piece;
    first.left -= piece;
    this.#waiting.shift();
    if (first.left > 0) this.#waiting.push(first);
    else first.done();
    return 0;
  }

  #fill(): void {
    if (this.#rate === undefined) return;
    const now = this.#clock.now();
    // A clock that was set back adds nothing, one that was set forward a burst at most.
    const seconds = Math.max(0, now - this.#filledAt) / 1000;
    this.#tokens = Math.min(burstOf(this.#rate), this.#tokens + seconds * this.#rate);
    this.#filledAt = now;
  }
}

/** A reason of our own: making the default one costs more than the wait. */
const OVER = new Error('woken');
