// When objects were read last, for the evictor: what somebody reads stays in hot. Noted in memory, and written and told to the
// other servers in batches, so that a read costs nothing. A hint like all of the read model: a server that was away when
// others told theirs, or one whose disk is full, knows a little less, and evicts by when the object was stored.
import type { Clock } from '../../core/model/clock.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { Log } from '../../core/model/log.ts';
import type { ReadModel } from './read-model.ts';

export type Reads = ReadonlyMap<Sha, number>;

/** What servers tell each other of reads; kept by nobody. */
export interface ReadShare {
  tell(reads: Reads): void;
  /** Runs until the signal aborts. */
  follow(heard: (reads: Reads) => void, signal: AbortSignal): Promise<void>;
}

/** A later read of the same object says nothing new before. */
const PRECISION_MS = 60_000;
const WRITE_EVERY_MS = 5_000;

export class LastReads {
  readonly #model: Pick<ReadModel, 'lastRead' | 'putReads'>;
  readonly #share: ReadShare;
  readonly #clock: Clock;
  readonly #log: Pick<Log, 'warn'>;
  #waiting = new Map<Sha, number>();

  constructor(model: Pick<ReadModel, 'lastRead' | 'putReads'>, share: ReadShare, clock: Clock, log: Pick<Log, 'warn'>) {
    this.#model = model;
    this.#share = share;
    this.#clock = clock;
    this.#log = log;
  }

  note(sha: Sha): void {
    const now = this.#clock.now();
    if (now - (this.#waiting.get(sha) ?? 0) >= PRECISION_MS) this.#waiting.set(sha, now);
  }

  /** Milliseconds since 1970; undefined: nobody has, as far as this server knows. */
  of(sha: Sha): number | undefined {
    return this.#waiting.get(sha) ?? this.#model.lastRead(sha);
  }

  /** Writes and tells what was noted since the last time. */
  write(): void {
    if (this.#waiting.size === 0) return;
    const reads = this.#waiting;
    this.#waiting = new Map();
    this.#keep(reads);
    this.#share.tell(reads);
  }

  /** Runs until the signal aborts.
   *  @throws what either half fails with; the other has ended then, so that starting again leaves nothing behind */
  async run(signal: AbortSignal): Promise<void> {
    const ending = new AbortController();
    const own = AbortSignal.any([signal, ending.signal]);
    const halves = [this.#share.follow((reads) => this.#keep(reads), own), this.#writeAgainAndAgain(own)];
    try {
      await Promise.race(halves);
    } finally {
      ending.abort();
      await Promise.allSettled(halves);
    }
  }

  async #writeAgainAndAgain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(WRITE_EVERY_MS, signal).catch(() => undefined);
      this.write();
    }
  }

  /** A hint that cannot be written is worth a word, and no task. */
  #keep(reads: Reads): void {
    try {
      this.#model.putReads(reads);
    } catch (error) {
      this.#log.warn(
        { error, reads: reads.size },
        'when objects were read last could not be written: some may be evicted early',
      );
    }
  }
}
