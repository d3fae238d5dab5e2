// I9: a workspace that would lose more than its threshold at once stops and asks; and what the answers do.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { workspaceStatusSchema } from '../core/model/node-status.ts';
import { currentOf } from './testing/elsewhere.ts';
import { Fleet, type FleetOptions, type TestNode, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

/** Two nodes that hold the same files, `0` to `count - 1`. */
async function holding(count: number, options: FleetOptions = {}): Promise<[TestNode, TestNode]> {
  fleet = await Fleet.open(options);
  const [a, b] = [fleet.start('a'), fleet.start('b')];
  await fleet.converged();
  for (let n = 0; n < count; n++) writeFileSync(a.path(String(n)), `file ${n}`);
  await fleet.settled();
  return [a, b];
}

const filesNow = async (): Promise<number | undefined> => (await currentOf(fleet))?.files;

function removeFirst(node: TestNode, count: number): void {
  for (let n = 0; n < count; n++) rmSync(node.path(String(n)));
}

async function asked(node: TestNode) {
  const { question, sentence } = await node.until(
    (status) => status.question !== undefined && status.state === 'blocked',
  );
  if (!question) throw new Error('the node asks');
  expect(sentence).toContain(question.sentence);
  return question;
}

test('I9: a directory that loses most of its files at once asks, and nothing is deleted anywhere', async () => {
  const [a, b] = await holding(60);
  removeFirst(a, 40);
  const question = await asked(a);
  expect(question).toMatchObject({ kind: 'deletions', count: 40, files: 60 });
  expect(question.examples).toHaveLength(10);
  expect(question.sentence).toMatch(/40 of 60 files are gone .* allow .* restored/);
  expect(workspaceStatusSchema.parse(a.status).question).toEqual(question);
  expect(await filesNow()).toBe(60);
  expect(readdirSync(b.root)).toHaveLength(61);
});

test('what is asked is logged in one plain line: a question is no fault, and has no stack', async () => {
  const lines: [string, object, string][] = [];
  const note = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message]);
  const log = { debug: () => {}, info: () => {}, warn: note('warn'), error: note('error') };
  const [a] = await holding(60, { log });
  removeFirst(a, 40);
  const { sentence } = await asked(a);
  expect(lines).toEqual([['warn', { project: 'demo' }, `demo: ${sentence}`]]);
});

test('I9: files deleted one by one are asked about before most are gone, also while another node adds files', async () => {
  const [a, b] = await holding(60);
  for (let n = 0; n < 31; n++) {
    rmSync(a.path(String(n)));
    if (n === 30) break;
    await b.has(String(n), undefined);
    writeFileSync(b.path(`new-${n}`), `added ${n}`);
    await a.has(`new-${n}`, `added ${n}`);
  }
  expect(await asked(a)).toMatchObject({ count: 31, examples: expect.arrayContaining(['0', '30']) });
  expect(await filesNow()).toBe(60);
});

test('I9: while a question is open nothing is tried, and what changed meanwhile is named as waiting for its answer', async () => {
  const [a, b] = await holding(60);
  removeFirst(a, 40);
  await asked(a);
  expect(a.status.sentence).not.toContain('Next try');
  writeFileSync(a.path('new.txt'), 'new');
  await a.until(({ sentence }) => sentence.endsWith(' new.txt waits for the answer, too.'));
  writeFileSync(a.path('newer.txt'), 'newer');
  const { question } = await a.until(({ sentence }) =>
    sentence.endsWith(' new.txt and 1 other change wait for the answer, too.'),
  );
  expect(a.agent.answer(question?.id ?? '', 'allow')).toBe('answered');
  await b.has('newer.txt', 'newer');
  await fleet.settled();
  expect(a.status.sentence).toBe('In sync.');
});

test('I9: allowed, the deletions are committed, and the next few need no answer', async () => {
  const [a, b] = await holding(60);
  removeFirst(a, 40);
  const { id } = await asked(a);
  expect(a.agent.answer(id, 'allow')).toBe('answered');
  await fleet.settled();
  expect(await filesNow()).toBe(20);
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
  expect(a.status.question).toBe(undefined);
  rmSync(a.path('50'));
  await b.has('50', undefined);
});

test('I9: restored, the files come back to the disk from the project', async () => {
  const [a, b] = await holding(60);
  const before = await treeOf(b.root);
  removeFirst(a, 60);
  const { id } = await asked(a);
  expect(a.agent.answer(id, 'restore')).toBe('answered');
  await fleet.settled();
  expect(await treeOf(a.root)).toEqual(before);
  expect(await filesNow()).toBe(60);
});

test('I9: the question survives a restart of the agent, with the same id', async () => {
  const [a] = await holding(60);
  removeFirst(a, 40);
  const { id } = await asked(a);
  await a.agent.stop();
  const again = fleet.start('a');
  expect((await asked(again)).id).toBe(id);
  expect(again.agent.answer('another', 'allow')).toBe('not-asked');
  expect(again.agent.answer(id, 'allow')).toBe('answered');
  await fleet.settled();
  expect(await filesNow()).toBe(20);
});

test('I9: files that are put back by hand end the question', async () => {
  const [a] = await holding(60);
  mkdirSync(join(fleet.dir, 'aside'));
  for (let n = 0; n < 40; n++) renameSync(a.path(String(n)), join(fleet.dir, 'aside', String(n)));
  await asked(a);
  for (let n = 0; n < 40; n++) renameSync(join(fleet.dir, 'aside', String(n)), a.path(String(n)));
  await fleet.settled();
  expect(a.status.question).toBe(undefined);
  expect(await filesNow()).toBe(60);
});

test('I9: files that are put back while the agent is away end the question too', async () => {
  const [a] = await holding(60);
  mkdirSync(join(fleet.dir, 'aside'));
  for (let n = 0; n < 40; n++) renameSync(a.path(String(n)), join(fleet.dir, 'aside', String(n)));
  await asked(a);
  await a.agent.stop();
  for (let n = 0; n < 40; n++) renameSync(join(fleet.dir, 'aside', String(n)), a.path(String(n)));
  const again = fleet.start('a');
  await again.until(({ question, state }) => question === undefined && state === 'in-sync');
});

test('I9: more that goes after an answer is another question', async () => {
  const [a] = await holding(100);
  removeFirst(a, 60);
  const first = await asked(a);
  for (let n = 60; n < 90; n++) rmSync(a.path(String(n)));
  const second = await a.until(({ question }) => question?.count === 90);
  expect(second.question).toMatchObject({ since: first.since });
  expect(second.question?.id).not.toBe(first.id);
  expect(a.agent.answer(first.id, 'allow')).toBe('not-asked');
  expect(await filesNow()).toBe(100);
});

test('I9: a few deletions at a time count together', async () => {
  const [a] = await holding(60);
  for (let n = 0; n < 30; n++) {
    rmSync(a.path(String(n)));
    if (n % 10 === 9) await a.until(({ pending_up, question }) => pending_up === 0 || question !== undefined);
  }
  await fleet.settled();
  expect(await filesNow()).toBe(30);
  rmSync(a.path('30'));
  await asked(a);
  expect(await filesNow()).toBe(30);
});

test('I9: what was moved to where it is ignored counts as lost', async () => {
  fleet = await Fleet.open();
  const a = fleet.start('a');
  await fleet.converged();
  for (let n = 0; n < 60; n++) writeFileSync(a.path(String(n)), `file ${n}`);
  await fleet.settled();
  a.agent.storageAway('NATS is away.');
  mkdirSync(a.path('dir'));
  for (let n = 0; n < 60; n++) renameSync(a.path(String(n)), a.path(`dir/${n}`));
  await a.agent.rescan();
  await a.until(({ pending_up }) => pending_up >= 120);
  writeFileSync(a.path('.fsignore'), 'dir/\n');
  await a.agent.rescan();
  a.agent.storageBack();
  expect(await asked(a)).toMatchObject({ kind: 'deletions', count: 60 });
  // All of them; the rules may be there too.
  expect([60, 61]).toContain(await filesNow());
});

test('I9: a few files, and a rename of all, are no reason to ask', async () => {
  const [a, b] = await holding(30);
  mkdirSync(a.path('sub'));
  for (let n = 0; n < 30; n++) renameSync(a.path(String(n)), a.path(`sub/${n}`));
  await fleet.settled();
  expect(readFileSync(b.path('sub/3'), 'utf8')).toBe('file 3');
  rmSync(a.path('sub'), { recursive: true });
  await asked(a);
  await a.agent.stop();
  expect(await filesNow()).toBe(30);
});

test('I9: a file that takes the place of a directory deletes none of its many files unasked', async () => {
  fleet = await Fleet.open();
  const [a, b] = await fleet.two();
  mkdirSync(a.path('photos'));
  for (let n = 0; n < 60; n++) writeFileSync(a.path(`photos/${n}`), `file ${n}`);
  await fleet.settled();
  const before = await treeOf(b.root);
  renameSync(a.path('photos'), join(fleet.dir, 'aside'));
  writeFileSync(a.path('photos'), 'a file');
  const { id } = await asked(a);
  expect((await currentOf(fleet))?.files).toBe(60);
  expect(a.agent.answer(id, 'restore')).toBe('answered');
  await fleet.settled();
  expect(await treeOf(b.root)).toEqual(before);
});
