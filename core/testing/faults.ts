// When a store shall fail and how: a script that a seed writes, or that a test writes by hand. The wrappers in
// `faulty-stores.ts` ask it before every operation.
import type { Random } from './seeded-random.ts';
import { seededRandom } from './seeded-random.ts';

export type Fault =
  /** refused before anything happens */
  | { readonly kind: 'fail' }
  /** done, but nobody is told: whether it happened is unknown */
  | { readonly kind: 'drop-ack' }
  /** it stops in the middle: half of the bytes read, every second one of the events published, half of a body taken */
  | { readonly kind: 'tear' }
  | { readonly kind: 'delay'; readonly ms: number };

export type FaultKind = Fault['kind'];

export interface Faults {
  /** @param operation  such as `put` or `compareAndSet` */
  next(operation: string): Fault | undefined;
}

export interface SeededFaults extends Faults {
  /** From now on all is well: what converges has to converge. */
  heal(): void;
  /** how many faults of each kind there were */
  readonly counts: Readonly<Record<FaultKind, number>>;
}

export interface FaultRates {
  /** chance of each for one operation, 0 to 1 */
  readonly fail?: number;
  readonly dropAck?: number;
  readonly tear?: number;
  readonly delay?: number;
  /** longest delay; default 50 ms */
  readonly maxDelayMs?: number;
}

export function seededFaults(seed: number | Random, rates: FaultRates): SeededFaults {
  const random = typeof seed === 'number' ? seededRandom(seed) : seed;
  const counts = { fail: 0, 'drop-ack': 0, tear: 0, delay: 0 };
  const ladder: readonly (readonly [number | undefined, () => Fault])[] = [
    [rates.fail, () => ({ kind: 'fail' })],
    [rates.dropAck, () => ({ kind: 'drop-ack' })],
    [rates.tear, () => ({ kind: 'tear' })],
    [rates.delay, () => ({ kind: 'delay', ms: Math.floor(random() * (rates.maxDelayMs ?? 50)) })],
  ];
  let healed = false;
  return {
    counts,
    heal() {
      healed = true;
    },
    next() {
      if (healed) return undefined;
      let dice = random();
      for (const [chance = 0, make] of ladder) {
        if (dice < chance) {
          const fault = make();
          counts[fault.kind] += 1;
          return fault;
        }
        dice -= chance;
      }
      return undefined;
    },
  };
}

/** The n-th operation of a name (from 1) meets the fault; every other one is well.
 *  `scriptedFaults([['put', 2, { kind: 'drop-ack' }]])` */
export function scriptedFaults(script: readonly (readonly [operation: string, nth: number, fault: Fault])[]): Faults {
  const seen = new Map<string, number>();
  return {
    next(operation) {
      const nth = (seen.get(operation) ?? 0) + 1;
      seen.set(operation, nth);
      return script.find(([name, at]) => name === operation && at === nth)?.[2];
    },
  };
}
