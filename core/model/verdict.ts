// How a workspace stands, in the one word that every view says: the page of a project, of a node, of a workspace, and the
// terminal. A path that cannot be carried holds nothing else up: the rest is in sync, and how many are skipped is said with
// it. What the project has and this node cannot have yet waits: that is not in sync. Blocked is only where sync itself stands still.
import type { Problem, WorkspaceStatus } from './node-status.ts';

/** Told like a problem, while all paths are in sync. */
export const NOTES: ReadonlySet<Problem['code']> = new Set(['ignore-rule', 'watch-limit', 'not-restored']);

export type Standing = Exclude<WorkspaceStatus['state'], 'held'> | 'skipping' | 'waiting';

export interface Verdict {
  readonly state: Standing;
  /** paths of it that are not in sync while the rest is, each with its problem; where some wait, how many; else 0 */
  readonly skipped: number;
}

export function verdictOf(
  status: Pick<WorkspaceStatus, 'state' | 'pending_down' | 'problems' | 'problem_count'>,
): Verdict {
  const { state, pending_down: waiting } = status;
  if (state === 'held' && waiting > 0) return { state: 'waiting', skipped: waiting };
  if (state !== 'in-sync' && state !== 'held') return { state, skipped: 0 };
  const skipped = skippedIn(status);
  return { state: skipped > 0 ? 'skipping' : 'in-sync', skipped };
}

/** Of a status that lists only some of its problems, those that it does not list count as skipped paths. */
function skippedIn({ problems, problem_count: count }: Pick<WorkspaceStatus, 'problems' | 'problem_count'>): number {
  return count - problems.filter(({ code }) => NOTES.has(code)).length;
}

const WORDS: Readonly<Record<Exclude<Standing, 'skipping' | 'waiting'>, string>> = {
  'in-sync': 'In sync',
  syncing: 'Syncing',
  blocked: 'Blocked',
  starting: 'Starting',
  removing: 'Removing',
  removed: 'Removed',
};

/** `In sync`, `In sync, 3 skipped`, `3 wait` */
export function wordOf({ state, skipped }: Verdict): string {
  if (state === 'skipping') return skippingWord(skipped);
  return state === 'waiting' ? waitingWord(skipped) : WORDS[state];
}

const waitingWord = (waiting: number): string =>
  `${waiting.toLocaleString('en-US')} ${waiting === 1 ? 'waits' : 'wait'}`;

export const skippingWord = (skipped: number): string => `In sync, ${skipped.toLocaleString('en-US')} skipped`;
