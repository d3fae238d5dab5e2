// What this workspace deleted from the project within the last minutes (I9), so that a deletion that goes slowly counts as
// the one that it is. It is noted before a commit, and kept over restarts: a crash in between counts too much and never too
// little, and what came back is known by what the workspace holds now (`deletion-guard.ts`).
import { z } from 'zod';
import type { Clock } from '../../core/model/clock.ts';
import { type Sha, shaSchema } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { WorkspaceState } from '../state/state.ts';

/** Long enough for a script that deletes 1% in five seconds. Who deletes by hand stays below the threshold of files. */
export const WINDOW_MS = 10 * 60_000;
/** Deletions within so long are kept as one. */
const SLICE_MS = 10_000;
export const EXAMPLES = 10;

const sliceSchema = z.object({
  /** of the first of them, milliseconds since 1970 */
  at: z.number(),
  files: z.number(),
  /** files that the workspace held before; the most of several times */
  held: z.number(),
  /** a commit before the first of them */
  after: shaSchema.optional(),
  /** the first of all in the window */
  examples: z.array(z.string()),
});
type Slice = z.infer<typeof sliceSchema>;

export interface WindowIo {
  readonly clock: Pick<Clock, 'now'>;
  readonly state: Pick<WorkspaceState, 'meta' | 'setMeta' | 'base' | 'ahead'> & {
    readonly rows: Pick<WorkspaceState['rows'], 'totals'>;
  };
}

const META = 'deletions-lately';

export class DeletionWindow {
  readonly #io: WindowIo;
  /** the oldest first */
  #slices: readonly Slice[];

  constructor(io: WindowIo) {
    this.#io = io;
    const kept = io.state.meta(META);
    const slices = kept ? z.array(sliceSchema).parse(JSON.parse(kept)) : [];
    const now = io.clock.now();
    // What a clock said that was ahead would else never grow old.
    this.#slices = slices.map((slice) => ({ ...slice, at: Math.min(slice.at, now) }));
  }

  /** Files that were deleted. */
  get files(): number {
    return this.#slices.reduce((sum, { files }) => sum + files, 0);
  }

  /** The most that the workspace held before one of these deletions. */
  get held(): number {
    return this.#slices.reduce((most, { held }) => Math.max(most, held), 0);
  }

  /** A commit before the first of them; undefined: there is none, or it is not known. */
  get after(): Sha | undefined {
    return this.#slices.find(({ after }) => after !== undefined)?.after;
  }

  get examples(): readonly string[] {
    return this.#slices.flatMap(({ examples }) => examples);
  }

  /** What is older than the window at that time counts no more. */
  forgetBefore(now: number): void {
    if (this.#slices.some(({ at }) => now - at >= WINDOW_MS)) {
      this.#set(this.#slices.filter(({ at }) => now - at < WINDOW_MS));
    }
  }

  /** A commit that deletes these begins. @returns what takes that back, when it fails */
  add(lost: readonly RelPath[]): () => void {
    if (lost.length === 0) return () => {};
    const last = this.#slices.at(-1);
    const more = this.#sliceOf(lost);
    const isSame = last !== undefined && more.at - last.at < SLICE_MS;
    const before = isSame ? this.#slices.slice(0, -1) : this.#slices;
    const now = isSame ? joined(last, more) : more;
    this.#set([...before, now]);
    // It may have been made all the same: then it comes after what is noted here.
    return () =>
      this.#set([...before, { ...now, files: now.files - more.files, examples: isSame ? last.examples : [] }]);
  }

  #sliceOf(lost: readonly RelPath[]): Slice {
    const { clock, state } = this.#io;
    const after = (state.ahead ?? state.base)?.commitSha;
    return {
      at: clock.now(),
      files: lost.length,
      held: state.rows.totals.files,
      ...(after && { after }),
      examples: lost.slice(0, EXAMPLES - this.examples.length),
    };
  }

  clear(): void {
    this.#set([]);
  }

  #set(slices: readonly Slice[]): void {
    if (slices === this.#slices || slices.length + this.#slices.length === 0) return;
    this.#slices = slices;
    this.#io.state.setMeta(META, slices.length > 0 ? JSON.stringify(slices) : '');
  }
}

const joined = (last: Slice, more: Slice): Slice => ({
  ...last,
  files: last.files + more.files,
  held: Math.max(last.held, more.held),
  examples: [...last.examples, ...more.examples],
});
