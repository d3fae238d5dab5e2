// Large files come to disk beside the others, a few at a time: what is small does not wait for their end. A fetch ends
// early when another version of its path is to come.
import type { FileEntry } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Version } from '../../core/sync/plan.ts';
import type { Behind } from '../state/behind-list.ts';

/** Each is a stream of its own. */
const AT_ONCE = 2;
/** More are found again when these are done. */
const MAX_WAITING = 1_000;

/** A file that is to come. */
export interface FileBehind extends Behind {
  readonly entry: FileEntry;
}

export interface LargeFetchesOptions {
  readonly signal: AbortSignal;
  /** Whether it still is what is to come, and may come now. May fail as `fetch` does. */
  isDue(behind: FileBehind): boolean;
  /** Brings it to disk. A failure that is its own is no failure here. */
  fetch(behind: FileBehind, signal: AbortSignal): Promise<void>;
  /** nothing is under way any more, by this failure or because all is done */
  rests(failure: { readonly error: unknown } | undefined): void;
}

interface Fetching {
  readonly sha: Sha;
  readonly revision: number;
  readonly superseded: AbortController;
}

export class LargeFetches {
  readonly #options: LargeFetchesOptions;
  readonly #waiting = new Map<RelPath, FileBehind>();
  readonly #fetching = new Map<RelPath, Fetching>();
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: LargeFetchesOptions) {
    this.#options = options;
  }

  add(behind: FileBehind): void {
    const { path } = behind;
    if (this.#fetching.has(path) || (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(path))) return;
    this.#waiting.set(path, behind);
    while (this.#running.size < AT_ONCE && this.#waiting.size > 0) this.#start();
  }

  /** The path has another note than before, or none. */
  noted(path: RelPath, now: Version): void {
    const fetching = this.#fetching.get(path);
    if (fetching && !(now && 'sha' in now && now.sha === fetching.sha)) fetching.superseded.abort(SUPERSEDED);
  }

  get isResting(): boolean {
    return this.#running.size === 0;
  }

  /** Whether something that came with this revision is under way. */
  isAwaiting(revision: number): boolean {
    for (const fetching of this.#fetching.values()) if (fetching.revision === revision) return true;
    for (const behind of this.#waiting.values()) if (behind.revision === revision) return true;
    return false;
  }

  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  #start(): void {
    const running = this.#work().finally(() => {
      this.#running.delete(running);
      if (this.#running.size > 0) return;
      const failure = this.#failure;
      this.#failure = undefined;
      this.#options.rests(failure);
    });
    this.#running.add(running);
  }

  async #work(): Promise<void> {
    const { signal } = this.#options;
    for (let next = this.#next(); next && !signal.aborted; next = this.#next()) await this.#fetch(next);
  }

  #next(): FileBehind | undefined {
    // Two names of one object: the second is a copy of the first, when that is there.
    const shas = new Set(Array.from(this.#fetching.values(), ({ sha }) => sha));
    for (const [path, behind] of this.#waiting) {
      if (shas.has(behind.entry.sha)) continue;
      this.#waiting.delete(path);
      return behind;
    }
    return undefined;
  }

  async #fetch(behind: FileBehind): Promise<void> {
    const { path, revision, entry } = behind;
    const superseded = new AbortController();
    this.#fetching.set(path, { sha: entry.sha, revision, superseded });
    try {
      if (!this.#options.isDue(behind)) return;
      await this.#options.fetch(behind, AbortSignal.any([this.#options.signal, superseded.signal]));
    } catch (error) {
      if (superseded.signal.aborted && !this.#options.signal.aborted) return;
      this.#failure ??= { error };
      // The others would only fail too; they are found again.
      this.#waiting.clear();
    } finally {
      this.#fetching.delete(path);
    }
  }
}

const SUPERSEDED = new Error('another version is to come');
