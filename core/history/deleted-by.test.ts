import { expect, test } from 'vitest';
import { commit } from '../commit/commit.ts';
import type { PathOp } from '../commit/path-op.ts';
import type { Sha } from '../model/ids.ts';
import { fakePath } from '../model/rel-path.ts';
import { ACTOR, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { deletedBy } from './deleted-by.ts';

const OTHER = { kind: 'node', id: 'node-b' } as const;
const del = (path: string): PathOp => ({ kind: 'delete', path: fakePath(path) });

/** A project with files whose content is their path. */
async function project(...paths: readonly string[]) {
  const io = memoryCommitIo();
  await newProject(io);
  const by = async (actor: typeof OTHER | typeof ACTOR, ...ops: readonly PathOp[]): Promise<Sha> => {
    const result = await commit(io, { project: PROJECT, ops, actor });
    if (result.kind !== 'committed') throw new Error(`expected a commit, got ${result.kind}`);
    return result.commitSha;
  };
  const put = (path: string, text = path) => putText(io, path, text);
  const start = await by(OTHER, ...(await Promise.all(paths.map((path) => put(path)))));
  const ask = (head: Sha, after = start) => deletedBy(io, { head, after, actor: ACTOR });
  const entries = async (head: Sha, after?: Sha) => {
    const deleted = await ask(head, after);
    if (deleted.kind !== 'found') throw new Error(`expected entries, got ${deleted.kind}`);
    return deleted;
  };
  const found = async (head: Sha, after?: Sha) => (await entries(head, after)).gone.map(({ path }) => path);
  const back = async (head: Sha) => (await entries(head)).back.map(({ path }) => path);
  return { io, by, put, start, ask, entries, found, back };
}

test('what one actor deleted in several commits is found, as it was; what others deleted is not', async () => {
  const { by, put, entries, found } = await project('a', 'b', 'c', 'd');
  await by(ACTOR, del('c'));
  await by(OTHER, del('b'), await put('e'));
  await by(ACTOR, await put('a', 'edited'));
  const head = await by(ACTOR, del('a'));
  expect(await found(head)).toEqual(['a', 'c']);
  const [edited] = (await entries(head)).gone;
  expect(edited).toMatchObject({ size: 'edited'.length });
});

test('what came back is not found, also when somebody else deleted it again', async () => {
  const { by, put, found, back } = await project('a', 'b', 'c');
  await by(ACTOR, del('a'), del('b'), del('c'));
  await by(ACTOR, await put('a'));
  await by(OTHER, await put('b', 'new'));
  const head = await by(OTHER, del('b'));
  expect(await found(head)).toEqual(['c']);
  expect(await back(head)).toEqual(['a']);
});

test('a file that was moved is not gone', async () => {
  const { by, put, found } = await project('a', 'b');
  expect(await found(await by(ACTOR, del('a'), del('b'), await put('dir/a', 'a')))).toEqual(['b']);
});

test('what cannot be beside a file that is there now is not found', async () => {
  const { by, put, found } = await project('a/x', 'b', 'c/y');
  await by(ACTOR, del('a/x'), del('b'), del('c/y'));
  expect(await found(await by(OTHER, await put('a'), await put('b/below'), await put('c/z')))).toEqual(['c/y']);
});

test('an empty directory is found unless something of what comes back is in it', async () => {
  const { by, put, found } = await project('a');
  const dir = (path: string): PathOp => ({ kind: 'put', entry: { path: fakePath(path), dir: true, mode: 0o755 } });
  const start = await by(OTHER, dir('empty'), dir('filled'));
  await by(ACTOR, await put('filled/x'));
  const head = await by(ACTOR, del('filled'), del('empty'), del('a'));
  expect(await found(head, start)).toEqual(['a', 'empty', 'filled/x']);
  expect(await found(head, head)).toEqual([]);
});

test('a commit that is not in the chain says nothing, and so does a chain that is too long; each is said', async () => {
  const { io, by, put, start, ask, found } = await project('a');
  const elsewhere = await project('a', 'b');
  expect(await ask(start, elsewhere.start)).toEqual({ kind: 'not-before' });
  expect(await found(start, start)).toEqual([]);
  await by(ACTOR, del('a'));
  const head = await by(OTHER, await put('b'));
  expect(await deletedBy(io, { head, after: start, actor: ACTOR }, 2)).toEqual({ kind: 'too-long' });
  expect(await found(head)).toEqual(['a']);
});
