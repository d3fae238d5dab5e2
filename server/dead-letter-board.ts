// What the archiver gave up on, followed in the jobs' records and kept in memory for the pages, the newest first.
import type { DeadLetterView } from '../app/job-view.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import { deadLetterKey } from '../core/model/index-keys.ts';
import type { Log } from '../core/model/log.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { type DeadLetter, decodeDeadLetter } from '../core/tier/dead-letters.ts';

export interface DeadLetterIo {
  readonly jobs: Pick<KeyValue, 'watch'>;
  readonly log: Log;
  /** where a file of the project has, or had, these bytes; undefined: not known */
  readonly pathOf: (sha: Sha, project: ProjectName) => RelPath | undefined;
}

export class DeadLetterBoard {
  readonly #io: DeadLetterIo;
  readonly #changed: () => void;
  readonly #letters = new Map<string, DeadLetter>();

  constructor(io: DeadLetterIo, changed: () => void) {
    this.#io = io;
    this.#changed = changed;
  }

  /** Runs until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const change of this.#io.jobs.watch(deadLetterKey('*'), { signal })) {
      if (change.kind === 'caught-up') continue;
      if (change.kind === 'put') this.#put(change.entry.key, change.entry.value);
      else this.#letters.delete(change.key);
      this.#changed();
    }
  }

  /** @returns the newest of them, and how many there are */
  page(limit: number): { readonly letters: readonly DeadLetterView[]; readonly count: number } {
    const newest = [...this.#letters.values()].sort((a, b) => (a.since < b.since ? 1 : -1)).slice(0, limit);
    return { letters: newest.map((letter) => this.#viewOf(letter)), count: this.#letters.size };
  }

  #viewOf({ sha, project, reason, attempts, since }: DeadLetter): DeadLetterView {
    const path = project && this.#io.pathOf(sha, project);
    return { sha, project, path, reason, attempts, since: Date.parse(since) };
  }

  #put(key: string, value: Uint8Array): void {
    try {
      this.#letters.set(key, decodeDeadLetter(value));
    } catch (error) {
      this.#io.log.warn(
        { error, key },
        `${key} is a dead letter that this version does not understand: it is not shown`,
      );
      this.#letters.delete(key);
    }
  }
}
