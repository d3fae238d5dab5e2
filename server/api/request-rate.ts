// How many requests somebody may make: a bucket of allowances for each, which fills again at a steady rate. So a program may
// hurry for a moment, and nobody keeps the server for itself. The table is bounded; when it is full, who was away for longest
// is forgotten, and begins anew.

export interface RateOptions {
  /** of the policy, as answers say it */
  readonly name: string;
  readonly perSecond: number;
  /** how many at once */
  readonly burst: number;
  /** milliseconds */
  readonly now: () => number;
  readonly maxKeys?: number;
}

export interface RateAnswer {
  readonly isTaken: boolean;
  /** how many are left now */
  readonly left: number;
  /** until there is one more */
  readonly nextMs: number;
}

interface Bucket {
  left: number;
  at: number;
}

export class RequestRate {
  readonly name: string;
  readonly burst: number;
  /** in which an empty bucket is full again */
  readonly windowMs: number;
  readonly #options: RateOptions;
  /** who came last stands last */
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateOptions) {
    this.#options = options;
    this.name = options.name;
    this.burst = options.burst;
    this.windowMs = (options.burst / options.perSecond) * 1_000;
  }

  /** Takes one for this request, when there is one. */
  take(key: string): RateAnswer {
    const { now, perSecond, maxKeys = 10_000 } = this.#options;
    const at = now();
    const was = this.#buckets.get(key) ?? { left: this.burst, at };
    // A clock that was set back fills nothing, and takes nothing away.
    const filled = Math.min(this.burst, was.left + (Math.max(0, at - was.at) / 1_000) * perSecond);
    const isTaken = filled >= 1;
    const left = isTaken ? filled - 1 : filled;
    this.#buckets.delete(key);
    this.#buckets.set(key, { left, at });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= maxKeys) break;
      this.#buckets.delete(oldest);
    }
    const whole = Math.floor(left);
    return { isTaken, left: whole, nextMs: ((whole + 1 - left) / perSecond) * 1_000 };
  }
}
