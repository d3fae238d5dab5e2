// What a server tidies once an hour. The steps have nothing to do with each other, so one that fails keeps no other waiting.
import type { Clock } from '../core/model/clock.ts';
import type { Log } from '../core/model/log.ts';
import { messageOf } from '../core/model/message-of.ts';

export type MaintenanceSteps = { readonly [what: string]: () => Promise<unknown> };

const EVERY_MS = 3_600_000;

/** Runs until the signal aborts.
 *  @param steps  by what they do, in words that follow "could not" */
export async function runMaintenance(
  steps: MaintenanceSteps,
  { signal, clock, log }: { readonly signal: AbortSignal; readonly clock: Clock; readonly log: Log },
): Promise<void> {
  while (!signal.aborted) {
    for (const [what, step] of Object.entries(steps)) {
      try {
        await step();
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ error }, `could not ${what}: ${messageOf(error)}; trying again in an hour`);
      }
    }
    await clock.sleep(EVERY_MS, signal).catch(() => undefined);
  }
}
