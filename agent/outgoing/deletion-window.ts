// What this workspace deleted from the project within the last day (I9), so that a deletion that goes slowly counts as the one
// that it is. It is noted before a commit, and kept over restarts: a crash in between counts too much and never too little,
// and what came back is known by what the workspace holds now (`deletion-guard.ts`).
import { z } from 'zod';
import type { Clock } from '../../core/model/clock.ts';
import { type Sha, shaSchema } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { WorkspaceState } from '../state/state.ts';

/** Long enough for a script that deletes 1% in five seconds. Who deletes by hand stays below the threshold of files. */
export const WINDOW_MS = 10 * 60_000;
/** Long enough for what takes all night. What is remembered goes no further back. */
export const DAY_MS = 24 * 3_600_000;
/** Deletions within so long are kept as one. */
const SLICE_MS = 10_000;
/** Those that are longer ago than the window, within so long. */
const OLD_SLICE_MS = 3_600_000;
export const EXAMPLES = 10;
/** Of old ones: they are written again with each commit that deletes. */
const OLD_EXAMPLES = 2;

const sliceSchema = z.object({
  /** of the first of them, milliseconds since 1970 */
  at: z.number(),
  files: z.number(),
  /** files that the workspace held before; the most of several times */
  held: z.number(),
  /** of its own commits' making before (`ownFiles`); the most of several times */
  own: z.number().default(0),
  /** a commit before the first of them */
  after: shaSchema.optional(),
  /** some of them, the first in the window or in the hour */
  examples: z.array(z.string()),
});
type Slice = z.infer<typeof sliceSchema>;

export interface WindowIo {
  readonly clock: Pick<Clock, 'now'>;
  readonly state: Pick<WorkspaceState, 'meta' | 'setMeta' | 'base' | 'ahead' | 'ownFiles'> & {
    readonly rows: Pick<WorkspaceState['rows'], 'totals'>;
  };
}

/** What went since some time. */
export interface Went {
  readonly files: number;
  /** the most that the workspace held before one of them */
  readonly heldMost: number;
  /** what it held at that time, or before the first commit since; undefined: there was none */
  readonly heldFirst: number | undefined;
  /** how many files fewer its own commits left since the one of these times when there were most, whatever others added */
  readonly ownLossMost: number;
  /** the same since the first commit; below 0: its own commits made more than they deleted */
  readonly ownLossFirst: number;
  /** commits that are before one of them and all that followed, as far as they are known; the oldest first */
  readonly after: readonly Sha[];
  /** the first of them */
  readonly examples: readonly string[];
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

  /** What went after that time, as this clock has it. */
  since(from: number): Went {
    const slices = this.#slices.filter(({ at }) => at > from);
    const { ownFiles } = this.#io.state;
    return {
      files: slices.reduce((sum, { files }) => sum + files, 0),
      heldMost: slices.reduce((most, { held }) => Math.max(most, held), 0),
      heldFirst: slices[0]?.held,
      ownLossMost: slices.reduce((most, { own }) => Math.max(most, own - ownFiles), 0),
      ownLossFirst: (slices[0]?.own ?? ownFiles) - ownFiles,
      after: [...new Set(slices.flatMap(({ after }) => after ?? []))],
      examples: slices.flatMap(({ examples }) => examples).slice(0, EXAMPLES),
    };
  }

  /** A commit that deletes these begins, or one that deletes nothing: what was held before it is noted once an hour.
   *  @returns what takes that back, when it fails */
  add(lost: readonly RelPath[]): () => void {
    const last = this.#slices.at(-1);
    if (lost.length === 0 && last && this.#io.clock.now() - last.at < OLD_SLICE_MS) return () => {};
    const more = this.#sliceOf(lost);
    const isSame = last !== undefined && more.at - last.at < SLICE_MS;
    const before = foldOld(isSame ? this.#slices.slice(0, -1) : this.#slices, more.at);
    const now = isSame ? joined(last, more) : more;
    this.#set([...before, now]);
    // It may have been made all the same: then it comes after what is noted here.
    return () =>
      this.#set([...before, { ...now, files: now.files - more.files, examples: isSame ? last.examples : [] }]);
  }

  #sliceOf(lost: readonly RelPath[]): Slice {
    const { clock, state } = this.#io;
    const after = (state.ahead ?? state.base)?.commitSha;
    const at = clock.now();
    const examples = this.since(at - WINDOW_MS).examples.length;
    return {
      at,
      files: lost.length,
      held: state.rows.totals.files,
      own: state.ownFiles,
      ...(after && { after }),
      examples: lost.slice(0, EXAMPLES - examples),
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
  own: Math.max(last.own, more.own),
  examples: [...last.examples, ...more.examples],
});

/** What is out of the window becomes coarser, and what is older than a day goes. */
function foldOld(slices: readonly Slice[], now: number): Slice[] {
  const kept: Slice[] = [];
  for (const slice of slices) {
    if (now - slice.at >= DAY_MS) continue;
    const last = kept.at(-1);
    const isFolded = last !== undefined && now - slice.at >= WINDOW_MS && slice.at - last.at < OLD_SLICE_MS;
    if (isFolded) kept[kept.length - 1] = withFewExamples(joined(last, slice));
    else kept.push(slice);
  }
  return kept;
}

const withFewExamples = (slice: Slice): Slice => ({ ...slice, examples: slice.examples.slice(0, OLD_EXAMPLES) });
