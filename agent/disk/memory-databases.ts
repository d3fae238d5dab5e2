// The databases of a machine in memory: real SQLite, whose file is an image that outlives the process. A kill leaves the
// last commit, a power loss the last checkpoint or any commit after it, as SQLite's log with `synchronous = NORMAL` does.
import Database from 'better-sqlite3';
import type { Random } from '../../core/testing/seeded-random.ts';
import type { DiskDatabase } from './disk.ts';

interface Stored {
  /** as of the last commit; undefined while it is open */
  image: Buffer | undefined;
  /** as of the last checkpoint; undefined: there was none */
  durable: Buffer | undefined;
}

export class MemoryDatabases {
  readonly #random: Random;
  readonly #stored = new Map<string, Stored>();

  constructor(random: Random) {
    this.#random = random;
  }

  open(path: string): DiskDatabase & { kill(): void } {
    const stored = this.#stored.get(path) ?? { image: undefined, durable: undefined };
    this.#stored.set(path, stored);
    const db = stored.image ? new Database(stored.image) : new Database(':memory:');
    const keep = () => {
      if (!db.open) return;
      if (db.inTransaction) db.exec('ROLLBACK');
      stored.image = db.serialize();
      db.close();
    };
    return {
      db,
      checkpoint() {
        stored.durable = db.serialize();
      },
      close() {
        keep();
        stored.durable = stored.image;
      },
      kill: keep,
    };
  }

  remove(path: string): void {
    this.#stored.delete(path);
  }

  clear(): void {
    this.#stored.clear();
  }

  /** After every process was killed. */
  powerLoss(): void {
    for (const stored of this.#stored.values()) {
      if (this.#random() < 0.5) stored.image = stored.durable;
      else stored.durable = stored.image;
    }
  }
}
