// The seeded histories as tests. 2,000 by default, in parts that run beside each other; FS_SIM_HISTORIES plays more, and
// FS_SIM_SEED begins with another seed: alone it plays that one only.
import { test } from 'vitest';
import { mustHold } from './history.ts';

const DEFAULT_HISTORIES = 2_000;
const PARTS = 4;
/** Histories of one test: few enough that a failing one is told soon. */
const OF_ONE_TEST = 50;
/** Not a judgement on speed: where a history fails, a smaller one that fails too is looked for. */
const GIVE_UP_MS = 15 * 60_000;

const { FS_SIM_SEED, FS_SIM_HISTORIES } = process.env;
const first = Number(FS_SIM_SEED ?? 1);
const count = Number(FS_SIM_HISTORIES ?? (FS_SIM_SEED === undefined ? DEFAULT_HISTORIES : 1));

/** @param part  1 to 4 */
export function playPart(part: number): void {
  const each = Math.ceil(count / PARTS);
  const from = first + (part - 1) * each;
  const end = Math.min(from + each, first + count);
  // A test file has a test, also where few histories are asked for.
  if (from >= end) test('no history is asked of this part', ({ expect }) => expect(end).toBeLessThanOrEqual(from));
  for (let seed = from; seed < end; seed += OF_ONE_TEST) {
    const last = Math.min(seed + OF_ONE_TEST, end) - 1;
    test(`all converges and nothing is lost, seeds ${seed} to ${last}`, { timeout: GIVE_UP_MS }, async () => {
      for (let each = seed; each <= last; each++) await mustHold(each);
    });
  }
}
