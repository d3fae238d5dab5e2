// Wakes those who wait; a ring that nobody hears is not kept.
import type { Clock } from '../../core/model/clock.ts';

export class Bell {
  #waiting: (() => void)[] = [];

  ring(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves at the next ring, after `ms` where that is given, or when the signal aborts. */
  async wait(clock: Clock, signal: AbortSignal, ms?: number): Promise<void> {
    if (signal.aborted) return;
    const over = new AbortController();
    const onAbort = () => over.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    const rung = new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      over.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race(ms === undefined ? [rung] : [rung, clock.sleep(ms, over.signal).catch(() => {})]);
    signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}
