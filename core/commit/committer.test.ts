import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { fakePath } from '../model/rel-path.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { ACTOR, commitOps, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { walkChain } from './chain.ts';
import type { CommitIo } from './commit.ts';
import { Committer, type CommitterLimits } from './committer.ts';
import { readCurrent } from './current.ts';
import type { PathOp } from './path-op.ts';
import { changePolicy } from './policy.ts';
import { TouchedPaths } from './touched-paths.ts';

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
  const shared = results.map((result) => (result.kind === 'committed' ? result.isShared : result.kind));
  expect(shared).toEqual([false, ...Array(49).fill(true)]);
  expect((await readCurrent(io.index, PROJECT))?.current.files).toBe(50);
  expect(await chainLength(io)).toBe(3);
});

test('requests keep their order, and every version of a path has a commit of its own', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const committer = new Committer(io);
  const texts = ['first', 'second', 'third', 'last'];
  const ops = await Promise.all(texts.map((text) => putText(io, 'a', text)));
  await Promise.all(ops.map((op) => committer.submit({ project: PROJECT, ops: [op], actor: ACTOR })));
  expect(await chainLength(io)).toBe(1 + texts.length);
  const last = await commitOps(io, await putText(io, 'a', 'last'));
  expect(last.kind).toBe('unchanged');
});

test('requests that meet at a path, above it or below it do not share a commit', async () => {
  const touched = new TouchedPaths();
  const at = (...paths: string[]): PathOp[] => paths.map((path) => ({ kind: 'delete', path: fakePath(path) }));
  touched.add([...at('d/e/f'), { kind: 'move', from: fakePath('old'), to: fakePath('new') }]);
  for (const path of ['d', 'd/e', 'd/e/f', 'd/e/f/g', 'old', 'old/x', 'new', 'new/x']) {
    expect(touched.meets(at('other', path))).toBe(true);
  }
  expect(touched.meets(at('d/e/g', 'd/x', 'older', 'x/d/e/f'))).toBe(false);
  const covered = ['d', 'd/e', 'd/e/f', 'd/e/f/g', 'old', 'new/x'].filter((path) => touched.covers(fakePath(path)));
  expect(covered).toEqual(['d/e/f', 'd/e/f/g', 'old', 'new/x']);
});

test('each request hears of its own conflicts, with the places of its own ops', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitOps(io, await putText(io, 'a', 'theirs'), await putText(io, 'b', 'theirs'));
  const committer = new Committer(io);
  const mine = async (path: string): Promise<PathOp> =>
    ({ ...(await putText(io, path, 'mine')), seen: 'absent' }) as PathOp;
  const requests = [[await mine('x')], [await mine('c'), await mine('a')], [await mine('b')]];
  const results = await Promise.all(requests.map((ops) => committer.submit({ project: PROJECT, ops, actor: ACTOR })));
  const conflicts = results.map((result) =>
    result.kind === 'committed' ? result.conflicts.map(({ path, op }) => ({ path, op })) : result.kind,
  );
  expect(conflicts).toEqual([[], [{ path: 'a', op: 1 }], [{ path: 'b', op: 0 }]]);
});

test('each request hears of the losers that were kept beside its own files, and of no other', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, conflicts: 'keep-both' }));
  await commitOps(io, await putText(io, 'a', 'theirs'), await putText(io, 'b', 'theirs'));
  const committer = new Committer(io);
  const put = async (path: string, seen: 'absent' | undefined): Promise<PathOp> =>
    ({ ...(await putText(io, path, 'mine')), ...(seen && { seen }) }) as PathOp;
  const requests = [
    [await put('x', undefined)],
    [await put('c', undefined), await put('a', 'absent')],
    [await put('d', undefined)],
  ];
  const results = await Promise.all(requests.map((ops) => committer.submit({ project: PROJECT, ops, actor: ACTOR })));
  const besides = results.map((result) => (result.kind === 'committed' ? result.besides : result.kind));
  const path = `a.conflict-${shaOf('theirs').slice(0, 8)}`;
  expect(besides).toEqual([[], [{ op: 1, path }], []]);
});

/** A committer whose commits wait until `go` is called. */
async function heldCommitter(limits: Partial<CommitterLimits>) {
  const io = memoryCommitIo();
  await newProject(io);
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const get: CommitIo['index']['get'] = async (key) => {
    await gate;
    return io.index.get(key);
  };
  const committer = new Committer({ ...io, index: { ...io.index, get } }, limits);
  const submit = async (path: string, signal?: AbortSignal) => {
    const ops = [await putText(io, path, path)];
    return committer.submit({ project: PROJECT, ops, actor: ACTOR, ...(signal && { signal }) });
  };
  return { io, committer, submit, go };
}

test('when the line is full the next is told so, and hears when there is room', async () => {
  const { io, committer, submit, go } = await heldCommitter({ maxWaitingOps: 2 });
  const underWay = submit('a');
  const waiting = [submit('b'), submit('c')];
  expect(await submit('d')).toEqual({ kind: 'busy' });
  const room = committer.room();
  const stop = new AbortController();
  const impatient = committer.room(stop.signal);
  stop.abort(new Error('no patience'));
  await expect(impatient).rejects.toThrow('no patience');
  go();
  await room;
  expect((await submit('d')).kind).toBe('committed');
  expect((await Promise.all([underWay, ...waiting])).map(({ kind }) => kind)).toEqual(Array(3).fill('committed'));
  expect((await readCurrent(io.index, PROJECT))?.current.files).toBe(4);
});

test('the line is bounded in bytes too, and a single request may be larger than it', async () => {
  const { submit, go } = await heldCommitter({ maxWaitingBytes: 400 });
  const underWay = submit('a');
  const large = submit('x'.repeat(200));
  expect(await submit('b')).toEqual({ kind: 'busy' });
  go();
  expect((await large).kind).toBe('committed');
  expect((await underWay).kind).toBe('committed');
});

test('what waits is taken back by its signal and commits nothing', async () => {
  const { io, submit, go } = await heldCommitter({});
  const stop = new AbortController();
  const underWay = submit('a');
  const waiting = submit('b', stop.signal);
  const other = submit('c');
  // Both are in the line once the last of them is.
  await putText(io, 'any', 'text');
  stop.abort(new Error('not wanted any more'));
  await expect(waiting).rejects.toThrow('not wanted any more');
  go();
  await Promise.all([underWay, other]);
  expect((await readCurrent(io.index, PROJECT))?.current.files).toBe(2);
});

test('I1: objects that fail while their request waits in the line fail that request, and nothing else', async () => {
  const { io, committer, submit, go } = await heldCommitter({});
  const underWay = submit('a');
  const ops = [await putText(io, 'b', 'b')];
  const objects = Promise.reject(new StoreUnavailableError('hot', 'no answer'));
  const failing = committer.submit({ project: PROJECT, ops, actor: ACTOR, objects });
  // Node looks for rejections that nobody listens to when a turn ends.
  await nextTurn();
  go();
  await expect(failing).rejects.toThrow('no answer');
  expect((await underWay).kind).toBe('committed');
  expect((await readCurrent(io.index, PROJECT))?.current.files).toBe(1);
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
