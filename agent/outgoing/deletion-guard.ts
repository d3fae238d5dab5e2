// I9: a workspace that would lose more than its threshold at once stops and asks. What counts as lost is a file that is
// gone under every name; a rename is no loss. Deletions that come one after the other within a minute count together. The
// question stays open over restarts until its deletions are committed, taken back, or not true any more.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Clock, isoTime } from '../../core/model/clock.ts';
import { shaOf } from '../../core/model/ids.ts';
import type { Question } from '../../core/model/node-status.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { WorkspaceState } from '../state/state.ts';

export interface DeletionThreshold {
  /** up to this many files nobody is asked */
  readonly files: number;
  /** and up to this share of what the workspace holds, 0 to 1 */
  readonly share: number;
}

export const DEFAULT_THRESHOLD: DeletionThreshold = { files: 20, share: 0.5 };

export interface GuardIo {
  readonly clock: Clock;
  readonly state: Pick<WorkspaceState, 'meta' | 'setMeta'> & { readonly rows: Pick<WorkspaceState['rows'], 'totals'> };
  readonly threshold: DeletionThreshold;
  answerTo(questionId: string): 'allow' | 'restore' | undefined;
}

/** I9: more would be deleted at once than the workspace allows without being asked. */
export class DeletionsAskedError extends Error {
  override name = 'DeletionsAskedError';
}

export type Verdict =
  | { readonly kind: 'go' }
  | { readonly kind: 'ask'; readonly question: Question }
  /** a person wants the files back */
  | { readonly kind: 'restore' };

const META = 'deletions-question';
/** Losses this close together are one event. */
const WINDOW_MS = 60_000;
const EXAMPLES = 10;

const openSchema = z.object({
  id: z.string(),
  count: z.number(),
  files: z.number(),
  examples: z.array(z.string()),
  since: z.iso.datetime(),
  /** of the paths that it is about */
  digest: z.string(),
});
type Open = z.infer<typeof openSchema>;

export class DeletionGuard {
  readonly #io: GuardIo;
  #recent: { readonly at: number; readonly count: number }[] = [];
  #open: Open | undefined;
  /** the paths that it is about; undefined: not known since the start */
  #asked: ReadonlySet<RelPath> | undefined;

  constructor(io: GuardIo) {
    this.#io = io;
    const kept = io.state.meta(META);
    this.#open = kept ? openSchema.parse(JSON.parse(kept)) : undefined;
  }

  /** What a person is asked now. */
  get question(): Question | undefined {
    const open = this.#open;
    if (!open || this.#io.answerTo(open.id) === 'allow') return undefined;
    return questionOf(open);
  }

  /** Whether somebody has to be asked about so many. */
  exceeds(lost: number): boolean {
    const before = this.#lately();
    const count = lost + before;
    const files = this.#io.state.rows.totals.files + before;
    const { threshold } = this.#io;
    return lost > 0 && count > threshold.files && count > files * threshold.share;
  }

  /** Before anything is committed. @param lost  the files that are gone and not committed as gone yet */
  judge(lost: readonly RelPath[]): Verdict {
    const answer = this.#open && this.#isAbout(lost, this.#open) ? this.#io.answerTo(this.#open.id) : undefined;
    if (lost.length > 0 && answer === 'allow') return { kind: 'go' };
    if (lost.length > 0 && answer === 'restore') return { kind: 'restore' };
    if (!this.exceeds(lost.length)) {
      this.#set(undefined);
      return { kind: 'go' };
    }
    return { kind: 'ask', question: questionOf(this.#ask(lost)) };
  }

  /** Whether the question names all of these. After a start that is known when they are the very same. */
  #isAbout(lost: readonly RelPath[], { digest }: Open): boolean {
    if (this.#asked) return lost.every((path) => this.#asked?.has(path));
    if (digestOf(lost) !== digest) return false;
    this.#asked = new Set(lost);
    return true;
  }

  /** One that grew, or is about other files, is another question: nobody has answered for those. */
  #ask(lost: readonly RelPath[]): Open {
    if (this.#open && this.#isAbout(lost, this.#open)) return this.#open;
    const asked = {
      id: randomUUID(),
      count: lost.length,
      files: this.#io.state.rows.totals.files,
      examples: lost.slice(0, EXAMPLES),
      since: this.#open?.since ?? isoTime(this.#io.clock.now()),
      digest: digestOf(lost),
    };
    this.#set(asked);
    this.#asked = new Set(lost);
    return asked;
  }

  /** What was lost within the last minute without being asked about. */
  #lately(): number {
    const now = this.#io.clock.now();
    // A clock that was set back makes them look newer, which only asks sooner.
    this.#recent = this.#recent.filter(({ at }) => now - at < WINDOW_MS);
    return this.#recent.reduce((sum, { count }) => sum + count, 0);
  }

  /** So many losses were committed. @param left  those that are still to come */
  committed(count: number, left: number): void {
    // What a person allowed counts against nothing later.
    if (this.#open) {
      if (left === 0) this.#set(undefined);
    } else if (count > 0) this.#recent.push({ at: this.#io.clock.now(), count });
  }

  /** The files come back. */
  restored(): void {
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

const questionOf = ({ digest: _, ...open }: Open): Question => ({
  ...open,
  kind: 'deletions',
  sentence: sentenceOf(open),
});

const sentenceOf = ({ count, files }: Pick<Open, 'count' | 'files'>): string =>
  `${count} of ${files} files are gone from this directory. They are deleted from the project only when you allow it; or have them restored.`;
