// A person's answer to what a workspace asked (I9). It holds for that question alone: one that is gone, or has grown into
// another, is not answered by it. Who has not seen the latest answer does not undo it.
import type { NodeId } from '../model/ids.ts';
import type { Answer, Question } from '../model/node-status.ts';
import { changeDesired, type Desiring } from './change-desired.ts';
import { readStatus } from './read-status.ts';

export interface AnswerAsked {
  readonly question: string;
  readonly answer: Answer;
  /** the answer that whoever answers has seen; undefined: none */
  readonly seen: Answer | undefined;
}

export type AnswerOutcome =
  /** also when it had been answered so before */
  | { readonly kind: 'answered'; readonly question: Question }
  /** nothing was changed: the node does not ask this any more */
  | { readonly kind: 'question-gone' }
  /** nothing was changed: this question can only be answered by the other */
  | { readonly kind: 'not-offered' }
  /** nothing was changed: somebody else answered otherwise meanwhile */
  | { readonly kind: 'answered-otherwise'; readonly answer: Answer };

/** Answers are kept this long back: a node that was away reads them late. */
const KEPT = 100;

export const answersTo = ({ kind }: Question): readonly Answer[] =>
  kind === 'deletions' ? ['allow', 'restore'] : ['restore'];

/** @throws InvalidValueError  the record is none that this version understands; StoreUnavailableError */
export async function answerQuestion(nodes: Desiring, node: NodeId, asked: AnswerAsked): Promise<AnswerOutcome> {
  const question = await openQuestion(nodes, node, asked.question);
  if (!question) return { kind: 'question-gone' };
  if (!answersTo(question).includes(asked.answer)) return { kind: 'not-offered' };
  let outcome: AnswerOutcome = { kind: 'answered', question };
  await changeDesired(nodes, node, (desired) => {
    const before = Object.entries(desired.answers ?? {}).find(([id]) => id === question.id)?.[1];
    outcome =
      before !== undefined && before !== asked.answer && before !== asked.seen
        ? { kind: 'answered-otherwise', answer: before }
        : { kind: 'answered', question };
    if (outcome.kind !== 'answered' || before === asked.answer) return desired;
    const others = Object.entries(desired.answers ?? {}).filter(([id]) => id !== question.id);
    return { ...desired, answers: Object.fromEntries([...others, [question.id, asked.answer]].slice(-KEPT)) };
  });
  return outcome;
}

async function openQuestion(nodes: Desiring, node: NodeId, id: string): Promise<Question | undefined> {
  const status = await readStatus(nodes, node);
  return status?.workspaces.map(({ question }) => question).find((question) => question?.id === id);
}
