// I9: who wants deleted files back gets them: those that are only in cold too, while others commit, and after a crash in the
// middle; and what cannot come back is said.
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { type Sha, shaOf } from '../core/model/ids.ts';
import { currentKey } from '../core/model/index-keys.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import type { RecallAnswer } from '../core/tier/recall.ts';
import { commitElsewhere, currentOf, putFile } from './testing/elsewhere.ts';
import { Fleet, PROJECT, type StartOptions, type TestNode } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

/** A node whose files `0` to `29` of 60 are deleted from the project, a few at a time, and `30` here. */
async function asking(options: StartOptions = {}): Promise<{ node: TestNode; id: string }> {
  const node = fleet.start('a', options);
  await fleet.converged();
  for (let n = 0; n < 60; n++) writeFileSync(node.path(String(n)), `file ${n}`);
  await fleet.settled();
  for (let n = 0; n < 30; n++) {
    rmSync(node.path(String(n)));
    if (n % 10 === 9) await fleet.settled();
  }
  return { node, id: await askedAfter30(node) };
}

async function askedAfter30(node: TestNode): Promise<string> {
  rmSync(node.path('30'), { force: true });
  const { question } = await node.until((status) => status.question !== undefined && status.state === 'blocked');
  return question?.id ?? '';
}

const shaOfFile = (n: number): Sha => shaOf(Buffer.from(`file ${n}`));

/** Hot without what was evicted, and a server that brings back some of it. */
async function evicting(isInCold: (sha: Sha) => boolean) {
  const evicted = new Set<Sha>();
  const all = memoryObjectStore();
  const hot: ObjectStore = {
    ...all,
    stat: async (sha) => (evicted.has(sha) ? { kind: 'absent' } : all.stat(sha)),
    get: (sha, options) => (evicted.has(sha) ? memoryObjectStore().get(sha) : all.get(sha, options)),
    put: (sha, size, body, options) =>
      evicted.has(sha) ? memoryObjectStore().put(sha, size, body, options) : all.put(sha, size, body, options),
  };
  const ask = async (sha: Sha): Promise<RecallAnswer> => {
    if (!isInCold(sha)) return { kind: 'absent' };
    evicted.delete(sha);
    return { kind: 'there' };
  };
  fleet = await Fleet.open({ stores: { objects: hot } });
  return { evicted, recall: { ask } };
}

test('I9: files whose bytes are only in cold come back too', async () => {
  const { evicted, recall } = await evicting(() => true);
  const { node, id } = await asking({ recall });
  for (let n = 0; n < 30; n++) evicted.add(shaOfFile(n));
  node.agent.answer(id, 'restore');
  for (let n = 0; n <= 30; n++) await node.has(String(n), `file ${n}`);
  expect(evicted.size).toBe(0);
  expect(node.status.problems).toEqual([]);
});

test('I9: files whose bytes no tier has are counted as not restored, with what to do; the others come back', async () => {
  const { evicted, recall } = await evicting((sha) => sha !== shaOfFile(3) && sha !== shaOfFile(4));
  const { node, id } = await asking({ recall });
  for (let n = 0; n < 10; n++) evicted.add(shaOfFile(n));
  node.agent.answer(id, 'restore');
  await node.has('0', 'file 0');
  await fleet.settled();
  expect(node.status.problems).toMatchObject([
    { code: 'not-restored', reason: expect.stringMatching(/^2 files did not come back, .*history.*copy/) },
  ]);
  expect((await currentOf(fleet))?.files).toBe(58);
  const [said] = node.status.problems;
  await node.agent.stop();
  const again = fleet.start('a', { recall });
  await again.until(({ state, problems }) => state === 'in-sync' && problems.length === 1);
  expect(again.status.problems).toEqual([said]);
  writeFileSync(again.path('3'), 'from a copy');
  writeFileSync(again.path('4'), 'from a copy');
  await again.until(({ state, problem_count }) => state === 'in-sync' && problem_count === 0);
});

test('I4, I9: in a project in which others never stop to commit the files come back, and theirs stay', async () => {
  fleet = await Fleet.open();
  let isBusy = false;
  let rounds = 0;
  const { objects } = fleet.stores;
  const busy: ObjectStore = {
    ...objects,
    put: async (sha, size, body, options) => {
      if (isBusy && typeof body === 'function') {
        rounds++;
        await commitElsewhere(fleet, await putFile(fleet, rounds === 5 ? '1' : 'busy', `${rounds}`));
      }
      return objects.put(sha, size, body, options);
    },
  };
  const { node, id } = await asking({ stores: { objects: busy } });
  isBusy = true;
  node.agent.answer(id, 'restore');
  await node.has('0', 'file 0');
  expect(rounds).toBe(30);
  isBusy = false;
  await fleet.settled();
  await node.has('1', '5');
  expect((await currentOf(fleet))?.files).toBe(61);
});

test('I9: a workspace that only sends gets them also when it was cut off right after its commit', async () => {
  fleet = await Fleet.open();
  let cutOff: (() => void) | undefined;
  const { index } = fleet.stores;
  const breaking: typeof index = {
    ...index,
    compareAndSet: async (key, value, revision) => {
      const outcome = await index.compareAndSet(key, value, revision);
      if (!cutOff || key !== currentKey(PROJECT)) return outcome;
      cutOff();
      throw new StoreUnavailableError('hot', 'the node is cut off');
    },
  };
  const { node, id } = await asking({ mode: 'send', stores: { index: breaking } });
  const stopped = new Promise<void>((resolve) => {
    cutOff = () => resolve(node.agent.stop());
  });
  node.agent.answer(id, 'restore');
  await stopped;
  expect((await currentOf(fleet))?.files).toBe(60);
  const again = fleet.start('a', { mode: 'send' });
  const asked = await again.until((status) => status.question !== undefined && status.state === 'blocked');
  expect(asked.question?.id).toBe(id);
  again.agent.answer(id, 'restore');
  for (let n = 0; n <= 30; n++) await again.has(String(n), `file ${n}`);
});
