// What only cold has comes by a server. While none can bring it, that is the trouble of the paths that lack it: what hot has
// comes, deletions are made, and history, which never leaves hot, is read without asking anybody.
import { afterEach, expect, test } from 'vitest';
import { readCommit } from '../../core/commit/chain.ts';
import { parseSha, type Sha, shaOf } from '../../core/model/ids.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import type { RecallAnswer } from '../../core/tier/recall.ts';
import { nameTrouble } from '../state/name-trouble.ts';
import { FakeWorkspace } from './workspace.fakes.ts';

let w: FakeWorkspace;
let asked: Sha[];
afterEach(() => w.close());

/** What a server says, if one runs. */
let answer: (sha: Sha) => Promise<RecallAnswer>;
const noServer = async (): Promise<RecallAnswer> => {
  throw new StoreUnavailableError('cold', 'no server that reads it answers: start one');
};
const recall = {
  ask(sha: Sha) {
    asked.push(sha);
    return answer(sha);
  },
};

async function opened(): Promise<void> {
  [asked, answer] = [[], noServer];
  w = await FakeWorkspace.open({ recall });
}

/** They are evicted before the workspace hears of them. */
async function commitEvicted(contents: Readonly<Record<string, string>>, others: Record<string, string | undefined>) {
  await w.close();
  await w.commit({ ...contents, ...others });
  for (const content of Object.values(contents)) await w.io.objects.delete(shaOf(content));
  w = w.begunAgain({ recall });
}

test('many files that only cold has hold up neither one that hot has nor a deletion; they come when a server can', async () => {
  await opened();
  await w.commit({ gone: 'x' });
  await w.inSync();
  const cold = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}`, `old ${n}`]));
  await commitEvicted(cold, { zzz: 'hot', gone: undefined });
  await w.until(() => w.tree().zzz === 'hot' && w.tree().gone === undefined && w.status.problem_count === 300);
  expect(w.status.problems[0]?.reason).toBe(
    `Its bytes (${shaOf('old 0').slice(0, 12)}) are only in cold, which a server has to bring back, and cannot be had now: ` +
      'no server that reads it answers: start one.',
  );
  const tries = w.status.problems.map(({ since, next_try = '' }) => next_try > since);
  expect([tries.length, tries.includes(false)]).toEqual([100, false]);
  await w.until(({ state }) => state === 'held');
  answer = async (sha) => {
    const [, content = ''] = Object.entries(cold).find(([, one]) => shaOf(one) === sha) ?? [];
    await w.io.objects.put(sha, content.length, Buffer.from(content));
    return { kind: 'there' };
  };
  await w.inSync();
  expect(w.tree()).toEqual({ ...cold, zzz: 'hot' });
  expect(w.status.problem_count).toBe(0);
});

test('many files that a server is long at keep no place from what hot has, and come by themselves', async () => {
  await opened();
  answer = async () => ({ kind: 'waiting' });
  const cold = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}`, `old ${n}`]));
  await commitEvicted(cold, { zzz: 'hot' });
  await w.until(() => w.tree().zzz === 'hot');
  expect(w.status.problem_count).toBe(0);
  answer = async (sha) => {
    const [, content = ''] = Object.entries(cold).find(([, one]) => shaOf(one) === sha) ?? [];
    await w.io.objects.put(sha, content.length, Buffer.from(content));
    return { kind: 'there' };
  };
  await w.inSync();
  expect(w.tree()).toEqual({ ...cold, zzz: 'hot' });
});

test('what no tier has, and what is damaged in cold, are told as that', async () => {
  await opened();
  answer = async (sha) => (sha === shaOf('lost') ? { kind: 'absent' } : { kind: 'corrupt', detail: 'it is cut' });
  await commitEvicted({ lost: 'lost', torn: 'torn' }, { zzz: 'hot' });
  await w.until(() => w.tree().zzz === 'hot' && w.status.problem_count === 2);
  expect(w.status.problems.map(({ code, reason }) => [code, reason])).toEqual([
    [
      'object-missing',
      `Its bytes (${shaOf('lost').slice(0, 12)}) are in no tier: repair the project, or save the file again on a node that has it.`,
    ],
    ['object-corrupt', `object ${shaOf('torn').slice(0, 12)} in cold is not intact: it is cut: repair the project.`],
  ]);
});

test('I12: a hole in the chain of commits is a hole also while no server runs', async () => {
  await opened();
  await w.close();
  await w.commit({ one: '1' });
  await w.commit({ two: '2' });
  const [hole] = (await readCommit(w.io.objects, parseSha(w.head ?? ''))).parents;
  if (!hole) throw new Error('it was made on another commit');
  await w.io.objects.delete(hole);
  w = await w.again({ recall });
  await w.inSync();
  expect(w.tree()).toEqual({ one: '1', two: '2' });
  expect(asked).toEqual([]);
});

test('a tier that does not answer is told by its name', () => {
  expect(nameTrouble(new StoreUnavailableError('hot', 'timed out'))?.what).toBe('NATS does not answer: timed out.');
  expect(nameTrouble(new StoreUnavailableError('cold', 'no server that reads it answers: start one'))?.what).toBe(
    'Cold storage does not answer: no server that reads it answers: start one.',
  );
});

test('a server that says that hot has again what hot does not give is asked ever less often, and it comes when it is there', async () => {
  await opened();
  const askedAt: number[] = [];
  let isEnough = () => {};
  const enough = new Promise<void>((resolve) => {
    isEnough = resolve;
  });
  answer = async (sha) => {
    if (askedAt.push(w.io.clock.now()) === 6) {
      await w.io.objects.put(sha, 3, Buffer.from('old'));
      isEnough();
    }
    return { kind: 'there' };
  };
  await commitEvicted({ f: 'old' }, {});
  await enough;
  await w.inSync();
  expect(w.tree()).toEqual({ f: 'old' });
  const pauses = askedAt.slice(1).map((at, n) => at - (askedAt[n] ?? 0));
  expect(pauses.every((ms, n) => ms >= Math.min(60_000, 5_000 * 2 ** n))).toBe(true);
  expect(askedAt.length).toBe(6);
});
