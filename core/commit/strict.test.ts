// Commits of a project whose policy is `durability: strict`: `current` moves when cold has proven what they bring.
import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { parseRelPath } from '../model/rel-path.ts';
import { ObjectAbsentError, StoreUnavailableError } from '../store/store-errors.ts';
import { ACTOR, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import type { BroughtObject, ColdProofs, ProofAnswer } from './cold-proofs.ts';
import { type CommitIo, commit } from './commit.ts';
import { readCurrent } from './current.ts';
import { changePolicy } from './policy.ts';

async function strictProject(answer: (objects: readonly BroughtObject[]) => Promise<ProofAnswer>) {
  const questions: (readonly BroughtObject[])[] = [];
  const proofs: ColdProofs = {
    ask: (_, objects) => {
      questions.push(objects);
      return answer(objects);
    },
  };
  const plain = memoryCommitIo();
  const io: CommitIo = { ...plain, proofs };
  await newProject(io);
  const strict = () => changePolicy(io.index, PROJECT, (policy) => ({ ...policy, durability: 'strict' }));
  const put = async (...texts: string[]) => {
    const ops = await Promise.all(texts.map((text) => putText(io, `of/${text}`, text)));
    return commit(io, { project: PROJECT, ops, actor: ACTOR });
  };
  const files = async () => (await readCurrent(io.index, PROJECT))?.current.files;
  return { io, plain, questions, strict, put, files };
}

test('I1: `current` of a strict project moves only when cold has proven the files, and not before', async () => {
  let hear: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    hear = resolve;
  });
  let answerLater: (answer: ProofAnswer) => void = () => {};
  const { strict, put, files, questions } = await strictProject(() => {
    hear();
    return new Promise((resolve) => {
      answerLater = resolve;
    });
  });
  await strict();
  const committing = put('one', 'two');
  await asked;
  expect(await files()).toBe(0);
  answerLater({ kind: 'proven' });
  expect((await committing).kind).toBe('committed');
  expect(await files()).toBe(2);
  expect(questions).toEqual([
    [
      { sha: shaOf('one'), size: 3, mime: expect.any(String) },
      { sha: shaOf('two'), size: 3, mime: expect.any(String) },
    ],
  ]);
});

test('a project that is not strict asks nobody, and a deletion has nothing to prove', async () => {
  const { io, strict, put, questions } = await strictProject(async () => ({ kind: 'proven' }));
  await put('one', 'two');
  expect(questions).toEqual([]);
  await strict();
  const ops = [{ kind: 'delete', path: parseRelPath('of/one') }] as const;
  expect((await commit(io, { project: PROJECT, ops, actor: ACTOR })).kind).toBe('committed');
  expect(questions).toEqual([]);
});

test.each([
  [
    'cold does not answer',
    { kind: 'failed', reason: 'S3 is away' },
    StoreUnavailableError,
    /policy strict: S3 is away/,
  ],
  ['it takes too long', { kind: 'waiting' }, StoreUnavailableError, /still on their way/],
  ['hot lost it', { kind: 'absent', sha: shaOf('one') }, ObjectAbsentError, /is not in hot/],
] as const)('nothing moves while %s, and the same commit said again does', async (_, answer, kind, said) => {
  let now: ProofAnswer = answer;
  const { strict, put, files } = await strictProject(async () => now);
  await strict();
  const failed = await put('one').catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(kind);
  expect(String(failed)).toMatch(said);
  expect(await files()).toBe(0);
  now = { kind: 'proven' };
  expect((await put('one')).kind).toBe('committed');
});

test('what does not ask for proofs cannot commit to a strict project', async () => {
  const { plain, strict, files } = await strictProject(async () => ({ kind: 'proven' }));
  await strict();
  const ops = [await putText(plain, 'a', 'one')];
  await expect(commit(plain, { project: PROJECT, ops, actor: ACTOR })).rejects.toThrow(/policy strict/);
  expect(await files()).toBe(0);
});

test('many objects are asked for in questions of at most 1,000, each once', async () => {
  const { strict, put, questions } = await strictProject(async () => ({ kind: 'proven' }));
  await strict();
  await put(...Array.from({ length: 2_100 }, (_, i) => `text ${i}`));
  expect(questions.map(({ length }) => length)).toEqual([1_000, 1_000, 100]);
  expect(new Set(questions.flat().map(({ sha }) => sha)).size).toBe(2_100);
});

test('who heard of `current` before the project became strict loses its swap, and asks then', async () => {
  const { io, strict, questions } = await strictProject(async () => ({ kind: 'proven' }));
  const lastHeard = await readCurrent(io.index, PROJECT);
  if (!lastHeard) throw new Error('no project');
  await strict();
  const made = await commit(io, { project: PROJECT, ops: [await putText(io, 'a', 'one')], actor: ACTOR, lastHeard });
  expect([made.kind, questions.length]).toEqual(['committed', 1]);
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, durability: 'fast' }));
  await commit(io, { project: PROJECT, ops: [await putText(io, 'a', 'two')], actor: ACTOR });
  expect(questions).toHaveLength(1);
  expect((await readCurrent(io.index, PROJECT))?.current.strict).toBeUndefined();
});
