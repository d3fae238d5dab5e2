// Makes placements durable, in bulk: a directory that got or lost names is synced a moment later, together with what
// else came meanwhile, and off the main thread. The records of the placements are made durable only after that. A directory
// may be new itself, and its own name lies in the one above: a file system need not keep it for what is in it.
import { dirname } from 'node:path';
import type { Disk } from './disk.ts';

export class DirSync {
  readonly #disk: Pick<Disk, 'syncDirectory'>;
  readonly #root: string;
  /** with each all that are above it, up to the root */
  #waiting = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(disk: Pick<Disk, 'syncDirectory'>, root: string) {
    this.#disk = disk;
    this.#root = root;
  }

  /** @param directory  the root, or below it */
  add(directory: string): void {
    for (let at = directory; !this.#waiting.has(at); at = dirname(at)) {
      this.#waiting.add(at);
      if (at === this.#root) return;
    }
  }

  /** Resolves when all that was added before is on disk. What could not be synced waits for the next flush. */
  async flush(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#waiting.size === 0) return;
    const directories = this.#waiting;
    this.#waiting = new Set();
    this.#running = this.#syncAll(directories)
      .catch((error: unknown) => {
        for (const directory of directories) this.add(directory);
        throw error;
      })
      .finally(() => {
        this.#running = undefined;
      });
    await this.#running;
  }

  /** One after the other: the first commits the file system's journal, which has the others in it, so they cost little. A
   *  directory that is gone again, or not readable: then its parent's sync or the next full look tells. */
  async #syncAll(directories: ReadonlySet<string>): Promise<void> {
    for (const directory of directories) await this.#disk.syncDirectory(directory);
  }
}
