// Chance by a seed, in words. Each part of a simulation rolls its own dice, so that what one of them does is not changed by
// how often another one rolls: only so can a failing history be made smaller.
import { type Random, seededRandom } from '../../core/testing/seeded-random.ts';

/** One seed of several numbers. */
export function seedOf(...parts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    for (let byte = 0; byte < 4; byte++) {
      hash = Math.imul(hash ^ ((part >>> (8 * byte)) & 0xff), 0x01000193);
    }
  }
  return hash >>> 0;
}

export class Dice {
  readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** 0 up to `limit` - 1 */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  /** @throws where there is nothing to pick from */
  pick<T>(from: readonly T[]): T {
    const one = from[this.below(from.length)];
    if (one === undefined) throw new Error('there is nothing to pick from');
    return one;
  }
}
