// What a workspace asks, as a person sees and answers it.

import { expect, test } from 'vitest';
import { parseNodeId } from '../core/model/ids.ts';
import type { NodeWorkspace } from './node-view.ts';
import { fakeNode, fakeQuestion } from './testing/fake-nodes.ts';
import { FAKE_ADMIN } from './testing/fake-services.ts';
import { fragmentsOf, one, SCRIPT, servicesWith, textOf } from './testing/node-pages.ts';
import { openPages } from './testing/open-pages.ts';

const asking = (change: Partial<NodeWorkspace> = {}) =>
  one({
    question: fakeQuestion('q-1'),
    state: 'blocked',
    sentence: '30 of 40 files are gone from this directory.',
    ...change,
  });

test('shows how many, which, and what each answer does, before it is given', async () => {
  const text = textOf(await openPages(asking()).html('/nodes'));
  expect(text).toContain('reports/a.csv reports/b.csv and 28 more');
  expect(text).toContain(
    'Allow 30 deletions 30 of 40 files are deleted from demo, and so from every node that holds it.',
  );
  expect(text).toContain('Restore 30 files They come back to this directory on node-a.');
});

test('what is gone from the project already is said to come back to it, and to other nodes', async () => {
  const text = textOf(await openPages(asking({ question: fakeQuestion('q-1', { already: 12 }) })).html('/nodes'));
  expect(text).toContain('12 files of them are gone from demo already: a commit brings them back');
  expect(text).not.toContain('Nothing changes');
});

test('each answer names its question and the answer that was seen', async () => {
  const services = asking({ answer: 'allow' });
  const pages = openPages(services);
  const html = await pages.html('/nodes/node-a');
  expect(html).toContain('<input type="hidden" name="question" value="q-1"/>');
  expect(html).toContain('<input type="hidden" name="seen" value="allow"/>');
  expect(textOf(html)).toContain('Answered: allowed. node-a is about to act on it.');
  expect(html).not.toContain('Allow 30');
  services.outcomes.answer = { kind: 'answered', question: fakeQuestion('q-1') };
  const answer = await pages.post('/nodes/node-a/answer', { question: 'q-1', seen: 'allow', answer: 'restore' });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/nodes/node-a?said=answered']);
  expect(services.asked).toEqual([
    ['answer', FAKE_ADMIN, parseNodeId('node-a'), { question: 'q-1', answer: 'restore', seen: 'allow' }],
  ]);
});

test('changes in a workspace that only receives are not offered to be allowed', async () => {
  const services = asking({ question: fakeQuestion('q-1', { kind: 'local-changes', count: 1 }) });
  const html = await openPages(services).html('/nodes');
  expect(html).not.toContain('value="allow"');
  expect(textOf(html)).toContain('Restore 1 file');
  expect(textOf(await openPages(services).html('/p/demo/why'))).toContain('Restore 1 file');
});

test('the project’s row asks too, in words that need no directory, says them once, and leads to the node', async () => {
  const services = servicesWith();
  const [question, state] = [fakeQuestion('q-1'), 'blocked'] as const;
  const sentence = 'node-a sends nothing until it is told whether 30 of 40 files are to be deleted.';
  const nodes = ['node-a', 'node-b'].map((node) => fakeNode(node, { question, state, sentence: question.sentence }));
  services.project('demo', { state, sentence, nodes });
  const html = await openPages(services).html('/projects');
  const text = textOf(html);
  expect(text).toContain(`${sentence} Why`);
  expect(text.split(sentence)).toHaveLength(2);
  expect(text).toContain('It waits for the answer. Answer on node-a');
  expect(text).toContain(`${sentence.replace('node-a', 'node-b')} Answer on node-b`);
  expect(text).not.toContain('this directory');
  expect(html).toContain('<a class="button" href="/nodes/node-a">');
});

test('an answer to a question that is gone says so, in the page and to the script', async () => {
  const services = one();
  const pages = openPages(services);
  const fields = { question: 'q-0', answer: 'allow' };
  const plain = await pages.post('/nodes/node-a/answer', fields);
  expect(plain.headers.get('location')).toBe('/nodes/node-a?said=question-gone');
  expect(textOf(await pages.html('/nodes/node-a?said=question-gone'))).toContain('that question is gone');
  const scripted = await pages.post('/nodes/node-a/answer', fields, SCRIPT);
  expect(scripted.status).toBe(409);
  expect(await fragmentsOf(scripted)).toEqual([expect.stringMatching(/^<div[^>]* id="said" role="alert">.*is gone/)]);
});

test('an address can put none but our own words on the screen', async () => {
  const html = await openPages(one()).html('/nodes?said=%3Cb%3EYou+won&x=toString');
  expect(html).not.toContain('You won');
  expect(await openPages(one()).html('/nodes?said=toString')).toContain(
    '<div data-star-ignore="" id="said" role="status"></div>',
  );
});
