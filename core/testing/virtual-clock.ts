// Time that passes only when nobody has anything to do before: seconds of pauses take no time, and who sleeps shorter wakes
// earlier, the same in every run.
import type { Clock } from '../model/clock.ts';

interface Sleeper {
  readonly dueAt: number;
  readonly wake: () => void;
}

export function virtualClock(startMs = Date.UTC(2026, 0, 1)): Clock {
  let now = startMs;
  let sleepers: Sleeper[] = [];
  let isPassing = false;

  /** Wakes the next one when all that is under way has come to rest. */
  function pass(): void {
    if (isPassing || sleepers.length === 0) return;
    isPassing = true;
    setImmediate(() => {
      isPassing = false;
      const next = sleepers.reduce<Sleeper | undefined>((a, b) => (a && a.dueAt <= b.dueAt ? a : b), undefined);
      if (!next) return;
      sleepers = sleepers.filter((one) => one !== next);
      now = Math.max(now, next.dueAt);
      next.wake();
      pass();
    });
  }

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = {
          dueAt: now + ms,
          wake() {
            signal?.removeEventListener('abort', giveUp);
            resolve();
          },
        };
        const giveUp = () => {
          sleepers = sleepers.filter((one) => one !== sleeper);
          reject(signal?.reason);
        };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', giveUp, { once: true });
        pass();
      }),
  };
}
