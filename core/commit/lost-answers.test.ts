import { expect, test } from 'vitest';
import type { Sha } from '../model/ids.ts';
import type { KeyValue } from '../store/key-value.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { ACTOR, commitText, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { walkChain } from './chain.ts';
import { type CommitIo, commit } from './commit.ts';
import { readCurrent } from './current.ts';

type Swap = KeyValue['compareAndSet'];

/** The first swap goes as `first` says; all others as they should. */
function swapping(io: CommitIo, first: (swap: () => ReturnType<Swap>) => ReturnType<Swap>): CommitIo {
  let isFirst = true;
  const compareAndSet: Swap = (...args) => {
    const swap = () => io.index.compareAndSet(...args);
    if (!isFirst) return swap();
    isFirst = false;
    return first(swap);
  };
  return { ...io, clock: { ...io.clock, sleep: async () => undefined }, index: { ...io.index, compareAndSet } };
}

const lost = () => new StoreUnavailableError('hot', 'the answer was lost');

async function projectAt(): Promise<{ io: CommitIo; base: Sha }> {
  const io = memoryCommitIo();
  await newProject(io);
  return { io, base: (await commitText(io, 'a', 'base')).commitSha };
}

async function chain(io: CommitIo): Promise<Sha[]> {
  const at = await readCurrent(io.index, PROJECT);
  const shas: Sha[] = [];
  if (at) for await (const { sha } of walkChain(io.objects, at.current.commit_sha)) shas.push(sha);
  return shas;
}

async function ifMatch(io: CommitIo, base: Sha) {
  return commit(io, { project: PROJECT, ops: [await putText(io, 'a', 'mine')], actor: ACTOR, ifMatch: base });
}

test('ifMatch: who loses the swap to another is told so, and does not rebase', async () => {
  const { io, base } = await projectAt();
  const racing = swapping(io, async (swap) => {
    await commitText(io, 'b', 'another was quicker');
    return swap();
  });
  expect((await ifMatch(racing, base)).kind).toBe('mismatch');
  expect(await chain(io)).toHaveLength(3);
});

test('ifMatch: a commit whose ack was lost is a success, also when others have built on it', async () => {
  for (const others of [0, 1, 5]) {
    const { io, base } = await projectAt();
    const racing = swapping(io, async (swap) => {
      await swap();
      for (let n = 0; n < others; n++) await commitText(io, 'b', `on top ${n}`);
      throw lost();
    });
    const result = await ifMatch(racing, base);
    expect(result).toMatchObject({ kind: 'committed', commit: { parents: [base] } });
    expect(await chain(io)).toHaveLength(3 + others);
  }
});

test('ifMatch: a swap that got lost before it was made, and then lost to another, is a mismatch', async () => {
  const { io, base } = await projectAt();
  const racing = swapping(io, async () => {
    await commitText(io, 'b', 'another was quicker');
    throw lost();
  });
  expect((await ifMatch(racing, base)).kind).toBe('mismatch');
});

test('a swap that arrives late, after its committer has tried again, is found and not made twice', async () => {
  const { io } = await projectAt();
  let late: (() => ReturnType<Swap>) | undefined;
  const racing = swapping(io, async (swap) => {
    late = swap;
    throw lost();
  });
  const { compareAndSet } = racing.index;
  const delayed: CommitIo = {
    ...racing,
    // Every try has a time of its own, so that no two are the same commit.
    clock: { ...racing.clock, now: () => Date.now() + (late ? 1_000 : 0) },
    index: {
      ...racing.index,
      compareAndSet: async (...args) => {
        const arrives = late;
        late = undefined;
        if (arrives) {
          await arrives();
          await commitText(io, 'a', 'another, who saw it');
        }
        return compareAndSet(...args);
      },
    },
  };
  const result = await commit(delayed, { project: PROJECT, ops: [await putText(io, 'a', 'mine')], actor: ACTOR });
  if (result.kind !== 'committed') throw new Error(result.kind);
  const shas = await chain(io);
  expect(shas).toHaveLength(4);
  expect(shas[1]).toBe(result.commitSha);
});

test('I1: when the connection goes with the ack, the commit is recognised once it is back', async () => {
  const { io } = await projectAt();
  let away = 0;
  const get: KeyValue['get'] = (key) => (away-- > 0 ? Promise.reject(lost()) : io.index.get(key));
  const racing = swapping({ ...io, index: { ...io.index, get } }, async (swap) => {
    await swap();
    away = 3;
    throw lost();
  });
  const ops = [await putText(io, 'a', 'mine')];
  expect((await commit(racing, { project: PROJECT, ops, actor: ACTOR })).kind).toBe('committed');
  expect(await chain(io)).toHaveLength(3);
});

test('I2: whether a commit was made is unknown while nobody answers, and its committer is told so', async () => {
  const { io } = await projectAt();
  let isAway = false;
  const get: KeyValue['get'] = (key) => (isAway ? Promise.reject(lost()) : io.index.get(key));
  const racing = swapping({ ...io, index: { ...io.index, get } }, async (swap) => {
    await swap();
    isAway = true;
    throw lost();
  });
  const ops = [await putText(io, 'a', 'mine')];
  await expect(commit(racing, { project: PROJECT, ops, actor: ACTOR })).rejects.toThrow(StoreUnavailableError);
  isAway = false;
  expect((await commit(racing, { project: PROJECT, ops, actor: ACTOR })).kind).toBe('unchanged');
});

test('a store that refuses swaps at once is asked ever less often, and the commit is made when it takes them again', async () => {
  const { io } = await projectAt();
  const pauses: number[] = [];
  const sleep = async (ms: number) => void pauses.push(ms);
  let refusals = 12;
  const compareAndSet: Swap = async (...args) => {
    if (refusals-- > 0) throw lost();
    return io.index.compareAndSet(...args);
  };
  const refusing = { ...io, clock: { ...io.clock, sleep }, index: { ...io.index, compareAndSet } };
  const ops = [await putText(io, 'a', 'mine')];
  expect((await commit(refusing, { project: PROJECT, ops, actor: ACTOR })).kind).toBe('committed');
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_000, 2_000, 2_000]);
});
