import { expect, test } from 'vitest';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { type AnswerAsked, answerQuestion } from './answer-question.ts';
import { readDesired } from './change-desired.ts';
import { NODE, nodeStatus, question, sayStatus, workspaceStatus } from './node-records.fakes.ts';

async function asking(...questions: readonly ReturnType<typeof question>[]) {
  const nodes = memoryKeyValue();
  await sayStatus(nodes, nodeStatus(questions.map((one) => workspaceStatus({ question: one }))));
  const answer = (asked: Omit<AnswerAsked, 'seen'> & Partial<AnswerAsked>) =>
    answerQuestion(nodes, NODE, { seen: undefined, ...asked });
  return { nodes, answer, answers: async () => (await readDesired(nodes, NODE))?.answers };
}

test('I9: an answer is kept under the id of its question, and sent twice it is one', async () => {
  const { nodes, answer, answers } = await asking(question('q1'), question('q2'));
  expect(await answer({ question: 'q1', answer: 'allow' })).toMatchObject({ kind: 'answered', question: { id: 'q1' } });
  const revision = (await nodes.get('node-a.desired'))?.revision;
  expect(await answer({ question: 'q1', answer: 'allow' })).toMatchObject({ kind: 'answered' });
  expect((await nodes.get('node-a.desired'))?.revision).toBe(revision);
  expect(await answers()).toEqual({ q1: 'allow' });
});

test('I9: a question that is gone, or was replaced by a bigger one, is not answered', async () => {
  const { nodes, answer, answers } = await asking(question('small'));
  await sayStatus(nodes, nodeStatus([workspaceStatus({ question: question('bigger', { count: 39 }) })]));
  expect(await answer({ question: 'small', answer: 'allow' })).toEqual({ kind: 'question-gone' });
  expect(await answers()).toBe(undefined);
});

test('a node that never said anything, or says what cannot be read, asks nothing', async () => {
  const nodes = memoryKeyValue();
  const asked: AnswerAsked = { question: 'q1', answer: 'restore', seen: undefined };
  expect(await answerQuestion(nodes, NODE, asked)).toEqual({ kind: 'question-gone' });
  await nodes.put('node-a.status', Buffer.from('{"v":'));
  expect(await answerQuestion(nodes, NODE, asked)).toEqual({ kind: 'question-gone' });
});

test('changes in a workspace that only receives cannot be allowed, only restored', async () => {
  const { answer, answers } = await asking(question('q1', { kind: 'local-changes' }));
  expect(await answer({ question: 'q1', answer: 'allow' })).toEqual({ kind: 'not-offered' });
  expect(await answers()).toBe(undefined);
  expect(await answer({ question: 'q1', answer: 'restore' })).toMatchObject({ kind: 'answered' });
});

test('of two people who answer otherwise at once one is told, and can still change it knowingly', async () => {
  const { answer, answers } = await asking(question('q1'));
  const both = await Promise.all([
    answer({ question: 'q1', answer: 'allow' }),
    answer({ question: 'q1', answer: 'restore' }),
  ]);
  expect(both.map(({ kind }) => kind).toSorted()).toEqual(['answered', 'answered-otherwise']);
  const first = (await answers())?.q1;
  const other = first === 'allow' ? 'restore' : 'allow';
  expect(await answer({ question: 'q1', answer: other })).toEqual({ kind: 'answered-otherwise', answer: first });
  expect(await answer({ question: 'q1', answer: other, seen: first })).toMatchObject({ kind: 'answered' });
  expect(await answers()).toEqual({ q1: other });
});

test('answers do not pile up: the oldest go', async () => {
  const many = Array.from({ length: 120 }, (_, i) => question(`q-${i}`));
  const { answer, answers } = await asking(...many);
  for (const { id } of many) await answer({ question: id, answer: 'restore' });
  const kept = Object.keys((await answers()) ?? {});
  expect(kept).toHaveLength(100);
  expect([kept[0], kept[99]]).toEqual(['q-20', 'q-119']);
});
