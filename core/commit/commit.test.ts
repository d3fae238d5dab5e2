import { expect, test } from 'vitest';
import { cachedNodes } from '../manifest/cached-nodes.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { walkTree } from '../manifest/walk.ts';
import { encodeCommit } from '../model/commit.ts';
import { isFile } from '../model/entry.ts';
import { parseProjectName, shaOf } from '../model/ids.ts';
import { fakePath } from '../model/rel-path.ts';
import { readObject } from '../store/object-store.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { ACTOR, commitOps, commitText, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { readCommit, walkChain } from './chain.ts';
import { type CommitIo, commit } from './commit.ts';
import { readCurrent } from './current.ts';
import type { PathOp } from './path-op.ts';
import { createProject } from './project.ts';

async function texts(io: CommitIo): Promise<Record<string, string>> {
  const at = await readCurrent(io.index, PROJECT);
  const found: Record<string, string> = {};
  if (!at) return found;
  for await (const entry of walkTree(io.nodes, at.current.manifest_sha)) {
    if (isFile(entry)) found[entry.path] = Buffer.from(await readObject(io.objects, entry.sha)).toString();
  }
  return found;
}

test('a commit makes its ops current and names its parent', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const first = await readCurrent(io.index, PROJECT);
  const result = await commitText(io, 'docs/a.md', 'hello');
  expect(await texts(io)).toEqual({ 'docs/a.md': 'hello' });
  expect(result.commit.parents).toEqual([first?.current.commit_sha]);
  expect(result.commit.counts).toEqual({ added: 1, updated: 0, deleted: 0, moved: 0 });
  expect(result.at.current).toMatchObject({ files: 1, bytes: 5, commit_sha: result.commitSha });
});

test('I1: a commit waits for objects that are on their way, and what it needs itself is stored meanwhile', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const before = await readCurrent(io.index, PROJECT);
  const op = await putText(io, 'a', 'x');
  let arrive = () => {};
  const objects = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  let committing: Promise<unknown> = Promise.resolve();
  // The tree's only node and the commit.
  await new Promise<void>((resolve) => {
    let left = 2;
    const put: CommitIo['objects']['put'] = async (...args) => {
      const outcome = await io.objects.put(...args);
      if (--left === 0) resolve();
      return outcome;
    };
    const watched = { ...io.objects, put };
    const watchedIo = { ...io, objects: watched, nodes: objectNodes(watched) };
    committing = commit(watchedIo, { project: PROJECT, ops: [op], actor: ACTOR, objects });
  });
  expect(await readCurrent(io.index, PROJECT)).toEqual(before);
  arrive();
  expect(await committing).toMatchObject({ kind: 'committed' });
  expect(await texts(io)).toEqual({ a: 'x' });
});

test('I1: when an object cannot be stored nothing moves, also where its op changes nothing', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const { at } = await commitText(io, 'a', 'x');
  for (const text of ['y', 'x']) {
    const objects = Promise.reject(new StoreUnavailableError('hot', 'no answer'));
    const ops = [await putText(io, 'a', text)];
    await expect(commit(io, { project: PROJECT, ops, actor: ACTOR, objects })).rejects.toThrow('no answer');
  }
  expect(await readCurrent(io.index, PROJECT)).toEqual(at);
});

test('ops that change nothing make no commit', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitText(io, 'a', 'x');
  const before = await readCurrent(io.index, PROJECT);
  expect(await commitOps(io, await putText(io, 'a', 'x'))).toMatchObject({ kind: 'unchanged' });
  expect(await readCurrent(io.index, PROJECT)).toEqual(before);
});

test('a project that does not exist is said to, and is not made', async () => {
  const io = memoryCommitIo();
  expect(await commitOps(io, await putText(io, 'a', 'x'))).toEqual({ kind: 'no-project' });
  expect(await readCurrent(io.index, PROJECT)).toBeUndefined();
});

test('ifMatch refuses when current is another commit', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const old = await commitText(io, 'a', '1');
  await commitText(io, 'a', '2');
  const ops = [await putText(io, 'a', '3')];
  const result = await commit(io, { project: PROJECT, ops, actor: ACTOR, ifMatch: old.commitSha });
  expect(result.kind).toBe('mismatch');
  expect(await texts(io)).toEqual({ a: '2' });
});

test('I4: onlySeen refuses what an op has not seen at its own path, and lets others move on at theirs', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitText(io, 'a', '1');
  await commitText(io, 'b', 'other');
  const putOver = async (seen: string) => {
    const ops = [{ ...(await putText(io, 'a', '3')), seen: shaOf(seen) } as PathOp];
    return (await commit(io, { project: PROJECT, ops, actor: ACTOR, onlySeen: true })).kind;
  };
  expect(await putOver('2')).toBe('mismatch');
  expect(await texts(io)).toEqual({ a: '1', b: 'other' });
  expect(await putOver('1')).toBe('committed');
  expect(await texts(io)).toEqual({ a: '3', b: 'other' });
});

test('sixteen committers at once all finish, and every change is there', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const results = await Promise.all(
    Array.from({ length: 16 }, async (_, n) => {
      for (let i = 0; i < 5; i++) await commitText(io, `node-${n}/file-${i}`, `${n}.${i}`);
      return 'finished';
    }),
  );
  expect(results).toHaveLength(16);
  expect(Object.keys(await texts(io))).toHaveLength(80);
});

test('two writers of one path: the last commit wins, and says what it replaced unseen', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const base = await commitText(io, 'a', 'base');
  const seen = shaOf('base');
  await commit(io, { project: PROJECT, actor: ACTOR, ops: [{ ...(await putText(io, 'a', 'one')), seen } as never] });
  const last = await commit(io, {
    project: PROJECT,
    actor: ACTOR,
    ops: [{ ...(await putText(io, 'a', 'two')), seen } as never],
  });
  expect(await texts(io)).toEqual({ a: 'two' });
  if (last.kind !== 'committed') throw new Error(last.kind);
  expect(last.commit.conflicts).toEqual([{ path: 'a', won: shaOf('two'), lost: shaOf('one') }]);
  const history = [];
  for await (const { sha } of walkChain(io.objects, last.commitSha)) history.push(sha);
  expect(history).toContain(base.commitSha);
  expect(Buffer.from(await readObject(io.objects, shaOf('one'))).toString()).toBe('one');
});

test('moves are counted as moves', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitOps(io, await putText(io, 'd/a', '1'), await putText(io, 'd/b', '2'));
  const result = await commitOps(io, { kind: 'move', from: fakePath('d'), to: fakePath('e') });
  expect(result).toMatchObject({ commit: { counts: { added: 0, updated: 0, deleted: 0, moved: 2 } } });
});

test('what comes into an empty directory is counted, and nothing as deleted: the directory is there', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const empty = { kind: 'put', entry: { path: fakePath('inbox'), dir: true, mode: 0o755 } } as const;
  await commitOps(io, empty);
  const result = await commitOps(io, await putText(io, 'inbox/a.txt', '1'));
  expect(result).toMatchObject({ commit: { counts: { added: 1, updated: 0, deleted: 0, moved: 0 } } });
  const gone = await commitOps(io, { kind: 'delete', path: fakePath('inbox/a.txt') }, empty);
  expect(gone).toMatchObject({ commit: { counts: { added: 1, updated: 0, deleted: 1, moved: 0 } } });
});

test('I1: a lost ack is recognised, also when others have built on the commit, and is not repeated', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const { index } = io;
  let lost = false;
  const flaky: CommitIo = {
    ...io,
    index: {
      ...index,
      compareAndSet: async (key, value, revision) => {
        const outcome = await index.compareAndSet(key, value, revision);
        if (lost) return outcome;
        lost = true;
        await commitText(io, 'b', 'someone else');
        throw new StoreUnavailableError('hot', `the answer to ${outcome.kind} was lost`);
      },
    },
  };
  const result = await commitOps(flaky, await putText(io, 'a', 'mine'));
  if (result.kind !== 'committed') throw new Error(result.kind);
  expect(await texts(io)).toEqual({ a: 'mine', b: 'someone else' });
  const mine = [];
  for await (const link of walkChain(io.objects, result.at.current.commit_sha)) {
    if (link.sha === result.commitSha) mine.push(link);
  }
  expect(mine).toHaveLength(1);
  expect(result.at.current.commit_sha).not.toBe(result.commitSha);
});

test('I1: a swap that failed before it was done is done by trying again', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const { index } = io;
  let failed = false;
  const flaky: CommitIo = {
    ...io,
    index: {
      ...index,
      compareAndSet: async (key, value, revision) => {
        if (failed) return index.compareAndSet(key, value, revision);
        failed = true;
        throw new StoreUnavailableError('hot', 'no answer');
      },
    },
  };
  expect(await commitOps(flaky, await putText(io, 'a', 'x'))).toMatchObject({ kind: 'committed' });
  expect(await texts(io)).toEqual({ a: 'x' });
});

test('I1: a crash before the swap leaves nothing visible, and the repetition works', async () => {
  for (const step of ['node', 'commit', 'swap'] as const) {
    const io = memoryCommitIo();
    await newProject(io);
    const before = await readCurrent(io.index, PROJECT);
    const crash = () => Promise.reject(new Error(`crash at ${step}`));
    const dying: CommitIo = {
      ...io,
      nodes: step === 'node' ? { ...io.nodes, putNode: crash } : io.nodes,
      objects: step === 'commit' ? { ...io.objects, put: crash } : io.objects,
      index: step === 'swap' ? { ...io.index, compareAndSet: crash } : io.index,
    };
    await expect(commitOps(dying, await putText(io, 'a', 'x'))).rejects.toThrow(`crash at ${step}`);
    expect(await readCurrent(io.index, PROJECT)).toEqual(before);
    expect(await commitOps(io, await putText(io, 'a', 'x'))).toMatchObject({ kind: 'committed' });
  }
});

test('I1: what a visible commit names is in the store', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const { commitSha } = await commitText(io, 'a', 'x');
  const stored = await readCommit(io.objects, commitSha);
  expect(encodeCommit(stored).sha).toBe(commitSha);
  expect((await io.objects.stat(stored.manifest_sha)).kind).toBe('present');
});

test('creating a project twice gives the first one back', async () => {
  const io = memoryCommitIo();
  const name = parseProjectName('twice');
  const first = await createProject(io, name, ACTOR);
  expect(first.kind).toBe('created');
  expect(await createProject(io, name, ACTOR)).toEqual({ kind: 'exists', at: first.at });
});

test('what a committer heard of current saves it a question, and never decides anything when it is old', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const then = await commitText(io, 'a', 'old');
  await commitText(io, 'a', 'new');
  const again = await commit(io, {
    project: PROJECT,
    ops: [await putText(io, 'a', 'old')],
    actor: ACTOR,
    lastHeard: then.at,
  });
  expect(again.kind).toBe('committed');
  expect(await texts(io)).toEqual({ a: 'old' });

  let asked = 0;
  const ask = (key: string) => {
    asked++;
    return io.index.get(key);
  };
  const counting = { ...io, index: { ...io.index, get: ask } };
  if (again.kind !== 'committed') throw new Error(again.kind);
  const ops = [await putText(io, 'b', 'x')];
  const next = await commit(counting, { project: PROJECT, ops, actor: ACTOR, lastHeard: again.at });
  expect(next.kind).toBe('committed');
  expect(asked).toBe(0);
});

test('a commit lists a thousand conflicts and says how many more there were; its committer hears of all', async () => {
  const memory = memoryCommitIo();
  const io = { ...memory, nodes: cachedNodes(memory.nodes, { maxBytes: 1 << 20 }) };
  await newProject(io);
  const texts = async (text: string) => {
    const puts = await Promise.all(Array.from({ length: 1_203 }, (_, n) => putText(io, `f/${n}`, `${text} ${n}`)));
    return puts.map((op) => ({ ...op, seen: 'absent' }) as PathOp);
  };
  await commitOps(io, ...(await texts('theirs')));
  const result = await commitOps(io, ...(await texts('mine')));
  if (result.kind !== 'committed') throw new Error(result.kind);
  expect(result.commit.conflicts).toHaveLength(1_000);
  expect(result.commit.unlisted_conflicts).toBe(203);
  expect(result.conflicts).toHaveLength(1_203);
  expect(await readCommit(io.objects, result.commitSha)).toEqual(result.commit);
});

test('objects that fail after a commit ended without them end nothing else', async () => {
  const io = memoryCommitIo();
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    const ops = [await putText(io, 'a', 'x')];
    let fail = (_: Error) => {};
    const objects = new Promise((_, reject) => {
      fail = reject;
    });
    expect(await commit(io, { project: PROJECT, ops, actor: ACTOR, objects })).toEqual({ kind: 'no-project' });
    fail(new StoreUnavailableError('hot', 'gone'));
    // Node tells of a rejection that nobody handled when the microtasks of a turn are done.
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test('a directory that made way for a file hides no conflict beside it, and history has all of its files', async () => {
  const memory = memoryCommitIo();
  const io = { ...memory, nodes: cachedNodes(memory.nodes, { maxBytes: 1 << 20 }) };
  await newProject(io);
  const below = await Promise.all(Array.from({ length: 1_203 }, (_, n) => putText(io, `d/${n}`, `theirs ${n}`)));
  const before = await commitOps(io, ...below, await putText(io, 'z', 'theirs'));
  const mine = [await putText(io, 'd', 'mine'), await putText(io, 'z', 'mine')];
  const result = await commitOps(io, ...mine.map((op) => ({ ...op, seen: 'absent' }) as PathOp));
  if (before.kind !== 'committed' || result.kind !== 'committed') throw new Error(result.kind);
  const { conflicts = [], unlisted_conflicts, counts, parents } = result.commit;
  expect(conflicts).toHaveLength(1_000);
  expect(conflicts.at(-1)).toEqual({ path: 'z', won: shaOf('mine'), lost: shaOf('theirs') });
  expect(conflicts.slice(0, -1).every(({ path, won }) => path.startsWith('d/') && won === null)).toBe(true);
  expect(unlisted_conflicts).toBe(204);
  // What is not listed shows against the commit before, as any deletion does.
  expect([counts.deleted, parents]).toEqual([1_203, [before.commitSha]]);
});
