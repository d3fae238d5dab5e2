import { expect, test } from 'vitest';
import { fakeSha, type Sha } from '../../core/model/ids.ts';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import type { RecallAnswer } from '../../core/tier/recall.ts';
import { FromCold } from './from-cold.ts';

type Say = (sha: Sha) => RecallAnswer | Error;

const noServer = (): Error => new StoreUnavailableError('cold', 'no server');

/** Paths that wait for cold, a server that says what it is told to, and time that passes by hand. */
function waiting(count: number, first: Say) {
  const told = { say: first, now: 0 };
  const asked: Sha[] = [];
  const came: RelPath[] = [];
  const failed = new Map<RelPath, string>();
  const troubled = new Set<RelPath>();
  /** when it was said that they are asked for again */
  const due = new Map<RelPath, number>();
  const unwanted = new Set<RelPath>();
  const cold = new FromCold({
    clock: { now: () => told.now },
    signal: new AbortController().signal,
    recall: {
      async ask(sha) {
        asked.push(sha);
        const said = told.say(sha);
        if (said instanceof Error) throw said;
        return said;
      },
    },
    isWanted: (path) => !unwanted.has(path),
    mayCome: (paths) => void came.push(...paths),
    failed: (path, error) => void failed.set(path, error.name),
    cannot(path, _error, retryInMs) {
      troubled.add(path);
      due.set(path, told.now + retryInMs);
    },
    can: (path) => void troubled.delete(path),
    wake: () => {},
  });
  for (let n = 0; n < count; n++) cold.add(fakePath(`f${n}`), fakeSha(`f${n}`));
  return {
    told,
    asked,
    came,
    failed,
    troubled,
    due,
    unwanted,
    cold,
    /** A step, and what it asks is answered. @returns how many were asked for, and when there is more to do */
    async step(): Promise<[number, number | undefined]> {
      const before = asked.length;
      const nextMs = await cold.step();
      await new Promise((resolve) => setImmediate(resolve));
      return [asked.length - before, nextMs];
    },
  };
}

test('what is long on its way is asked for in turn with the others, and none before its time', async () => {
  const { told, came, step, cold } = waiting(100, () => ({ kind: 'waiting' }));
  expect(await step()).toEqual([64, undefined]);
  expect((await step())[0]).toBe(36);
  expect(await step()).toEqual([0, 1_000]);
  told.say = (sha) => (sha === fakeSha('f7') ? { kind: 'there' } : { kind: 'waiting' });
  told.now = 1_000;
  expect((await step())[0]).toBe(64);
  expect(came).toEqual(['f7']);
  expect([cold.size, cold.has(fakePath('f7'))]).toEqual([99, false]);
});

test('one question that finds no server is enough for all: after a rest one tries, ever less often, and then all go on', async () => {
  const { told, came, troubled, step, cold } = waiting(200, noServer);
  expect((await step())[0]).toBe(64);
  expect(troubled.size).toBe(200);
  for (const restMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    expect(await step()).toEqual([0, restMs]);
    told.now += restMs;
    expect((await step())[0]).toBe(1);
  }
  cold.add(fakePath('late'), fakeSha('late'));
  expect(troubled.has(fakePath('late'))).toBe(true);
  told.now += 60_000;
  told.say = () => ({ kind: 'there' });
  expect((await step())[0]).toBe(1);
  expect(troubled.size).toBe(0);
  for (let n = 0; n < 4; n++) await step();
  expect([came.length, cold.size]).toEqual([201, 0]);
});

test('one that cannot be brought back does not keep the others away for good', async () => {
  const say: Say = (sha) => (sha === fakeSha('f0') ? { kind: 'failed', reason: 'torn' } : { kind: 'there' });
  const { told, came, step, cold } = waiting(3, (sha) => (told.now === 0 ? noServer() : say(sha)));
  await step();
  for (let n = 0; n < 6; n++) {
    told.now += 60_000;
    await step();
  }
  expect(came.sort()).toEqual(['f1', 'f2']);
  expect(cold.has(fakePath('f0'))).toBe(true);
});

test('paths of the same bytes share a question, what nobody wants any more is not asked for, and what cold lacks is told', async () => {
  const { failed, unwanted, step, cold, told } = waiting(3, () => ({ kind: 'absent' }));
  cold.add(fakePath('copy'), fakeSha('f1'));
  unwanted.add(fakePath('f0'));
  cold.drop(fakePath('f2'));
  expect((await step())[0]).toBe(1);
  expect([...failed]).toEqual([
    ['f1', 'ObjectAbsentError'],
    ['copy', 'ObjectAbsentError'],
  ]);
  expect(cold.size).toBe(0);
  told.say = () => new TypeError('a bug');
  cold.add(fakePath('f2'), fakeSha('f2'));
  await step();
  await expect(cold.step()).rejects.toThrow('a bug');
});

test('one that can never be had rests alone, ever longer, while all others come without a rest of theirs', async () => {
  const say: Say = (sha) => (sha === fakeSha('f0') ? { kind: 'failed', reason: 'no such key' } : { kind: 'there' });
  const { told, came, troubled, step, cold, asked } = waiting(1, say);
  // The first failure may be everyone's.
  await step();
  told.now += 5_000;
  const triedAt: number[] = [];
  for (let n = 1; n <= 300; n++) {
    cold.add(fakePath(`f${n}`), fakeSha(`f${n}`));
    const before = asked.filter((sha) => sha === fakeSha('f0')).length;
    await step();
    await step();
    if (asked.filter((sha) => sha === fakeSha('f0')).length > before) triedAt.push(told.now / 1_000);
    if (n > 1) expect([came.at(-1), cold.size]).toEqual([`f${n}`, 1]);
    told.now += 1_000;
  }
  expect([...troubled]).toEqual(['f0']);
  expect(triedAt.map((at, n) => at - (triedAt[n - 1] ?? 0))).toEqual([5, 10, 20, 40, 60, 60, 60]);
});

test('paths of one that failed alone are told of it, and a person’s retry asks for it at once', async () => {
  const say: Say = (sha) => (sha === fakeSha('f0') ? { kind: 'failed', reason: 'no such key' } : { kind: 'there' });
  const { told, came, troubled, step, cold } = waiting(3, say);
  await step();
  await step();
  cold.add(fakePath('copy'), fakeSha('f0'));
  cold.add(fakePath('other'), fakeSha('other'));
  expect([...troubled].sort()).toEqual(['copy', 'f0']);
  told.say = () => ({ kind: 'there' });
  cold.retryNow();
  await step();
  expect(came.sort()).toEqual(['copy', 'f0', 'f1', 'f2', 'other']);
  expect([cold.size, troubled.size]).toEqual([0, 0]);
});

test('what cannot be had says when it is asked for, alone or with all, also where it begins to wait meanwhile', async () => {
  const { told, asked, due, step, cold } = waiting(2, noServer);
  await step();
  told.now += 2_000;
  cold.add(fakePath('late'), fakeSha('late'));
  expect(await step()).toEqual([0, 3_000]);
  expect([...due]).toEqual(['f0', 'f1', 'late'].map((path) => [path, 5_000]));
  told.now = 5_000;
  told.say = (sha) => (sha === fakeSha('f0') ? { kind: 'failed', reason: 'torn' } : { kind: 'waiting' });
  for (let n = 0; n < 3; n++) await step();
  cold.add(fakePath('same'), fakeSha('f0'));
  const at = due.get(fakePath('f0')) ?? 0;
  expect(at).toBeGreaterThan(told.now);
  expect(due.get(fakePath('same'))).toBe(at);
  const timesAsked = () => asked.filter((sha) => sha === fakeSha('f0')).length;
  const before = timesAsked();
  told.now = at - 1;
  await step();
  expect(timesAsked()).toBe(before);
  told.now = at;
  await step();
  expect(timesAsked()).toBe(before + 1);
});
