import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atOnce, TRANSFER_BYTES, transferAtOnce, transferBudget, transferWeight } from './at-once.ts';

const { signal } = new AbortController();
const MIB = 2 ** 20;

/** Works that end when they are told to. */
function held<T>() {
  const underWay: { readonly item: T; end(error?: Error): void }[] = [];
  const work = (item: T) =>
    new Promise<void>((resolve, reject) => {
      underWay.push({ item, end: (error) => (error ? reject(error) : resolve()) });
    });
  return { underWay, work };
}

/** Until nothing is about to begin any more. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function begunOf(sizes: readonly number[]): Promise<readonly number[]> {
  const { underWay, work } = held<{ readonly size: number }>();
  const all = transferAtOnce(
    sizes.map((size) => ({ size })),
    signal,
    work,
  );
  await settled();
  const begun = underWay.map(({ item }) => item.size);
  for (let ended = 0; ended < sizes.length; await settled()) {
    for (; ended < underWay.length; ended++) underWay[ended]?.end();
  }
  await all;
  return begun;
}

test('many small objects are on their way at once and few large ones, whatever their size', async () => {
  expect(await begunOf(Array.from({ length: 200 }, () => 4096))).toHaveLength(64);
  expect(await begunOf(Array.from({ length: 10 }, () => 20 * 1024 * MIB))).toHaveLength(4);
  expect(await begunOf([100 * 1024 * MIB])).toHaveLength(1);
  expect(await begunOf([])).toHaveLength(0);
});

test('what is on its way at once weighs no more than there is room, and nothing waits where it would fit', async () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 8 * MIB }), fc.integer({ min: 0, max: 200 * MIB })));
  await fc.assert(
    fc.asyncProperty(sizes, async (all) => {
      const begun = await begunOf(all);
      const weights = all.map(transferWeight);
      const sumOf = (some: readonly number[]) => some.reduce((sum, weight) => sum + weight, 0);
      expect(begun).toEqual(all.slice(0, begun.length));
      expect(sumOf(weights.slice(0, begun.length))).toBeLessThanOrEqual(TRANSFER_BYTES);
      if (begun.length < all.length) {
        expect(sumOf(weights.slice(0, begun.length + 1))).toBeGreaterThan(TRANSFER_BYTES);
      }
    }),
    { numRuns: 50 },
  );
});

test('the first failure is told when what is under way has ended, and nothing more is begun', async () => {
  const { underWay, work } = held<number>();
  let isOver = false;
  const all = atOnce([1, 2, 3, 4], 2, signal, work).finally(() => {
    isOver = true;
  });
  const outcome = expect(all).rejects.toThrow('the first');
  await settled();
  underWay[0]?.end(new Error('the first'));
  await settled();
  expect(isOver).toBe(false);
  expect(underWay.map(({ item }) => item)).toEqual([1, 2]);
  underWay[1]?.end(new Error('a later one'));
  await outcome;
});

test('items that cannot be read any more end it when what is under way has ended', async () => {
  const { underWay, work } = held<number>();
  const items = async function* () {
    yield 1;
    throw new Error('no more');
  };
  let isOver = false;
  const all = atOnce(items(), 2, signal, work).finally(() => {
    isOver = true;
  });
  const outcome = expect(all).rejects.toThrow('no more');
  await settled();
  expect(isOver).toBe(false);
  underWay[0]?.end();
  await outcome;
});

test('its signal ends it when what is under way has ended', async () => {
  const { underWay, work } = held<number>();
  const stopping = new AbortController();
  const all = expect(atOnce([1, 2, 3], 1, stopping.signal, work)).rejects.toThrow('enough');
  await settled();
  stopping.abort(new Error('enough'));
  underWay[0]?.end();
  await all;
  expect(underWay).toHaveLength(1);
});

test('works that share a budget are on their way together as one is, and one that fails gives back what it took', async () => {
  const budget = transferBudget();
  const { underWay, work } = held<{ readonly size: number }>();
  const large = Array.from({ length: 4 }, () => ({ size: 40 * MIB }));
  const all = [1, 2, 3].map(() => transferAtOnce(large, signal, work, budget));
  const failed = all.map((one) => one.catch(() => 'failed'));
  await settled();
  expect(underWay).toHaveLength(4);
  // Each of the three stops at its first failure.
  for (let ended = 0; ended < underWay.length; await settled()) {
    expect(underWay.length - ended).toBeLessThanOrEqual(4);
    underWay[ended++]?.end(new Error('S3 is away'));
  }
  expect(await Promise.all(failed)).toEqual(['failed', 'failed', 'failed']);
  const next = transferAtOnce(large, signal, async () => undefined, budget);
  expect(await next).toBeUndefined();
});
