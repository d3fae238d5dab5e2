// Why something is not in sync: one sentence on what holds it up, and the one thing that mends it. Built on the verdict of
// each workspace, and pure, so that every case is in a table of tests. What it says of a node it says by the node's name.
import { unreachable } from './assert.ts';
import type { NodeId, ProjectName } from './ids.ts';
import type { Answer, Problem, Question } from './node-status.ts';
import { NOTES, type Standing } from './verdict.ts';

/** What a person may do about it with one press. */
export type Fix =
  /** the answer that loses nothing */
  | { readonly kind: 'restore'; readonly question: Question }
  /** the node looks again, and tries at once what waits */
  | { readonly kind: 'look-again'; readonly word: 'Retry now' | 'Compare again' | 'Bring it back' }
  /** a job on the project, or on the path that is asked about */
  | { readonly kind: 'job'; readonly job: 'repair' | 'promote' | 'archive' }
  | { readonly kind: 'retry-dead-letters' }
  /** only a person at a machine can: the command to type there */
  | { readonly kind: 'command'; readonly command: string }
  /** on the node's own page */
  | { readonly kind: 'node-page' };

export interface Why {
  readonly isFine: boolean;
  readonly sentence: string;
  readonly fix?: Fix;
}

export interface WhyFacts {
  readonly node: NodeId;
  readonly project: ProjectName;
  /** `asked`: assigned, and the node has not answered */
  readonly state: Standing | 'offline' | 'unheard' | 'left' | 'asked';
  /** as the node says it; of one that is not heard of, as the server does */
  readonly sentence: string;
  readonly question?: Question;
  readonly answer?: Answer;
  /** what starts its agent again */
  readonly start: string;
  /** of the path alone, where one path is asked about */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
  readonly pendingDown: number;
  /** a workspace that matched no commit yet was never taken */
  readonly hasBase: boolean;
  /** paths of the project that are ignored here */
  readonly leftOut: number;
  /** cold storage cannot be used now: nothing comes from there, and nothing is mended by it */
  readonly isColdAway: boolean;
}

export function whyOf(facts: WhyFacts): Why {
  const { node, state, question, answer } = facts;
  const sentence = spoken(node, facts.sentence);
  switch (state) {
    case 'offline':
    case 'left':
      return { isFine: false, sentence, fix: { kind: 'command', command: facts.start } };
    // NATS is what is away: to start an agent would mend nothing.
    case 'unheard':
    case 'asked':
      return { isFine: false, sentence };
    case 'removed':
      return { isFine: true, sentence, fix: { kind: 'look-again', word: 'Bring it back' } };
  }
  if (question) return asks(node, question, answer);
  switch (state) {
    case 'blocked':
      return { isFine: false, sentence, fix: facts.hasBase ? RETRY : { kind: 'node-page' } };
    case 'waiting':
      return waits(facts);
    case 'skipping':
      return skips(facts);
    case 'in-sync':
      return inSync(facts);
    case 'syncing':
    case 'starting':
    case 'removing':
      return { isFine: false, sentence };
    default:
      return unreachable(state);
  }
}

const RETRY: Fix = { kind: 'look-again', word: 'Retry now' };
const COMPARE: Fix = { kind: 'look-again', word: 'Compare again' };
const REPAIR: Fix = { kind: 'job', job: 'repair' };

function asks(node: NodeId, question: Question, answer: Answer | undefined): Why {
  if (answer !== undefined) {
    const how = answer === 'allow' ? 'to go on' : `to restore ${paths(question.count)}`;
    return { isFine: false, sentence: `${node} was told ${how}, and is about to act on it.` };
  }
  return { isFine: false, sentence: askingSentence(node, question), fix: { kind: 'restore', question } };
}

/** What a question holds up, where the directory that it speaks of is not in sight. */
export function askingSentence(node: NodeId, { kind, count, files }: Question): string {
  return kind === 'deletions'
    ? `${node} sends nothing until it is told whether ${number(count)} of ${number(files)} files are to be deleted.`
    : `${node} only receives, and ${paths(count)} ${count === 1 ? 'was' : 'were'} changed there: newer versions of ${count === 1 ? 'it' : 'them'} wait.`;
}

function waits({ node, pendingDown, problems, isColdAway }: WhyFacts): Why {
  const cause = mostOf(problems.filter(({ code }) => !NOTES.has(code)));
  const what = `${node} waits for ${paths(pendingDown)}`;
  if (!cause) return { isFine: false, sentence: `${what}.`, fix: RETRY };
  const where = cause.path === '' ? '' : `${cause.path}: `;
  const isLost = cause.code === 'object-missing' || cause.code === 'object-corrupt';
  return {
    isFine: false,
    sentence: `${what}. ${where}${cause.reason}`,
    fix: isLost && !isColdAway ? REPAIR : RETRY,
  };
}

function skips({ node, problems, problemCount }: WhyFacts): Why {
  const cause = mostOf(problems.filter(({ code }) => !NOTES.has(code)));
  const notes = problems.filter(({ code }) => NOTES.has(code)).length;
  const what = `${node} is in sync but for ${paths(Math.max(1, problemCount - notes))}.`;
  return { isFine: false, sentence: cause ? `${what} ${cause.path}: ${cause.reason}` : what, fix: COMPARE };
}

function inSync({ node, project, leftOut }: WhyFacts): Why {
  if (leftOut === 0) return { isFine: true, sentence: `${node} is in sync.` };
  const what = leftOut === 1 ? '1 path of the project is' : `${number(leftOut)} paths of the project are`;
  return {
    isFine: true,
    sentence: `${node} is in sync. ${what} ignored there and stay${leftOut === 1 ? 's' : ''} in the project.`,
    fix: { kind: 'command', command: `npx fs-sync project forget-ignored ${project}` },
  };
}

/** The first of the kind that most paths have: mending it mends the most. */
function mostOf(problems: readonly Problem[]): Problem | undefined {
  const counts = new Map<Problem['code'], number>();
  for (const { code } of problems) counts.set(code, (counts.get(code) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return problems.find(({ code }) => counts.get(code) === most);
}

/** A node's own sentence does not say whose it is. */
const spoken = (node: NodeId, sentence: string): string =>
  sentence.startsWith(`${node} `) ? sentence : `${node}: ${sentence}`;

export interface StorageFacts {
  /** objects that are not proven in cold yet */
  readonly toArchive: number;
  /** they have waited for long */
  readonly isLate: boolean;
  /** objects that the archiver gave up on */
  readonly deadLetters: number;
  readonly isColdAway: boolean;
}

/** Whether what is in hot is safe in cold, too. */
export function whyNotArchived({ toArchive, isLate, deadLetters, isColdAway }: StorageFacts): Why {
  if (deadLetters > 0) {
    const what = `${objects(deadLetters)} cannot be archived: hot has no good copy of ${deadLetters === 1 ? 'it' : 'them'}.`;
    return { isFine: false, sentence: what, fix: { kind: 'retry-dead-letters' } };
  }
  if (toArchive === 0) return { isFine: true, sentence: 'All of it is proven in cold storage.' };
  const what = `${objects(toArchive)} ${toArchive === 1 ? 'waits' : 'wait'} to be archived`;
  if (isColdAway) return { isFine: false, sentence: `${what}: cold storage cannot be used now.` };
  if (!isLate) return { isFine: true, sentence: `${what}, which takes a moment.` };
  return { isFine: false, sentence: `${what}, for longer than usual.`, fix: { kind: 'job', job: 'archive' } };
}

const number = (count: number): string => count.toLocaleString('en-US');
const paths = (count: number): string => `${number(count)} ${count === 1 ? 'path' : 'paths'}`;
const objects = (count: number): string => `${number(count)} ${count === 1 ? 'object' : 'objects'}`;

const RANK: Readonly<Record<WhyFacts['state'], number>> = {
  blocked: 1,
  offline: 2,
  unheard: 3,
  waiting: 4,
  syncing: 5,
  starting: 6,
  removing: 7,
  asked: 8,
  skipping: 9,
  left: 10,
  'in-sync': 11,
  removed: 12,
};

/** The one that a person has to know first comes first. */
export const worstWhyFirst = (a: WhyFacts, b: WhyFacts): number =>
  rankOf(a) - rankOf(b) || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0);

/** What asks comes before what needs nobody, and behind what stands still. */
const rankOf = ({ state, question, answer }: WhyFacts): number =>
  question && !answer ? Math.min(RANK[state], RANK.waiting) - 0.5 : RANK[state];
