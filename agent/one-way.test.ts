// Workspaces that only receive, and ones that only send.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { shaOf } from '../core/model/ids.ts';
import { currentOf } from './testing/elsewhere.ts';
import { Fleet, type TestNode, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

async function twoWayAnd(mode: 'receive' | 'send'): Promise<[TestNode, TestNode]> {
  fleet = await Fleet.open();
  const [a, b] = [fleet.start('a'), fleet.start('b', { mode })];
  await Promise.all([a, b].map((node) => node.until(({ state }) => state === 'in-sync')));
  return [a, b];
}

const headNow = () => currentOf(fleet);

test('a workspace that only receives takes what the project has, and says what was changed in it', async () => {
  const [a, b] = await twoWayAnd('receive');
  for (const name of ['one', 'two', 'three']) writeFileSync(a.path(name), name);
  await b.has('three', 'three');
  await fleet.settled();
  const head = await headNow();
  writeFileSync(b.path('one'), 'edited');
  rmSync(b.path('two'));
  writeFileSync(b.path('new'), 'new');
  mkdirSync(b.path('empty'));
  const { problems, question, state, mode } = await b.until(({ problem_count }) => problem_count === 4);
  expect(mode).toBe('receive');
  expect(state).toBe('in-sync');
  expect(problems.map(({ path, code }) => [path, code])).toEqual([
    ['empty', 'local-change'],
    ['new', 'local-change'],
    ['one', 'local-change'],
    ['two', 'local-change'],
  ]);
  expect(question).toMatchObject({ kind: 'local-changes', count: 4 });
  await b.agent.rescan();
  expect(await headNow()).toEqual(head);
  for (const text of ['edited', 'new']) {
    expect((await fleet.stores.objects.stat(shaOf(text))).kind).toBe('absent');
  }
  expect(readFileSync(b.path('one'), 'utf8')).toBe('edited');
});

test('I8: what was changed in it is not overwritten by the project, and comes back when a person says so', async () => {
  const [a, b] = await twoWayAnd('receive');
  writeFileSync(a.path('one'), 'one');
  await b.has('one', 'one');
  writeFileSync(b.path('one'), 'edited');
  writeFileSync(b.path('new'), 'new');
  await b.until(({ problem_count }) => problem_count === 2);
  writeFileSync(a.path('one'), 'a newer one');
  await b.until(({ pending_down }) => pending_down === 1);
  await b.agent.rescan();
  expect(readFileSync(b.path('one'), 'utf8')).toBe('edited');
  const { question } = b.status;
  expect(b.agent.answer(question?.id ?? '', 'allow')).toBe('not-offered');
  expect(b.agent.answer(question?.id ?? '', 'restore')).toBe('answered');
  await b.has('one', 'a newer one');
  await fleet.settled();
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
  await b.until(({ problem_count, state }) => problem_count === 0 && state === 'in-sync');
  const kept = readdirSync(b.path('.fs-sync/kept')).map((name) =>
    readFileSync(b.path(`.fs-sync/kept/${name}`), 'utf8'),
  );
  expect(kept.sort()).toEqual(['edited', 'new']);
  for (const name of readdirSync(b.path('.fs-sync/kept'))) expect(name).toMatch(/^[0-9a-f-]{36}-\w+/);
});

test('a workspace that only receives says what is kept in it and what waits, and never that it sends, however often that is tried', async () => {
  const [a, b] = await twoWayAnd('receive');
  const said = new Set<string>();
  let tried = '';
  let tries = 0;
  void b.until(({ state, sentence, pending_up, progress, last_try = '' }) => {
    if (tries > 0) said.add(`${state} ${sentence}`);
    if (/to the project/.test(sentence) || pending_up > 0 || (progress?.up.total ?? 0) > 0)
      said.add(`sends: ${sentence}`);
    if (state === 'held' && last_try > tried) {
      tried = last_try;
      tries++;
    }
    return false;
  });
  for (const name of ['one', 'two', 'three']) writeFileSync(a.path(name), name);
  await b.has('three', 'three');
  await fleet.settled();
  writeFileSync(b.path('one'), 'edited');
  rmSync(b.path('two'));
  writeFileSync(b.path('new'), 'new');
  await b.until(({ problem_count, state }) => problem_count === 3 && state === 'in-sync');
  for (const name of ['one', 'two', 'new']) writeFileSync(a.path(name), `a newer ${name}`);
  await b.until(({ state, pending_down }) => state === 'held' && pending_down === 3);
  await b.until(() => tries > 3);
  expect([...said]).toEqual([
    expect.stringMatching(/^held 3 paths of the project wait to come here\. \w+: It was changed here/),
  ]);
});

test('an answer that came while the agent was away holds for what it was about, and for nothing that came after', async () => {
  const [a, b] = await twoWayAnd('receive');
  for (const name of ['one', 'two']) writeFileSync(a.path(name), name);
  await b.has('two', 'two');
  for (const name of ['one', 'two']) writeFileSync(b.path(name), 'edited');
  const { question } = await b.until(({ problem_count }) => problem_count === 2);
  await b.agent.stop();
  const again = fleet.start('b', { mode: 'receive' });
  const asked = await again.until((status) => status.question?.count === 2 && status.state === 'in-sync');
  expect(asked.question).toMatchObject({ id: question?.id, since: question?.since });
  expect(again.agent.answer(question?.id ?? '', 'restore')).toBe('answered');
  for (const name of ['one', 'two']) await again.has(name, name);
  for (const name of ['one', 'two']) writeFileSync(again.path(name), 'edited once more');
  const later = await again.until((status) => status.question?.count === 2);
  expect(later.question?.id).not.toBe(question?.id);
  expect(readFileSync(again.path('one'), 'utf8')).toBe('edited once more');
});

test('a question that grew is another one', async () => {
  const [, b] = await twoWayAnd('receive');
  writeFileSync(b.path('one'), 'edited');
  const { question } = await b.until((status) => status.question?.count === 1);
  writeFileSync(b.path('two'), 'edited');
  await b.until((status) => status.question?.count === 2);
  expect(b.agent.answer(question?.id ?? '', 'restore')).toBe('not-asked');
  expect(b.status.question?.since).toBe(question?.since);
});

test('what is put back by hand in a workspace that only receives is no change any more', async () => {
  const [a, b] = await twoWayAnd('receive');
  writeFileSync(a.path('one'), 'one');
  await b.has('one', 'one');
  writeFileSync(b.path('new'), 'new');
  await b.until(({ problem_count }) => problem_count === 1);
  rmSync(b.path('new'));
  await b.until(({ problem_count, question }) => problem_count === 0 && question === undefined);
});

test('a workspace that only sends is not changed by the project, and its edits go on', async () => {
  const [a, b] = await twoWayAnd('send');
  writeFileSync(b.path('mine'), 'mine');
  await a.has('mine', 'mine');
  writeFileSync(a.path('theirs'), 'theirs');
  writeFileSync(a.path('mine'), 'changed by a');
  await a.until(({ pending_up, state }) => pending_up === 0 && state === 'in-sync');
  await b.agent.rescan();
  await b.until(({ sentence }) => sentence.includes('2 paths of the project are not brought here'));
  expect(readdirSync(b.root).sort()).toEqual(['.fs-sync', 'mine']);
  expect(readFileSync(b.path('mine'), 'utf8')).toBe('mine');
  writeFileSync(b.path('mine'), 'the last word');
  await a.has('mine', 'the last word');
  expect(readFileSync(a.path('theirs'), 'utf8')).toBe('theirs');
});

test('I9: files that were deleted in a workspace that only sends can be had back', async () => {
  const [a, b] = await twoWayAnd('send');
  for (let n = 0; n < 30; n++) writeFileSync(b.path(String(n)), `file ${n}`);
  await a.has('29', 'file 29');
  await b.until(({ state }) => state === 'in-sync');
  for (let n = 0; n < 30; n++) rmSync(b.path(String(n)));
  const { question } = await b.until((status) => status.question !== undefined);
  b.agent.answer(question?.id ?? '', 'restore');
  for (let n = 0; n < 30; n++) await b.has(String(n), `file ${n}`);
  expect((await headNow())?.files).toBe(30);
});

test('I9: files that were deleted in a workspace that only sends come back as they are now, where others changed them', async () => {
  const [a, b] = await twoWayAnd('send');
  for (let n = 0; n < 30; n++) writeFileSync(b.path(String(n)), `file ${n}`);
  await a.has('29', 'file 29');
  await fleet.settled();
  writeFileSync(a.path('7'), 'changed by a');
  rmSync(a.path('8'));
  writeFileSync(a.path('other'), 'not asked for');
  await a.agent.rescan();
  await b.until(({ sentence }) => sentence.includes('3 paths of the project are not brought here'));
  for (let n = 0; n < 30; n++) rmSync(b.path(String(n)));
  const { question } = await b.until((status) => status.question !== undefined);
  b.agent.answer(question?.id ?? '', 'restore');
  for (let n = 0; n < 30; n++) {
    if (n !== 8) await b.has(String(n), n === 7 ? 'changed by a' : `file ${n}`);
  }
  await b.until(({ question: open, pending_up }) => open === undefined && pending_up === 0);
  await b.agent.rescan();
  expect(readdirSync(b.root)).toHaveLength(30);
  expect((await headNow())?.files).toBe(30);
});

test('what was deleted in a workspace that only receives, and then in the project, is no change any more', async () => {
  const [a, b] = await twoWayAnd('receive');
  for (const name of ['one', 'two']) writeFileSync(a.path(name), name);
  await b.has('two', 'two');
  await fleet.settled();
  rmSync(b.path('one'));
  await b.until(({ question }) => question?.count === 1);
  rmSync(a.path('one'));
  const { state } = await b.until(({ problem_count, question }) => problem_count === 0 && question === undefined);
  expect(state).toBe('in-sync');
});
