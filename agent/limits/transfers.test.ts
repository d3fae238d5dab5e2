import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import { Limits, NO_LIMITS } from '../assign/limits.ts';
import { limitsOf, transfersWithin } from './transfers.ts';
import { WeightedGate } from './weighted-gate.ts';

const never = new AbortController().signal;
const MIB = 1024 * 1024;
const turns = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

test('no more is inside than there is room for, everybody comes in, in the order in which they came', async () => {
  const clock = virtualClock();
  const stay = fc.record({ weight: fc.integer({ min: 1, max: 30 }), ms: fc.integer({ min: 1, max: 50 }) });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.array(stay, { maxLength: 30 }), async (capacity, stays) => {
      const gate = new WeightedGate(capacity);
      const entered: number[] = [];
      const inside = new Set<number>();
      const visit = async ({ weight, ms }: { weight: number; ms: number }, i: number) => {
        const leave = await gate.enter(weight, never);
        entered.push(i);
        inside.add(weight * 1_000 + i);
        const total = [...inside].reduce((sum, one) => sum + Math.floor(one / 1_000), 0);
        expect(inside.size === 1 || total <= capacity).toBe(true);
        await clock.sleep(ms);
        inside.delete(weight * 1_000 + i);
        leave();
      };
      await Promise.all(stays.map(visit));
      expect(entered).toEqual([...stays.keys()]);
    }),
    { numRuns: 50 },
  );
});

test('who gives up at the door lets the next one in', async () => {
  const gate = new WeightedGate(10);
  const leave = await gate.enter(6, never);
  const stop = new AbortController();
  const large = gate.enter(10, stop.signal);
  const small = gate.enter(4, never);
  stop.abort(new Error('given up'));
  await expect(large).rejects.toThrow('given up');
  (await small)();
  leave();
  await expect(gate.enter(1, stop.signal)).rejects.toThrow('given up');
});

/** Transfers that stay until the test ends, of which it is seen how many run. */
function crowd() {
  let running = 0;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async () => {
    running++;
    await ended;
    running--;
  };
  return { work, running: () => running, end };
}

test('all workspaces together stay within the memory, both ways apart, and streams leave room for small files', async () => {
  const { up, down } = transfersWithin(new Limits(), virtualClock());
  const [streams, small, sent] = [crowd(), crowd(), crowd()];
  const all = [
    ...Array.from({ length: 50 }, () => down.stream(never, streams.work)),
    ...Array.from({ length: 50 }, () => down.wholeFile(MIB, never, small.work)),
    ...Array.from({ length: 50 }, () => up.wholeFile(MIB / 2, never, sent.work)),
  ];
  await turns();
  expect([streams.running(), small.running(), sent.running()]).toEqual([2, 32, 50]);
  for (const { end } of [streams, small, sent]) end();
  await Promise.all(all);
});

test('a limit of memory or of open files that changes holds at once, and one always goes', async () => {
  const limits = new Limits({ ...NO_LIMITS, memoryBytes: 1 });
  const { down } = transfersWithin(limits, virtualClock());
  const { work, running, end } = crowd();
  const all = Array.from({ length: 40 }, () => down.wholeFile(MIB, never, work));
  await turns();
  expect(running()).toBe(1);
  limits.override({ memory_bytes: 30 * MIB });
  await turns();
  expect(running()).toBe(10);
  limits.override({ memory_bytes: 300 * MIB, open_files: 60 });
  await turns();
  // Those who wait at the second door were inside the first.
  expect(running()).toBe(20);
  limits.override({ memory_bytes: 300 * MIB });
  await turns();
  expect(running()).toBe(40);
  end();
  await Promise.all(all);
});

test('bandwidth of one way does not touch the other, and comes and goes with the limits', async () => {
  const clock = virtualClock();
  const limits = new Limits({ ...NO_LIMITS, upBytesPerSecond: 1_000 });
  const { up, down } = transfersWithin(limits, clock);
  const startedAt = clock.now();
  await down.take(1e9, never);
  expect(clock.now()).toBe(startedAt);
  const sending = up.take(1e9, never);
  await clock.sleep(1_000);
  limits.override({ up_bytes_per_s: 1e9 });
  await sending;
  expect(clock.now() - startedAt).toBeLessThan(2_500);
});

test('a node says what its settings come to: the memory that it takes without one, and nothing where there is no limit', () => {
  expect(limitsOf(NO_LIMITS)).toEqual({ memory_bytes: 96 * 1024 * 1024 });
  expect(limitsOf({ ...NO_LIMITS, upBytesPerSecond: 500_000, memoryBytes: 8_388_608, openFiles: 4 })).toEqual({
    up_bytes_per_s: 500_000,
    memory_bytes: 8_388_608,
    open_files: 4,
  });
});
