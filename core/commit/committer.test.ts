import { expect, test } from 'vitest';
import { fakePath } from '../model/rel-path.ts';
import { ACTOR, commitOps, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { walkChain } from './chain.ts';
import { Committer } from './committer.ts';
import { readCurrent } from './current.ts';
import type { PathOp } from './path-op.ts';

async function chainLength(io: ReturnType<typeof memoryCommitIo>): Promise<number> {
  const at = await readCurrent(io.index, PROJECT);
  let length = 0;
  if (at) for await (const _ of walkChain(io.objects, at.current.commit_sha)) length++;
  return length;
}

test('what waits while a commit is under way goes into one next commit', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const committer = new Committer(io);
  const ops = await Promise.all(Array.from({ length: 50 }, (_, n) => putText(io, `f${n}`, `${n}`)));
  const results = await Promise.all(ops.map((op) => committer.submit({ project: PROJECT, ops: [op], actor: ACTOR })));
  expect(results.every((result) => result.kind === 'committed')).toBe(true);
  expect((await readCurrent(io.index, PROJECT))?.current.files).toBe(50);
  expect(await chainLength(io)).toBe(3);
});

test('requests keep their order: the later put of a path wins', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const committer = new Committer(io);
  const texts = ['first', 'second', 'third', 'last'];
  const ops = await Promise.all(texts.map((text) => putText(io, 'a', text)));
  await Promise.all(ops.map((op) => committer.submit({ project: PROJECT, ops: [op], actor: ACTOR })));
  const last = await commitOps(io, await putText(io, 'a', 'last'));
  expect(last.kind).toBe('unchanged');
});

test('a request with a message, a condition or another actor gets a commit of its own', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const committer = new Committer(io);
  const put = async (path: string) => [await putText(io, path, path)];
  const other = { kind: 'user', id: 'someone' } as const;
  const [, , named] = await Promise.all([
    committer.submit({ project: PROJECT, ops: await put('a'), actor: ACTOR }),
    committer.submit({ project: PROJECT, ops: await put('b'), actor: ACTOR }),
    committer.submit({ project: PROJECT, ops: await put('c'), actor: ACTOR, message: 'named' }),
    committer.submit({ project: PROJECT, ops: await put('d'), actor: other }),
  ]);
  expect(named).toMatchObject({ commit: { message: 'named', counts: { added: 1 } } });
  expect(await chainLength(io)).toBe(5);
});

test('a failure reaches everyone who was in it, and the next go on', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  let broken = true;
  const get = io.index.get.bind(io.index);
  const committer = new Committer({
    ...io,
    index: { ...io.index, get: (key) => (broken ? Promise.reject(new Error('no answer')) : get(key)) },
  });
  const op = await putText(io, 'a', 'x');
  const submit = () => committer.submit({ project: PROJECT, ops: [op], actor: ACTOR });
  const outcomes = await Promise.allSettled([submit(), submit(), submit()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  broken = false;
  expect(await submit()).toMatchObject({ kind: 'committed' });
});

test('an op that cannot be carried out fails its own request only', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitOps(io, await putText(io, 'a/long', 'x'));
  const committer = new Committer(io);
  const submit = (op: PathOp) => committer.submit({ project: PROJECT, ops: [op], actor: ACTOR });
  const [first, bad, good] = await Promise.allSettled([
    submit(await putText(io, 'first', '1')),
    submit({ kind: 'move', from: fakePath('a'), to: fakePath(`${'d'.repeat(255)}/`.repeat(15) + 'e'.repeat(255)) }),
    submit(await putText(io, 'good', '2')),
  ]);
  expect([first.status, bad.status, good.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((await readCurrent(io.index, PROJECT))?.current.files).toBe(3);
});
