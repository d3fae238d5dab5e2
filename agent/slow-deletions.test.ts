// I9: deletions that come one after the other, each small and committed before the next: they are asked about together, and
// what went already comes back with the rest.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../core/model/clock.ts';
import type { Question } from '../core/model/node-status.ts';
import { fakePath } from '../core/model/rel-path.ts';
import { commitElsewhere, countCommits, currentOf, putFile } from './testing/elsewhere.ts';
import { Fleet, type StartOptions, type TestNode, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

const COUNT = 60;
const STEP = 10;

/** Two nodes that hold the same files, `0` to `59`. */
async function holding(options: StartOptions = {}): Promise<[TestNode, TestNode]> {
  fleet = await Fleet.open();
  const [a, b] = [fleet.start('a', options), fleet.start('b')];
  await fleet.converged();
  for (let n = 0; n < COUNT; n++) writeFileSync(a.path(String(n)), `file ${n}`);
  await fleet.settled();
  return [a, b];
}

/** A few at a time, each few committed before the next. */
async function removeSlowly(node: TestNode, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    rmSync(node.path(String(n)));
    if (n % STEP === STEP - 1) await fleet.settled();
  }
}

async function askedAfter(node: TestNode, file: number): Promise<Question> {
  rmSync(node.path(String(file)));
  const { question } = await node.until((status) => status.question !== undefined && status.state === 'blocked');
  if (!question) throw new Error('the node asks');
  return question;
}

const filesNow = async (): Promise<number | undefined> => (await currentOf(fleet))?.files;

test('I9: what went slowly is asked about with its number, and comes back everywhere in one commit', async () => {
  const [a, b] = await holding();
  const before = await treeOf(b.root);
  await removeSlowly(a, 0, 30);
  expect(await filesNow()).toBe(30);
  const question = await askedAfter(a, 30);
  expect(question).toMatchObject({ count: 31, files: 60 });
  expect(question.sentence).toMatch(/31 of 60 files are gone .* 30 of them from the project too/);
  expect(question.examples).toContain('30');
  expect(question.examples).toHaveLength(6);
  const commits = await countCommits(fleet);
  expect(a.agent.answer(question.id, 'restore')).toBe('answered');
  await a.has('0', 'file 0');
  await fleet.settled();
  expect(await treeOf(a.root)).toEqual(before);
  expect(await treeOf(b.root)).toEqual(before);
  expect(await countCommits(fleet)).toBe(commits + 1);
  expect(a.status.question).toBe(undefined);
});

test('I9: allowed, what went stays away, and the next few need no answer', async () => {
  const [a, b] = await holding();
  await removeSlowly(a, 0, 30);
  const { id } = await askedAfter(a, 30);
  a.agent.answer(id, 'allow');
  await b.has('30', undefined);
  await removeSlowly(a, 31, 50);
  expect(await filesNow()).toBe(10);
});

test('I9: what others deleted or wrote meanwhile stays as they left it', async () => {
  const [a, b] = await holding();
  await removeSlowly(a, 0, 29);
  await fleet.settled();
  rmSync(b.path('59'));
  await fleet.settled();
  await commitElsewhere(fleet, await putFile(fleet, '0', 'theirs'), await putFile(fleet, '1/below', 'theirs'));
  await commitElsewhere(fleet, await putFile(fleet, '2', 'theirs'));
  await commitElsewhere(fleet, { kind: 'delete', path: fakePath('2') });
  await fleet.converged();
  for (let n = 29; n < 33; n++) rmSync(a.path(String(n)));
  const { id } = await askedAfter(a, 33);
  a.agent.answer(id, 'restore');
  await a.has('3', 'file 3');
  await fleet.settled();
  const tree = await treeOf(a.root);
  expect(await treeOf(b.root)).toEqual(tree);
  expect(Object.keys(tree)).not.toContain('59');
  expect(Object.keys(tree)).not.toContain('2');
  expect(Object.keys(tree)).toContain('1/below');
  await a.has('0', 'theirs');
  // 60 without 59, 1 and 2; with what is below 1.
  expect(await filesNow()).toBe(58);
});

test('I9: a restart between the deletions resets nothing', async () => {
  const [a, b] = await holding();
  const before = await treeOf(b.root);
  await removeSlowly(a, 0, 20);
  await a.agent.stop();
  const again = fleet.start('a');
  await fleet.converged();
  await removeSlowly(again, 20, 30);
  const { id, count } = await askedAfter(again, 30);
  expect(count).toBe(31);
  again.agent.answer(id, 'restore');
  await again.has('0', 'file 0');
  await fleet.settled();
  expect(await treeOf(b.root)).toEqual(before);
});

test('I9: a workspace that only sends gets them back too', async () => {
  const [a, b] = await holding({ mode: 'send' });
  const before = await treeOf(b.root);
  await removeSlowly(a, 0, 30);
  const { id } = await askedAfter(a, 30);
  a.agent.answer(id, 'restore');
  for (let n = 0; n <= 30; n++) await a.has(String(n), `file ${n}`);
  await fleet.settled();
  expect(await treeOf(a.root)).toEqual(before);
  expect(await treeOf(b.root)).toEqual(before);
});

test('I9: a directory that is deleted and built again, over and over, is no reason to ask', async () => {
  const [a] = await holding();
  for (let round = 0; round < 4; round++) {
    rmSync(a.path('dist'), { recursive: true, force: true });
    await fleet.settled();
    mkdirSync(a.path('dist'));
    for (let n = 0; n < 40; n++) writeFileSync(a.path(`dist/${n % 2 === 0 ? round : 'same'}-${n}`), `${round} ${n}`);
    await fleet.settled();
    expect(a.status.question).toBe(undefined);
  }
  expect(await filesNow()).toBe(100);
});

test('I9: an edit while the agent is away, and an hour without it, end no question about files that are gone', async () => {
  const [a] = await holding();
  await removeSlowly(a, 0, 30);
  for (let n = 30; n < 39; n++) rmSync(a.path(String(n)));
  const { count } = await askedAfter(a, 39);
  expect(count).toBeGreaterThan(30);
  const { question } = await a.until((status) => status.question?.count === 40);
  await a.agent.stop();
  writeFileSync(a.path('new'), 'an edit');
  const clock = vi.spyOn(systemClock, 'now').mockImplementation(() => Date.now() + 3_600_000);
  try {
    const again = fleet.start('a');
    const status = await again.until(({ state }) => state === 'in-sync' || state === 'blocked');
    expect(status.question?.id).toBe(question?.id);
    expect(await filesNow()).toBe(30);
    again.agent.answer(question?.id ?? '', 'restore');
    await again.has('0', 'file 0');
    await again.has('39', 'file 39');
  } finally {
    clock.mockRestore();
  }
});

test('I9: an answer that was given before a restart is about the same files after it, in however many directories', async () => {
  fleet = await Fleet.open();
  const a = fleet.start('a');
  await fleet.converged();
  for (let d = 0; d < 60; d++) {
    mkdirSync(a.path(`d${d}`));
    for (let n = 0; n < 20; n++) writeFileSync(a.path(`d${d}/${n}`), `${d} ${n}`);
  }
  await fleet.settled();
  for (let d = 0; d < 60; d++) for (let n = 0; n < 15; n++) rmSync(a.path(`d${d}/${n}`));
  await a.agent.rescan();
  const { question } = await a.until((status) => status.question?.count === 900 && status.state === 'blocked');
  await a.agent.stop();
  const again = fleet.start('a');
  const status = await again.until((now) => now.question !== undefined && now.state === 'blocked');
  expect(status.question?.id).toBe(question?.id);
  expect(again.agent.answer(question?.id ?? '', 'allow')).toBe('answered');
  await fleet.settled();
  expect(await filesNow()).toBe(300);
});
