// I9: a workspace that would lose more than its threshold within some minutes, or several times as much within a day, stops
// and asks. What counts is a file that is gone under every name, here or by a commit within that time (`deletion-window.ts`),
// against what the workspace held; what its own commits put in place of it counts against it, and what others add meanwhile
// does not. The question stays open over restarts until its deletions are
// committed, taken back, or, when all was looked at, not true any more: that nobody has found them yet ends nothing.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Clock, isoTime } from '../../core/model/clock.ts';
import { type DeleteBounds, type DeleteThreshold, UNASKED } from '../../core/model/delete-threshold.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import type { Question } from '../../core/model/node-status.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { DAY_MS, DeletionWindow, EXAMPLES, type Went, WINDOW_MS, type WindowIo } from './deletion-window.ts';

/** @param within  how many files may go unasked, and which share of those that were held */
export const isTooMuch = (within: Pick<DeleteBounds, 'files' | 'share'>, lost: number, held: number): boolean =>
  lost > within.files && lost > held * within.share;

interface Bound extends Pick<DeleteBounds, 'files' | 'share'> {
  readonly withinMs: number;
  /** @param now  files that the workspace has */
  held(went: Went, now: number): number;
  /** how many files fewer it has by its own commits */
  ownLoss(went: Went): number;
}

function boundsOf(threshold: DeleteThreshold): readonly Bound[] {
  if (threshold === UNASKED) return [];
  const { files, files_a_day, share } = threshold;
  return [
    {
      withinMs: WINDOW_MS,
      files,
      share,
      held: ({ heldMost }, now) => Math.max(heldMost, now),
      ownLoss: ({ ownLossMost }) => ownLossMost,
    },
    // What was made here since and went again, such as the files of a job, is no loss of what was there a day ago. What came
    // from the project since counts as held: a workspace that had just joined held little.
    {
      withinMs: DAY_MS,
      files: files_a_day,
      share,
      held: ({ heldFirst, ownLossFirst }, now) => Math.max(heldFirst ?? 0, now + ownLossFirst),
      ownLoss: ({ ownLossFirst }) => ownLossFirst,
    },
  ];
}

export interface GuardIo extends WindowIo {
  readonly clock: Clock;
  readonly threshold: DeleteThreshold;
  answerTo(questionId: string): 'allow' | 'restore' | undefined;
}

/** I9: more would be deleted than the workspace allows without being asked. */
export class DeletionsAskedError extends Error {
  override name = 'DeletionsAskedError';
}

export type Verdict =
  | { readonly kind: 'go' }
  | { readonly kind: 'ask'; readonly question: Question }
  /** A person wants the files back. `after`: also those that this node deleted since the first of these commits */
  | { readonly kind: 'restore'; readonly after: readonly Sha[] };

const META = 'deletions-question';

const openSchema = z.object({
  id: z.string(),
  count: z.number(),
  /** how many of them are deleted from the project already */
  already: z.number().default(0),
  files: z.number(),
  examples: z.array(z.string()),
  since: z.iso.datetime(),
  /** the time before that in which they went */
  within_ms: z.number().default(WINDOW_MS),
  /** of the paths that are not deleted yet */
  digest: z.string(),
});
type Open = z.infer<typeof openSchema>;

interface Loss {
  readonly withinMs: number;
  readonly count: number;
  /** what the workspace held */
  readonly files: number;
  /** of what is deleted from the project already */
  readonly examples: readonly string[];
}

export class DeletionGuard {
  readonly #io: GuardIo;
  readonly #bounds: readonly Bound[];
  readonly #window: DeletionWindow;
  #open: Open | undefined;
  /** the paths that it is about; undefined: not known since the start */
  #asked: ReadonlySet<RelPath> | undefined;

  constructor(io: GuardIo) {
    this.#io = io;
    this.#bounds = boundsOf(io.threshold);
    this.#window = new DeletionWindow(io);
    const kept = io.state.meta(META);
    this.#open = kept ? openSchema.parse(JSON.parse(kept)) : undefined;
  }

  /** What a person is asked now. */
  get question(): Question | undefined {
    const open = this.#open;
    if (!open || this.#io.answerTo(open.id) === 'allow') return undefined;
    return questionOf(open);
  }

  /** Whether somebody has to be asked when so many more go. */
  exceeds(lost: number): boolean {
    return lost > 0 && this.#tooMuch(lost) !== undefined;
  }

  #tooMuch(lost: number): Loss | undefined {
    for (const bound of this.#bounds) {
      const loss = this.#loss(lost, bound);
      if (isTooMuch(bound, loss.count, loss.files)) return loss;
    }
    return undefined;
  }

  /** What would be lost within that time. Files that were made here since stand for as many that went: a program that deletes
   *  what it made and makes it anew loses nothing, under whatever names. What others brought stands for none. */
  #loss(lost: number, { withinMs, held, ownLoss }: Bound): Loss {
    const went = this.#wentWithin(withinMs);
    const now = this.#io.state.rows.totals.files;
    // What others deleted is no loss of this workspace's making.
    const files = Math.min(held(went, now), now + went.files);
    // A crash may have kept what its last commit did from being counted as its own: then it shows in what is there.
    const gone = Math.max(ownLoss(went) + lost, files - Math.max(0, now - lost));
    const count = Math.min(lost + went.files, gone);
    return { withinMs, count, files, examples: went.examples };
  }

  /** What is asked about does not grow old while nobody answers. */
  #wentWithin(ms: number): Went {
    return this.#window.since((this.#open ? Date.parse(this.#open.since) : this.#io.clock.now()) - ms);
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Whether it was asked before the start: which files it is about shows when all that is gone was found. */
  get isFromBefore(): boolean {
    return this.isOpen && !this.#asked;
  }

  /** Before anything is committed.
   *  @param lost  the files that are gone and not committed as gone yet
   *  @param isAll  whether all was looked at, so that no other is */
  judge(lost: readonly RelPath[], isAll: boolean): Verdict {
    const answer = lost.length > 0 ? this.#answerAbout(lost) : undefined;
    if (answer === 'allow') {
      this.#window.clear();
      return { kind: 'go' };
    }
    if (answer === 'restore') {
      const { already = 0, within_ms = WINDOW_MS } = this.#open ?? {};
      return { kind: 'restore', after: already > 0 ? this.#wentWithin(within_ms).after : [] };
    }
    const loss = lost.length > 0 ? this.#tooMuch(lost.length) : undefined;
    if (!loss) {
      if (isAll) this.#set(undefined);
      // Of deletions that are asked about none goes before the others are known.
      return this.#open && lost.length > 0 ? { kind: 'ask', question: questionOf(this.#open) } : { kind: 'go' };
    }
    return { kind: 'ask', question: questionOf(this.#ask(lost, loss)) };
  }

  /** Leave to delete some says nothing about others. Who wants some back while more go wants those back too: nothing is lost by it. */
  #answerAbout(lost: readonly RelPath[]): 'allow' | 'restore' | undefined {
    if (!this.#open) return undefined;
    const isAbout = this.#isAbout(lost, this.#open);
    const answer = this.#io.answerTo(this.#open.id);
    if (isAbout || answer !== 'restore') return isAbout ? answer : undefined;
    return lost.some((path) => this.#asked?.has(path)) ? 'restore' : undefined;
  }

  /** Whether the question names all of these. After a start that is known when they are the very same. */
  #isAbout(lost: readonly RelPath[], { digest }: Open): boolean {
    if (this.#asked) return lost.every((path) => this.#asked?.has(path));
    if (digestOf(lost) !== digest) return false;
    this.#asked = new Set(lost);
    return true;
  }

  /** One that grew, or is about other files, is another question: nobody has answered for those. */
  #ask(lost: readonly RelPath[], { count, files, withinMs, examples }: Loss): Open {
    if (this.#open && this.#isAbout(lost, this.#open)) return this.#open;
    const gone = examples.slice(0, EXAMPLES / 2);
    const asked = {
      id: randomUUID(),
      count,
      already: Math.max(0, count - lost.length),
      files,
      examples: [...lost.slice(0, EXAMPLES - gone.length), ...gone],
      since: this.#open?.since ?? isoTime(this.#io.clock.now()),
      within_ms: withinMs,
      digest: digestOf(lost),
    };
    this.#set(asked);
    this.#asked = new Set(lost);
    return asked;
  }

  /** A commit begins. @param lost  the files that it deletes @returns what takes that back, when it fails */
  committing(lost: readonly RelPath[]): () => void {
    // What a person allowed counts against nothing later.
    return this.#open ? () => {} : this.#window.add(lost);
  }

  /** It is made. @param left  the files that are still to go: what was answered holds for them after a restart too */
  committed(went: readonly RelPath[], left: readonly RelPath[]): void {
    if (!this.#open || went.length === 0) return;
    this.#set(left.length === 0 ? undefined : { ...this.#open, digest: digestOf(left) });
  }

  /** All was looked at, and nothing is gone. */
  atRest(): void {
    this.#set(undefined);
  }

  /** The files come back. */
  restored(): void {
    this.#window.clear();
    this.#set(undefined);
  }

  #set(open: Open | undefined): void {
    if (this.#open === open) return;
    this.#open = open;
    if (!open) this.#asked = undefined;
    this.#io.state.setMeta(META, open ? JSON.stringify(open) : '');
  }
}

const digestOf = (paths: readonly RelPath[]): string => shaOf([...paths].sort().join('\0'));

const questionOf = (open: Open): Question => {
  const { id, count, already, files, examples, since } = open;
  const gone = already > 0 && { already };
  return { id, count, ...gone, files, examples, since, kind: 'deletions', sentence: sentenceOf(open) };
};

function sentenceOf({ count, already, files, within_ms }: Open): string {
  const gone = `${count} of ${files} files are gone from this directory`;
  if (already === 0) {
    return `${gone}. They are deleted from the project only when you allow it; or have them restored.`;
  }
  const time = within_ms === DAY_MS ? 'a day' : `${within_ms / 60_000} minutes`;
  return `${gone} within ${time}, and ${already} of them from the project too. The others are deleted only when you allow it; or have all of them restored.`;
}
