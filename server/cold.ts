// Whether the cold tier works, asked once at the start.
import type { Clock } from '../core/model/clock.ts';
import type { Log } from '../core/model/log.ts';
import type { ColdStore } from '../core/store/cold-store.ts';
import type { Health } from './health.ts';

const PROBE_RETRY_MS = 15_000;

/** Sees once what the cold tier can do. Sync does not need it, so a server starts without; until it answers, the pages say
 *  what is wrong. */
export async function probeCold(
  cold: ColdStore,
  health: Health,
  { signal, clock, log }: { readonly signal: AbortSignal; readonly clock: Clock; readonly log: Log },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const capabilities = await cold.probe();
      log.info({ capabilities }, `cold tier: ${cold.kind}`);
      health.coldWorked();
      return;
    } catch (error) {
      log.warn({ error }, `cold storage does not work yet: ${error instanceof Error ? error.message : error}`);
      health.coldFailed(error, PROBE_RETRY_MS);
    }
    await clock.sleep(PROBE_RETRY_MS, signal).catch(() => undefined);
  }
}
