// Slows down guessing: each address may fail a few times, then waits. Only failures count, so a person who signs in
// rightly is never held up. The table is bounded; when it is full the oldest address is forgotten first.

export interface RateLimit {
  /** milliseconds to wait before the next try; 0 when it may try now */
  waitMs(key: string): number;
  failed(key: string): void;
  succeeded(key: string): void;
}

export interface RateLimitOptions {
  readonly now: () => number;
  /** failures allowed in one window */
  readonly tries: number;
  readonly windowMs: number;
  readonly maxKeys?: number;
}

/** Wrong admin tokens of one address: ten a minute, wherever they are shown. */
export const tokenGuesses = (now: () => number = Date.now): RateLimit =>
  rateLimit({ now, tries: 10, windowMs: 60_000 });

export function rateLimit({ now, tries, windowMs, maxKeys = 10_000 }: RateLimitOptions): RateLimit {
  const failures = new Map<string, number[]>();
  const recent = (key: string) => (failures.get(key) ?? []).filter((at) => at > now() - windowMs);
  return {
    waitMs(key) {
      const times = recent(key);
      const oldest = times[0];
      return times.length < tries || oldest === undefined ? 0 : oldest + windowMs - now();
    },
    failed(key) {
      const times = [...recent(key), now()].slice(-tries);
      failures.delete(key);
      failures.set(key, times);
      for (const oldest of failures.keys()) {
        if (failures.size <= maxKeys) break;
        failures.delete(oldest);
      }
    },
    succeeded(key) {
      failures.delete(key);
    },
  };
}
