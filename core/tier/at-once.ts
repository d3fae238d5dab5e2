// Works on many items, some at once: as many as a count allows, or, where objects are moved, as many as their bytes allow.
import { ByteBudget } from '../store/byte-budget.ts';

/** Takes from `items` one more than is worked on. The first failure, or the signal, ends it when what is under way has ended.
 *  @param most  items under way at once */
export function atOnce<T>(
  items: AsyncIterable<T> | Iterable<T>,
  most: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  return weighed(items, { budget: new ByteBudget(most), weigh: () => 1 }, signal, work);
}

/** As `atOnce`, with many small objects under way at once and few large ones, so that memory stays flat and a request's wait
 *  is not what small objects are made of.
 *  @param budget  shared with others who move objects at the same time; absent: one of its own */
export function transferAtOnce<T extends { readonly size: number }>(
  items: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
  budget = transferBudget(),
): Promise<void> {
  return weighed(items, { budget, weigh: ({ size }) => transferWeight(size) }, signal, work);
}

export const transferBudget = (): ByteBudget => new ByteBudget(TRANSFER_BYTES);

/** Of the memory of all transfers that one task has under way. */
export const TRANSFER_BYTES = 128 * 2 ** 20;
/** No transfer holds more of its object: an upload to S3 has its parts in memory, a quarter of this each. */
const HEAVIEST_BYTES = 32 * 2 ** 20;
/** No more requests at once than a client to S3 has connections: 64. */
const LIGHTEST_BYTES = TRANSFER_BYTES / 64;

/** What an object on its way counts for in TRANSFER_BYTES. */
export const transferWeight = (sizeBytes: number): number =>
  Math.min(HEAVIEST_BYTES, Math.max(LIGHTEST_BYTES, sizeBytes));

interface Room<T> {
  readonly budget: ByteBudget;
  weigh(item: T): number;
}

async function weighed<T>(
  items: AsyncIterable<T> | Iterable<T>,
  { budget, weigh }: Room<T>,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const item of items) {
      const weight = weigh(item);
      await budget.take(weight);
      if (failure || signal.aborted) {
        budget.give(weight);
        break;
      }
      const one = work(item)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          budget.give(weight);
          underWay.delete(one);
        });
      underWay.add(one);
    }
  } finally {
    await Promise.all(underWay);
  }
  if (failure) throw failure.error;
  signal.throwIfAborted();
}
