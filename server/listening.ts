// Whether the server heard anything of NATS: while it did not, that a node says nothing tells nothing of that node. Judged
// by when NATS last said or answered something, not by its connection: one that hangs is open for half a minute.
import { NODE_OFFLINE_AFTER_MS } from '../core/model/node-status.ts';

/** NATS is asked every two seconds. Sooner than a node that lives can look silent by it. */
export const DEAF_AFTER_MS = 6_000;

/** A time in which nothing came of NATS, milliseconds since 1970. */
export interface Deaf {
  readonly since: number;
  /** undefined: it is not over */
  readonly until: number | undefined;
}

export class Listening {
  #heardAt: number;
  #last: Deaf | undefined;

  constructor(now: number) {
    this.#heardAt = now;
  }

  /** NATS said or answered something. */
  heard(now: number): void {
    const deaf = this.deaf(now);
    if (deaf?.until === undefined) this.#last = deaf && { ...deaf, until: now };
    this.#heardAt = now;
  }

  /** The last such time. Two are one where a node had no time to be heard of between them. */
  deaf(now: number): Deaf | undefined {
    const last = this.#last;
    if (now - this.#heardAt <= DEAF_AFTER_MS) return last;
    const isOneWithLast = last?.until !== undefined && this.#heardAt - last.until <= NODE_OFFLINE_AFTER_MS;
    return { since: isOneWithLast ? last.since : this.#heardAt, until: undefined };
  }
}
