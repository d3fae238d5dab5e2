import { expect, test } from 'vitest';
import { type DeleteThreshold, UNASKED } from '../../core/model/delete-threshold.ts';
import { fakeSha } from '../../core/model/ids.ts';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { DeletionGuard, type GuardIo } from './deletion-guard.ts';
import { DAY_MS, WINDOW_MS } from './deletion-window.ts';

const some = (dir: string, count = 60) => Array.from({ length: count }, (_, n) => fakePath(`${dir}/${n}`));

/** A guard of a workspace of so many files, time that passes by hand, and what its agent does. */
function guards(files = 100) {
  const meta = new Map<string, string>();
  const answers = new Map<string, 'allow' | 'restore'>();
  const times = { now: Date.UTC(2026, 0, 1) };
  let held = files;
  let own = 0;
  let base = 'base';
  let threshold: DeleteThreshold = { files: 20, files_a_day: 100, share: 0.5 };
  const io: GuardIo = {
    clock: { now: () => times.now, sleep: async () => {} },
    state: {
      meta: (key) => meta.get(key),
      setMeta: (key, value) => void meta.set(key, value),
      get base() {
        return { commitSha: fakeSha(base), manifestSha: fakeSha('tree'), revision: 1 };
      },
      ahead: undefined,
      get ownFiles() {
        return own;
      },
      rows: {
        get totals() {
          return { files: held, bytes: 0 };
        },
      },
    },
    get threshold() {
      return threshold;
    },
    answerTo: (id) => answers.get(id),
  };
  let guard = new DeletionGuard(io);
  return {
    answers,
    /** As after a change of the setting, by which the workspace is opened again. */
    allows: (more: DeleteThreshold) => {
      threshold = more;
      guard = new DeletionGuard(io);
    },
    pass: (ms: number) => {
      times.now += ms;
    },
    /** The commit that the workspace matches from now on. */
    baseAt: (name: string) => {
      base = name;
    },
    restart: () => {
      guard = new DeletionGuard(io);
    },
    judge: (lost: readonly RelPath[], isAll = true) => guard.judge(lost, isAll),
    question: () => guard.question,
    /** As a commit of these deletions does. @param left  of what was judged with them */
    commit(lost: readonly RelPath[], left: readonly RelPath[] = []): void {
      guard.committing(lost);
      held -= lost.length;
      own -= lost.length;
      guard.committed(lost, left);
    },
    /** A commit of them that came to nothing. */
    commitInVain: (lost: readonly RelPath[]) => guard.committing(lost)(),
    come(count: number): void {
      guard.committing([]);
      held += count;
      own += count;
    },
    othersAdd(count: number): void {
      held += count;
    },
    othersDelete(count: number): void {
      held -= count;
    },
    restored: () => guard.restored(),
    atRest: () => guard.atRest(),
    /** Deletes one by one, so many ms apart. @returns how many went before it was asked; undefined: nobody was */
    deleteSlowly(lost: readonly RelPath[], everyMs: number): number | undefined {
      for (const [n, path] of lost.entries()) {
        times.now += everyMs;
        if (guard.judge([path], true).kind === 'ask') return n;
        this.commit([path]);
      }
      return undefined;
    },
  };
}

function asked(verdict: ReturnType<DeletionGuard['judge']>) {
  if (verdict.kind !== 'ask') throw new Error(`it was asked nothing: ${verdict.kind}`);
  return verdict.question;
}

test('I9: an answer about some files says nothing about others, however many', () => {
  const { judge, answers } = guards();
  answers.set(asked(judge(some('cache'))).id, 'allow');
  expect(judge(some('photos')).kind).toBe('ask');
});

test('I9: an answer holds for what is left of the files that it was about', () => {
  const { judge, answers, commit } = guards();
  answers.set(asked(judge(some('cache'))).id, 'allow');
  expect(judge(some('cache')).kind).toBe('go');
  commit(some('cache').slice(0, 20), some('cache').slice(20));
  expect(judge(some('cache').slice(20)).kind).toBe('go');
  expect(judge([...some('cache').slice(20), ...some('photos', 20)]).kind).toBe('ask');
});

test('I9: after a start the question is the same one for the very same files only', () => {
  const { judge, restart, answers } = guards();
  const { id } = asked(judge(some('cache')));
  restart();
  expect(asked(judge(some('cache').reverse())).id).toBe(id);
  answers.set(id, 'allow');
  restart();
  expect(judge(some('photos')).kind).toBe('ask');
});

test('I9: who wants files back while more go wants those back too', () => {
  const { judge, answers } = guards();
  answers.set(asked(judge(some('cache'))).id, 'restore');
  expect(judge([...some('cache'), ...some('photos', 20)]).kind).toBe('restore');
  expect(judge(some('photos')).kind).toBe('ask');
});

test('I9: deletions one by one, 1% a second, are asked about when more than half would be gone, with what went named', () => {
  const slow = guards();
  expect(slow.deleteSlowly(some('a', 100), 1_000)).toBe(50);
  expect(slow.question()).toMatchObject({
    count: 51,
    already: 50,
    files: 100,
    examples: ['a/50', 'a/0', 'a/1', 'a/2', 'a/3', 'a/4'],
    sentence: expect.stringMatching(
      /51 of 100 files are gone .* 10 minutes, and 50 of them from the project too.*allow.*restored/,
    ),
  });
});

test('I9: a restart in the middle of it forgets nothing, and the question waits for its answer as long as it takes', () => {
  const slow = guards();
  expect(slow.deleteSlowly(some('a', 40), 1_000)).toBe(undefined);
  slow.restart();
  expect(slow.deleteSlowly(some('b', 40), 1_000)).toBe(10);
  const id = slow.question()?.id ?? '';
  slow.pass(10 * WINDOW_MS);
  slow.restart();
  expect(asked(slow.judge(some('b', 11).slice(10)))).toMatchObject({ id, count: 51 });
  slow.answers.set(id, 'restore');
  expect(slow.judge(some('b', 11).slice(10))).toEqual({ kind: 'restore', after: [fakeSha('base')] });
});

test('I9: an edit that is found before the files that are gone ends no question, however long nobody was there', () => {
  const slow = guards();
  expect(slow.deleteSlowly(some('a', 60), 1_000)).toBe(50);
  const id = slow.question()?.id;
  slow.restart();
  slow.pass(2 * WINDOW_MS);
  expect(slow.judge([], false).kind).toBe('go');
  expect(slow.judge(some('a', 60).slice(50, 51), false).kind).toBe('ask');
  expect(slow.question()?.id).toBe(id);
  slow.atRest();
  expect(slow.question()).toBe(undefined);
});

test('I9: of what is asked about nothing goes while it is not known how much is gone', () => {
  const { judge, restart, question } = guards();
  const { id } = asked(judge(some('cache')));
  restart();
  expect(judge(some('cache', 5), false).kind).toBe('ask');
  expect(question()?.id).toBe(id);
  expect(judge(some('cache', 5), true).kind).toBe('go');
  expect(question()).toBe(undefined);
});

test('I9: an answer holds for what was not committed yet when the agent starts again', () => {
  const { judge, restart, answers, commit } = guards();
  answers.set(asked(judge(some('cache'))).id, 'allow');
  expect(judge(some('cache')).kind).toBe('go');
  commit(some('cache').slice(0, 5), some('cache').slice(5));
  restart();
  expect(judge(some('cache').slice(5)).kind).toBe('go');
});

test('I9: what a person let go, or has back, counts against nothing later', () => {
  const slow = guards();
  slow.deleteSlowly(some('a'), 1_000);
  slow.answers.set(slow.question()?.id ?? '', 'allow');
  const [last = fakePath('none')] = some('a').slice(50);
  expect(slow.judge([last]).kind).toBe('go');
  slow.commit([last]);
  expect(slow.deleteSlowly(some('b', 24), 1_000)).toBe(undefined);
  expect(slow.deleteSlowly(some('c'), 1_000)).toBe(0);
  slow.restored();
  slow.come(24);
  expect(slow.deleteSlowly(some('d', 24), 1_000)).toBe(undefined);
});

test('I9: who deletes a hundred files by hand in hours, or less than half of many, is never asked', () => {
  const steady = guards(100);
  expect(steady.deleteSlowly(some('a', 100), WINDOW_MS / 20)).toBe(undefined);
  const large = guards(10_000);
  expect(large.deleteSlowly(some('a', 4_000), 2_000)).toBe(undefined);
});

test('I9: a workspace that is emptied in hours is asked about when half of what it held a day ago is gone', () => {
  const slow = guards(1_000);
  const files = some('a', 1_000);
  expect(slow.deleteSlowly(files.slice(0, 300), WINDOW_MS / 12)).toBe(undefined);
  slow.restart();
  expect(slow.deleteSlowly(files.slice(300), WINDOW_MS / 12)).toBe(200);
  expect(slow.question()).toMatchObject({
    count: 501,
    files: 1_000,
    examples: expect.arrayContaining(['a/500', 'a/0', 'a/1']),
    sentence: expect.stringMatching(
      /501 of 1000 files are gone .* within a day, and 500 of them from the project too.*allow.*restored/,
    ),
  });
  const id = slow.question()?.id ?? '';
  slow.pass(2 * DAY_MS);
  expect(asked(slow.judge(files.slice(500, 501))).id).toBe(id);
  slow.answers.set(id, 'allow');
  expect(slow.judge(files.slice(500, 501)).kind).toBe('go');
  slow.commit(files.slice(500, 501));
  expect(slow.deleteSlowly(files.slice(501, 600), WINDOW_MS / 12)).toBe(undefined);
});

test('I9: however slowly a workspace is emptied, within days too, somebody is asked while it still holds files', () => {
  const slow = guards(5_000);
  const went = slow.deleteSlowly(some('a', 5_000), (4 * DAY_MS) / 5_000);
  expect(went).toBeGreaterThan(2_500);
  expect(went).toBeLessThan(4_000);
});

test('I9: of a question about ten minutes what went hours before is no part', () => {
  const slow = guards(300);
  slow.baseAt('morning');
  slow.deleteSlowly(some('tidied', 90), WINDOW_MS / 20);
  slow.pass(2 * WINDOW_MS);
  slow.baseAt('evening');
  expect(slow.deleteSlowly(some('cleaned', 210), 1_000)).toBe(60);
  // The morning's count within the day, and so does its commit.
  expect(slow.question()).toMatchObject({ count: 151, files: 300 });
  const fast = guards(1_000);
  fast.baseAt('morning');
  fast.deleteSlowly(some('tidied', 90), WINDOW_MS / 20);
  fast.pass(2 * WINDOW_MS);
  fast.baseAt('evening');
  fast.commit(some('more', 10));
  const { id, count, examples } = asked(fast.judge(some('cleaned', 600)));
  expect([count, examples.filter((path) => path.startsWith('tidied'))]).toEqual([610, []]);
  fast.answers.set(id, 'restore');
  expect(fast.judge(some('cleaned', 600))).toEqual({ kind: 'restore', after: [fakeSha('evening')] });
});

test('I9: what a job makes and removes again, day after day, is no loss of what was there before', () => {
  const nightly = guards(200);
  for (let day = 0; day < 5; day++) {
    nightly.come(2_000);
    nightly.pass(DAY_MS / 4);
    expect(nightly.deleteSlowly(some(`day-${day}`, 2_000), DAY_MS / 8_000)).toBe(undefined);
    nightly.pass(DAY_MS / 2);
  }
});

test('I9: what is deleted and made anew is not lost, under the same names or others, how often ever', () => {
  const building = guards();
  for (let n = 0; n < 50; n++) {
    const dist = some(`dist-${n % 2}`, 45);
    expect(building.judge(dist).kind).toBe('go');
    building.commit(dist);
    building.pass(5_000);
    building.come(45);
  }
  expect(building.judge(some('src', 51)).kind).toBe('ask');
});

test('I9: a commit that came to nothing is not counted, and one that a crash cut off is no more than what is gone', () => {
  const failing = guards();
  for (let n = 0; n < 10; n++) failing.commitInVain(some('a', 40));
  failing.othersDelete(60);
  expect(failing.judge(some('b', 15)).kind).toBe('go');
  const crashing = guards();
  expect(crashing.judge(some('a', 40)).kind).toBe('go');
  crashing.commit(some('a', 40));
  crashing.come(40);
  crashing.restart();
  expect(crashing.judge(some('a', 40)).kind).toBe('go');
});

test('I9: files that others add while a workspace is emptied stand for none that went, nor after a restart', () => {
  const slow = guards(60);
  const files = some('a', 60);
  for (let n = 0; n < 20; n++) {
    slow.othersAdd(1);
    expect(slow.deleteSlowly(files.slice(n, n + 1), 250)).toBe(undefined);
  }
  slow.restart();
  slow.othersAdd(16);
  expect(slow.deleteSlowly(files.slice(20), 250)).toBeLessThan(30);
  expect(slow.question()).toMatchObject({ examples: expect.arrayContaining(['a/0']) });
});

test.each([0, 10_000])(
  'I9: within a day what came from the project counts as held, also when the first own commit met %i files',
  (first) => {
    const joined = guards(first);
    joined.come(1);
    joined.othersAdd(10_000 - first);
    joined.pass(DAY_MS / 12);
    const went = joined.deleteSlowly(some('a', 10_000), 8_000);
    expect(went).toBeGreaterThan(4_900);
    expect(went).toBeLessThan(5_100);
  },
);

test('I9: what is made anew here stands for what went while others add files, too', () => {
  const building = guards();
  for (let n = 0; n < 20; n++) {
    const dist = some(`dist-${n % 2}`, 45);
    expect(building.judge(dist).kind).toBe('go');
    building.commit(dist);
    building.othersAdd(2);
    building.pass(5_000);
    building.come(45);
  }
});

test('I9: what others delete does not count as gone from here', () => {
  const { commit, othersDelete, judge } = guards();
  commit(some('a', 15));
  othersDelete(60);
  expect(judge(some('b', 5)).kind).toBe('go');
  expect(judge(some('b', 24)).kind).toBe('ask');
});

test('I9: a clock that was far ahead keeps nothing in mind for ever', () => {
  const { commit, pass, restart, judge, come } = guards();
  commit(some('a', 40));
  come(20);
  pass(-400 * 24 * 3_600_000);
  restart();
  pass(WINDOW_MS);
  expect(judge(some('b', 35)).kind).toBe('go');
});

test('I9: a question ends by itself when more may go than it is about, and not while the look is not over', () => {
  for (const more of [
    { files: 60, files_a_day: 60, share: 0.5 },
    { files: 20, files_a_day: 100, share: 0.6 },
    UNASKED,
  ] as const) {
    const { judge, allows, question, commit } = guards();
    asked(judge(some('cache')));
    allows(more);
    expect(question()?.count).toBe(60);
    expect(judge(some('cache'), false).kind).toBe('ask');
    expect(judge(some('cache')).kind).toBe('go');
    expect(question()).toBe(undefined);
    commit(some('cache'));
  }
});

test('I9: a lower threshold asks about what the day before it took, too', () => {
  const { judge, allows, commit } = guards(1_000);
  commit(some('a', 15));
  expect(judge(some('b', 5)).kind).toBe('go');
  allows({ files: 10, files_a_day: 18, share: 0 });
  expect(asked(judge(some('b', 5)))).toMatchObject({ count: 20, already: 15 });
  allows({ files: 0, files_a_day: 0, share: 0 });
  expect(asked(judge(some('b', 1))).count).toBe(16);
});

test('I9: the files of a day have a bound of their own', () => {
  const slow = guards();
  slow.allows({ files: 20, files_a_day: 40, share: 0.3 });
  expect(slow.deleteSlowly(some('a', 60), WINDOW_MS / 10)).toBe(40);
});

test('I9: who wants no question is asked none, however much goes', () => {
  const all = guards();
  all.allows(UNASKED);
  expect(all.judge(some('all', 100)).kind).toBe('go');
  expect(all.deleteSlowly(some('all', 100), 1)).toBe(undefined);
});
