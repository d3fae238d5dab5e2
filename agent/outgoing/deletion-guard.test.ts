import { expect, test } from 'vitest';
import { systemClock } from '../../core/model/clock.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { DeletionGuard, type GuardIo } from './deletion-guard.ts';

const some = (dir: string, count = 60) => Array.from({ length: count }, (_, n) => fakePath(`${dir}/${n}`));

/** A guard of a workspace of 100 files, and one after a restart of it. */
function guards() {
  const meta = new Map<string, string>();
  const answers = new Map<string, 'allow' | 'restore'>();
  const io: GuardIo = {
    clock: systemClock,
    state: {
      meta: (key) => meta.get(key),
      setMeta: (key, value) => void meta.set(key, value),
      rows: { totals: { files: 100, bytes: 0 } },
    },
    threshold: { files: 20, share: 0.5 },
    answerTo: (id) => answers.get(id),
  };
  return { answers, guard: new DeletionGuard(io), again: () => new DeletionGuard(io) };
}

function ask(guard: DeletionGuard, lost: ReturnType<typeof some>): string {
  const verdict = guard.judge(lost);
  if (verdict.kind !== 'ask') throw new Error(`it was asked nothing: ${verdict.kind}`);
  return verdict.question.id;
}

test('I9: an answer about some files says nothing about others, however many', () => {
  const { guard, answers } = guards();
  answers.set(ask(guard, some('cache')), 'allow');
  expect(guard.judge(some('photos')).kind).toBe('ask');
});

test('I9: an answer holds for what is left of the files that it was about', () => {
  const { guard, answers } = guards();
  answers.set(ask(guard, some('cache')), 'allow');
  expect(guard.judge(some('cache')).kind).toBe('go');
  guard.committed(20, 40);
  expect(guard.judge(some('cache').slice(20)).kind).toBe('go');
  expect(guard.judge([...some('cache').slice(20), ...some('photos', 20)]).kind).toBe('ask');
});

test('I9: after a start the question is the same one for the very same files only', () => {
  const { guard, again, answers } = guards();
  const id = ask(guard, some('cache'));
  expect(ask(again(), some('cache').reverse())).toBe(id);
  answers.set(id, 'allow');
  expect(again().judge(some('photos')).kind).toBe('ask');
});
