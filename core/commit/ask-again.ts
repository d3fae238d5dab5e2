// Where a swap was not answered, the connection usually went with the answer. So who wants to know what became of the swap
// has to ask for longer than one question takes; only then is a lost ack recognised and not reported as a failure.
import type { Clock } from '../model/clock.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';

/** Between the tries: a NATS that restarts, or moves a stream's leader, is back within these 8 seconds. */
const PAUSES_MS = [20, 80, 300, 600, 1_000, 2_000, 2_000, 2_000] as const;

/** @throws StoreUnavailableError  still no answer; what became of the swap is unknown */
export async function askAgain<T>(clock: Clock, ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      await clock.sleep(pauseMs, signal);
    }
  }
  return ask();
}
