// What passes between two samples: bytes to and from cold, told by the events of all servers, and how long this server took
// to bring objects back. Taken out by the sampler, so that each is counted in one sample.
import type { FsEvent } from '../../core/model/event.ts';

/** Older events are read again after an absence, and belong to a sample that was never taken. */
const FRESH_MS = 60_000;
/** Of the times of one step the percentiles are told; of more, those of the newest. */
const MOST_TIMES = 10_000;

export interface Passed {
  readonly toColdBytes: number;
  readonly fromColdBytes: number;
  /** milliseconds, in no order */
  readonly rehydrateMs: readonly number[];
}

export const isFresh = (event: FsEvent, now: number): boolean => now - Date.parse(event.ts) <= FRESH_MS;

export class Traffic {
  #toColdBytes = 0;
  #fromColdBytes = 0;
  #rehydrateMs: number[] = [];

  events(events: readonly FsEvent[], now: number): void {
    for (const event of events) {
      if (event.type !== 'ObjectArchived' && event.type !== 'ObjectRehydrated') continue;
      if (!isFresh(event, now)) continue;
      if (event.type === 'ObjectArchived') this.#toColdBytes += event.payload.size;
      else this.#fromColdBytes += event.payload.size;
    }
  }

  rehydrated(ms: number): void {
    if (this.#rehydrateMs.length >= MOST_TIMES) this.#rehydrateMs.shift();
    this.#rehydrateMs.push(ms);
  }

  take(): Passed {
    const passed = {
      toColdBytes: this.#toColdBytes,
      fromColdBytes: this.#fromColdBytes,
      rehydrateMs: this.#rehydrateMs,
    };
    this.#toColdBytes = 0;
    this.#fromColdBytes = 0;
    this.#rehydrateMs = [];
    return passed;
  }
}
