// Whether NATS answers, asked by a round trip: a server that hangs keeps its connection open for half a minute, in which the
// connection alone says that all is well. What is asked needs no permission and no stream.
import type { Clock } from '../core/model/clock.ts';

const PATIENCE_MS = 3_000;

export interface NatsPulseIo {
  /** resolves when NATS has answered all that was sent */
  roundTrip(): Promise<void>;
  /** since when there is no connection, milliseconds since 1970; undefined: there is one */
  awaySince(): number | undefined;
  readonly clock: Clock;
}

export class NatsPulse {
  readonly #io: NatsPulseIo;
  readonly #changed: () => void;
  #heardAt: number;
  #isSilent = false;
  #asking: Promise<void> | undefined;

  /** @param changed  told when it falls silent, and when it answers again */
  constructor(io: NatsPulseIo, changed: () => void) {
    this.#io = io;
    this.#changed = changed;
    this.#heardAt = io.clock.now();
  }

  /** Since when nothing was heard of it, milliseconds since 1970; undefined while it answers. */
  get awaySince(): number | undefined {
    const away = this.#io.awaySince();
    if (!this.#isSilent) return away;
    return away === undefined ? this.#heardAt : Math.min(away, this.#heardAt);
  }

  /** Resolves when it has answered, or has had the time to. Who asks meanwhile waits for the same answer. */
  ask(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    // Without a connection there is nobody to ask; the first question after it says that all is well again.
    if (this.#io.awaySince() !== undefined) return;
    const hasAnswered = await this.#answersInTime();
    if (hasAnswered) this.#heardAt = this.#io.clock.now();
    if (hasAnswered !== this.#isSilent) return;
    this.#isSilent = !hasAnswered;
    this.#changed();
  }

  async #answersInTime(): Promise<boolean> {
    const patience = new AbortController();
    const answered = this.#io.roundTrip().then(
      () => true,
      () => false,
    );
    const tooLong = this.#io.clock.sleep(PATIENCE_MS, patience.signal).then(
      () => false,
      () => false,
    );
    try {
      return await Promise.race([answered, tooLong]);
    } finally {
      patience.abort();
    }
  }
}
