// Tries again while a store does not answer, for a few seconds: a command that ends cannot wait for ever, and need not fail
// because a server was restarted.
import type { Clock } from '../../core/model/clock.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';

const TRIES = 5;
const PAUSE_MS = 250;

/** @throws what the last try threw; at once what no waiting mends */
export async function patiently<T>(clock: Clock, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || tries === TRIES) throw error;
      await clock.sleep(PAUSE_MS * 2 ** (tries - 1), signal);
    }
  }
}
