// Makes placements durable, in bulk: a directory that got or lost names is synced a moment later, together with what
// else came meanwhile, and off the main thread. The records of the placements are made durable only after that.
import { fsync } from 'node:fs';
import { open } from 'node:fs/promises';

export class DirSync {
  #waiting = new Set<string>();
  #running: Promise<void> | undefined;

  add(directory: string): void {
    this.#waiting.add(directory);
  }

  /** Resolves when all that was added before is on disk. */
  async flush(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#waiting.size === 0) return;
    const directories = this.#waiting;
    this.#waiting = new Set();
    this.#running = syncAll(directories).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }
}

/** One after the other: the first commits the file system's journal, which has the others in it, so they cost little. */
async function syncAll(directories: ReadonlySet<string>): Promise<void> {
  for (const directory of directories) {
    const handle = await open(directory, 'r').catch(() => undefined);
    // Gone again, or not readable: then its parent's sync or the next full look tells.
    if (!handle) continue;
    try {
      await new Promise<void>((resolve) => fsync(handle.fd, () => resolve()));
    } finally {
      await handle.close();
    }
  }
}
