// Keeps the server's standing tasks (watches, announcer, archiver, projector) alive: a task that fails is started again
// after a growing pause, and a running server keeps running.
import type { Clock } from '../core/model/clock.ts';
import type { Log } from '../core/model/log.ts';

const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 30_000;
/** A task that ran this long had recovered: the next failure is a first one again. */
const HEALTHY_AFTER_MS = 60_000;

/** By their names in the log. Each runs until the signal aborts. */
export type StandingTasks = { readonly [name: string]: (signal: AbortSignal) => Promise<void> };

export interface SuperviseIo {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

/** Resolves when the signal aborts and all have ended. */
export async function keepAllRunning(tasks: StandingTasks, io: SuperviseIo): Promise<void> {
  await Promise.allSettled(Object.entries(tasks).map(([name, task]) => keepRunning(name, () => task(io.signal), io)));
}

/** Resolves when the signal aborts and the task has ended. */
export async function keepRunning(
  name: string,
  task: () => Promise<void>,
  { signal, clock, log }: SuperviseIo,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    const startedAt = clock.now();
    try {
      await task();
      if (!signal.aborted) log.warn({ task: name }, `${name} ended by itself; starting it again`);
    } catch (error) {
      if (signal.aborted) return;
      log.error({ task: name, error }, `${name} failed; starting it again`);
    }
    failures = clock.now() - startedAt > HEALTHY_AFTER_MS ? 0 : failures + 1;
    await clock.sleep(Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** failures), signal).catch(() => undefined);
  }
}
