// What `current` tells of a small commit has to be what the trees say, whatever the ops were.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffTrees } from '../manifest/diff.ts';
import type { Change } from '../manifest/tree.ts';
import { assert } from '../model/assert.ts';
import { MAX_CURRENT_CHANGES } from '../model/commit.ts';
import { parseProjectName } from '../model/ids.ts';
import { fakePath } from '../model/rel-path.ts';
import { ACTOR, commitOps, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { type CommitIo, commit } from './commit.ts';
import { decodeCurrent, readCurrent } from './current.ts';
import { deleteProject, undeleteProject } from './delete-project.ts';
import type { PathOp } from './path-op.ts';
import { renameProject } from './rename-project.ts';

const paths = fc.constantFrom(
  'a',
  'a/b',
  'a/b/c',
  'a/d',
  'e',
  'e/f',
  ...Array.from({ length: 12 }, (_, i) => `many/${i}`),
);
const ops = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), path: paths, text: fc.constantFrom('x', 'y', 'z') }),
  fc.record({ kind: fc.constant('dir' as const), path: paths }),
  fc.record({ kind: fc.constant('delete' as const), path: paths }),
  fc.record({ kind: fc.constant('move' as const), path: paths, to: paths }),
);

type Drawn = typeof ops extends fc.Arbitrary<infer T> ? T : never;

async function opOf(io: CommitIo, op: Drawn): Promise<PathOp[]> {
  const path = fakePath(op.path);
  switch (op.kind) {
    case 'put':
      return [await putText(io, op.path, op.text)];
    case 'dir':
      return [{ kind: 'put', entry: { path, dir: true, mode: 0o755 } }];
    case 'delete':
      return [{ kind: 'delete', path }];
    case 'move':
      return op.to.startsWith(op.path) || op.path.startsWith(op.to)
        ? []
        : [{ kind: 'move', from: path, to: fakePath(op.to) }];
  }
}

async function diffOf(io: CommitIo, from: Parameters<typeof diffTrees>[1], to: typeof from): Promise<Change[]> {
  const found: Change[] = [];
  for await (const change of diffTrees(io.nodes, from, to)) found.push(change);
  return found;
}

test('what current tells of a commit is the difference of its tree to the one before, or nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(ops, { minLength: 1, maxLength: 14 }), { maxLength: 8 }), async (batches) => {
      const io = memoryCommitIo();
      await newProject(io);
      for (const batch of batches) {
        const before = await readCurrent(io.index, PROJECT);
        const wanted = (await Promise.all(batch.map((op) => opOf(io, op)))).flat();
        await commit(io, { project: PROJECT, ops: wanted, actor: { kind: 'user', id: 'u' } });
        const after = await readCurrent(io.index, PROJECT);
        assert(before && after, 'the project is there');
        if (after.revision === before.revision) continue;
        const changes = await diffOf(io, before.current.manifest_sha, after.current.manifest_sha);
        const told = after.current.changes;
        expect(told === undefined).toBe(changes.length > MAX_CURRENT_CHANGES);
        if (!told) continue;
        expect(told.since).toBe(before.current.manifest_sha);
        const put = new Map(told.put.map((entry) => [entry.path, entry]));
        expect(put.size + told.removed.length).toBe(changes.length);
        for (const change of changes) {
          if (change.kind === 'removed') expect(told.removed).toContain(change.was.path);
          else expect(put.get(change.entry.path)).toEqual(change.entry);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('current stays small: changes of long paths are not told in it', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const long = (letter: string) => Array.from({ length: 4 }, () => letter.repeat(200)).join('/');
  await commitOps(io, await putText(io, long('a'), 'x'));
  expect((await readCurrent(io.index, PROJECT))?.current.changes?.put).toHaveLength(1);
  await commitOps(
    io,
    ...(await Promise.all(['b', 'c', 'd', 'e', 'f'].map((letter) => putText(io, long(letter), 'x')))),
  );
  const at = await readCurrent(io.index, PROJECT);
  expect(at?.current.files).toBe(6);
  expect(at?.current.changes).toBeUndefined();
});

test('I2: what current tells in words that nobody knows yet is not heard, and all else is', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitOps(io, await putText(io, 'a', 'x'));
  const at = await readCurrent(io.index, PROJECT);
  assert(at?.current.changes, 'a small commit is told');
  const { changes, ...known } = at.current;
  for (const told of [{ ...changes, moved: [] }, { ...changes, put: [{ path: 'a', link: 'b' }] }, 'all of it', null]) {
    const { changes: heard, ...rest } = decodeCurrent(Buffer.from(JSON.stringify({ ...known, changes: told })));
    expect(heard).toBeUndefined();
    expect(rest).toEqual(known);
  }
});

test('I2: what current tells stays true when its project is renamed, deleted and brought back', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitOps(io, await putText(io, 'a', 'x'), await putText(io, 'b', 'y'));
  await commitOps(io, await putText(io, 'a', 'z'));
  const to = parseProjectName('renamed');
  await renameProject(io, PROJECT, to, ACTOR);
  const renamed = await readCurrent(io.index, to);
  assert(renamed, 'it is there under the new name');
  await deleteProject(io, renamed);
  await undeleteProject(io, to);
  const { current } = (await readCurrent(io.index, to)) ?? {};
  assert(current?.changes, 'the small commit is still told');
  const changes = await diffOf(io, current.changes.since, current.manifest_sha);
  expect(changes.map(({ kind }) => kind)).toEqual(['updated']);
  expect(changes).toMatchObject(current.changes.put.map((entry) => ({ entry })));
  // A commit made after it says what it follows, and not what that followed.
  await commit(io, { project: to, ops: [{ kind: 'delete', path: fakePath('b') }], actor: ACTOR });
  const next = await readCurrent(io.index, to);
  expect(next?.current.changes).toEqual({ since: current.manifest_sha, put: [], removed: ['b'] });
});
