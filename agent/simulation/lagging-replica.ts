// A server of the store's cluster that lags: it hears of each change a while later, and answers by what it has heard of. One
// that was never told of a key asks the leader, so that an older value is all that it can give.
import type { KeyValue, KvChange, KvEntry } from '../../core/store/key-value.ts';
import type { Dice } from './dice.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface LaggingReplicaIo {
  readonly index: KeyValue;
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly maxLagMs: number;
  readonly signal: AbortSignal;
}

export class LaggingReplica {
  readonly #io: LaggingReplicaIo;
  readonly #entries = new Map<string, KvEntry>();
  #restored = 0;

  constructor(io: LaggingReplicaIo) {
    this.#io = io;
  }

  /** @returns undefined: the leader has to be asked */
  readonly get = (key: string): KvEntry | undefined => this.#entries.get(key);

  /** All servers are as the backup has it. */
  restored(): void {
    this.#restored++;
    this.#entries.clear();
  }

  async follow(): Promise<void> {
    const { index, clock, dice, maxLagMs, signal } = this.#io;
    if (maxLagMs === 0) return;
    let dueAt = 0;
    for await (const change of index.watch('>', { signal })) {
      // In their order, and the last one of many no later than it would be alone.
      dueAt = Math.max(dueAt, clock.elapsedMs + dice.random() * maxLagMs);
      void this.#hear(change, dueAt - clock.elapsedMs);
    }
  }

  async #hear(change: KvChange, inMs: number): Promise<void> {
    const before = this.#restored;
    await this.#io.clock.sleep(inMs);
    if (this.#restored !== before) return;
    if (change.kind === 'put') this.#entries.set(change.entry.key, change.entry);
    else if (change.kind === 'delete') this.#entries.delete(change.key);
  }
}
