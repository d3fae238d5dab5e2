// Goes over a short absence of NATS in the middle of a transfer: a restart, a leader that moves. What NATS refuses for a
// reason, and what starts while it is away, fails at once.
import { systemClock } from '../model/clock.ts';
import type { NatsLink } from './nats-connect.ts';
import { StoreUnavailableError } from './store-errors.ts';

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 20;
const SHORT_MS = 10_000;

/** @param attempt  may be repeated: it leaves nothing behind when it fails
 *  @param begins  false: it is a step of a transfer that has begun, so that it may also start while NATS is away */
export async function overShortAbsence<T>(
  link: NatsLink,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
  { begins = true }: { readonly begins?: boolean } = {},
): Promise<T> {
  const patient = !begins || link.isConnected;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || !patient || failures === ATTEMPTS) throw error;
      const patience = AbortSignal.timeout(SHORT_MS);
      const until = signal ? AbortSignal.any([signal, patience]) : patience;
      try {
        await systemClock.sleep(FIRST_PAUSE_MS * 4 ** (failures - 1), until);
        await link.untilConnected(until);
      } catch {
        signal?.throwIfAborted();
        throw error;
      }
    }
  }
}
