// When a delivery that failed is tried again: 5 s, 10 s, 20 s … up to an hour, each a little off, so that what failed together
// does not come together; later where the receiver asks for it.

const FIRST_MS = 5_000;
const MOST_MS = 3_600_000;
/** A receiver may ask for as much rest, and not for more. */
const MOST_ASKED_MS = 6 * 3_600_000;

/** @param tries  those that failed, at least 1
 *  @param askedMs  by the receiver's `Retry-After`
 *  @param random  from 0 to 1 */
export function retryInMs(tries: number, askedMs: number | undefined, random: number): number {
  const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 20));
  const own = Math.round(most * (0.75 + random / 4));
  return Math.max(own, Math.min(askedMs ?? 0, MOST_ASKED_MS));
}
