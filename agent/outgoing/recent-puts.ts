// What this node put into hot in the last minutes. NATS may come back without it (I12: acknowledged, but not on its disk
// yet when the power went): then `current` can name what is gone, and only this node still has it. When the line to NATS
// is back, each is asked for, and put again where it is missing.
import type { CommitIo } from '../../core/commit/commit.ts';
import type { NodeIo } from '../../core/manifest/tree.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import type { Heard } from '../state/heard.ts';

/** A server that writes to its disk now and then does it every two minutes unless it is told otherwise. */
const KEPT_MS = 150_000;
/** About 200 bytes each. */
const MAX_PUTS = 20_000;
/** Manifest nodes and commits are kept themselves: they are on no disk of this node. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const ASKED_AT_ONCE = 32;
/** So many more may be remembered until the oldest go. */
const TIDY_EVERY = 1_024;

interface Put {
  readonly at: number;
  /** to the store, when the put began */
  readonly line: number;
  /** undefined: a file has them */
  readonly bytes: Uint8Array | undefined;
}

export interface PutAgainIo {
  readonly objects: Pick<ObjectStore, 'stat' | 'put'>;
  /** @returns false when no file has these bytes any more */
  putFile(sha: Sha): Promise<boolean>;
}

export class RecentPuts {
  readonly #clock: Clock;
  readonly #heard: Pick<Heard, 'line'>;
  /** the oldest first */
  readonly #puts = new Map<Sha, Put>();
  #keptBytes = 0;
  #tidyAt = TIDY_EVERY;
  /** asked for on this line to the store */
  #provenOn = 1;

  constructor(clock: Clock, heard: Pick<Heard, 'line'>) {
    this.#clock = clock;
    this.#heard = heard;
  }

  /** @returns the same store; what is put by it lies in a file of this node */
  ofFiles(objects: ObjectStore): ObjectStore {
    return {
      ...objects,
      put: async (sha, size, body, options) => {
        const { line } = this.#heard;
        const outcome = await objects.put(sha, size, body, options);
        this.#note(sha, line, undefined);
        return outcome;
      },
    };
  }

  /** @returns the same stores, to commit by; what is put by them is on no disk of this node */
  ofCommits(stores: CommitIo): CommitIo {
    const { objects, nodes } = stores;
    const putNode: NodeIo['putNode'] = async (sha, bytes) => {
      const { line } = this.#heard;
      await nodes.putNode(sha, bytes);
      this.#note(sha, line, bytes);
    };
    const put: ObjectStore['put'] = async (sha, size, body, options) => {
      const { line } = this.#heard;
      const outcome = await objects.put(sha, size, body, options);
      this.#note(sha, line, typeof body === 'function' ? undefined : body);
      return outcome;
    };
    return { ...stores, nodes: { ...nodes, putNode }, objects: { ...objects, put } };
  }

  /** Whether something was put before the line to the store broke that nobody has asked for since. */
  isInDoubt(): boolean {
    const { line } = this.#heard;
    if (this.#provenOn === line) return false;
    this.#tidy();
    for (const put of this.#puts.values()) if (put.line !== line) return true;
    this.#provenOn = line;
    return false;
  }

  /** Repeatable. @returns how many had to be put again
   *  @throws StoreUnavailableError, StoreFullError, StoreDeniedError */
  async putAgain({ objects, putFile }: PutAgainIo): Promise<{ put: number; lost: number }> {
    const { line } = this.#heard;
    this.#tidy();
    const count = { put: 0, lost: 0 };
    const queue = [...this.#puts];
    const askNext = async () => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const [sha, { bytes }] = next;
        if ((await objects.stat(sha)).kind === 'present') continue;
        if (bytes) await objects.put(sha, bytes.length, bytes);
        else if (!(await putFile(sha))) {
          count.lost++;
          continue;
        }
        count.put++;
      }
    };
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, askNext));
    this.#provenOn = line;
    return count;
  }

  #note(sha: Sha, line: number, bytes: Uint8Array | undefined): void {
    this.#drop(sha);
    if (line !== this.#heard.line) this.#provenOn = 0;
    this.#puts.set(sha, { at: this.#clock.now(), line, bytes });
    this.#keptBytes += bytes?.length ?? 0;
    if (this.#puts.size >= this.#tidyAt || this.#keptBytes > MAX_KEPT_BYTES) this.#tidy();
  }

  /** In bulk: a map is slow to find its oldest entry after many were taken out of it. */
  #tidy(): void {
    const before = this.#clock.now() - KEPT_MS;
    for (const [oldest, { at }] of this.#puts) {
      if (at >= before && this.#puts.size <= MAX_PUTS && this.#keptBytes <= MAX_KEPT_BYTES) break;
      this.#drop(oldest);
    }
    this.#tidyAt = this.#puts.size + TIDY_EVERY;
  }

  #drop(sha: Sha): void {
    this.#keptBytes -= this.#puts.get(sha)?.bytes?.length ?? 0;
    this.#puts.delete(sha);
  }
}
