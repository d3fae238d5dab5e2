import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { createProject } from '../commit/project.ts';
import { renameProject } from '../commit/rename-project.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { walkTree } from '../manifest/walk.ts';
import { parseProjectName, shaOf } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import { fakePath } from '../model/rel-path.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { ACTOR, commitOps, commitText, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { diffCommits } from './diff-commits.ts';
import { listCommits } from './list-commits.ts';
import { pathVersions } from './path-versions.ts';
import { planRestore, restore } from './restore.ts';

async function headOf(io: ReturnType<typeof memoryCommitIo>) {
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  return at.current;
}

async function paths(io: ReturnType<typeof memoryCommitIo>): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of walkTree(io.nodes, (await headOf(io)).manifest_sha)) found.push(entry.path);
  return found;
}

test('commits are listed newest first, in pages that join without a gap or a repeat', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  for (let n = 0; n < 7; n++) await commitText(io, 'a', `${n}`);
  const all = await listCommits(io.objects, (await headOf(io)).commit_sha, { limit: 100 });
  expect(all.commits).toHaveLength(8);
  expect(all.next).toBeUndefined();
  const joined = [];
  for (let from = (await headOf(io)).commit_sha; ; ) {
    const page = await listCommits(io.objects, from, { limit: 3 });
    joined.push(...page.commits.map(({ sha }) => sha));
    if (!page.next) break;
    from = page.next;
  }
  expect(joined).toEqual(all.commits.map(({ sha }) => sha));
});

test("a path's versions are the commits that changed it, its deletion included", async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const one = await commitText(io, 'a', 'one');
  await commitText(io, 'b', 'other');
  const two = await commitText(io, 'a', 'two');
  const gone = await commitOps(io, { kind: 'delete', path: fakePath('a') });
  const head = (await headOf(io)).commit_sha;
  const { versions, next } = await pathVersions(io, head, fakePath('a'), { limit: 10, maxCommits: 100 });
  expect(versions.map(({ sha }) => sha)).toEqual([
    gone.kind === 'committed' ? gone.commitSha : '',
    two.commitSha,
    one.commitSha,
  ]);
  expect(versions.map(({ entry }) => entry !== undefined)).toEqual([false, true, true]);
  expect(next).toBeUndefined();
});

test('versions of a path that seldom changes come in bounded looks that join', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const only = await commitText(io, 'a', 'x');
  for (let n = 0; n < 9; n++) await commitText(io, 'b', `${n}`);
  const found = [];
  let looks = 0;
  for (let from = (await headOf(io)).commit_sha; ; looks++) {
    const page = await pathVersions(io, from, fakePath('a'), { limit: 10, maxCommits: 4 });
    found.push(...page.versions.map(({ sha }) => sha));
    if (!page.next) break;
    from = page.next;
  }
  expect(found).toEqual([only.commitSha]);
  expect(looks).toBeGreaterThan(1);
});

const restoreTo = (
  io: ReturnType<typeof memoryCommitIo>,
  to: Awaited<ReturnType<typeof commitText>>,
  path: RelPath | '',
) => restore(io, { project: PROJECT, to: to.commitSha, path, actor: ACTOR });

test('a project comes back to a commit exactly, as a new commit', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitText(io, 'keep', 'same');
  const then = await commitText(io, 'dir/a', 'old');
  await commitOps(
    io,
    { kind: 'delete', path: fakePath('dir') },
    await putText(io, 'dir', 'now a file'),
    await putText(io, 'new', 'n'),
  );
  const result = await restoreTo(io, then, '');
  expect(result.kind).toBe('committed');
  expect((await headOf(io)).manifest_sha).toBe(then.commit.manifest_sha);
  expect(result).toMatchObject({ commit: { message: `Restore the project to ${then.commitSha.slice(0, 12)}` } });
});

test('a path or a subtree comes back and the rest stays as it is', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  await commitText(io, 'd/a', '1');
  const then = await commitText(io, 'd/b', '1');
  await commitOps(
    io,
    { kind: 'delete', path: fakePath('d') },
    await putText(io, 'd-x', 'stays'),
    await putText(io, 'e', 'stays'),
  );
  await restoreTo(io, then, fakePath('d/a'));
  expect(await paths(io)).toEqual(['d-x', 'd/a', 'e']);
  await restoreTo(io, then, fakePath('d'));
  expect(await paths(io)).toEqual(['d-x', 'd/a', 'd/b', 'e']);
  expect(await restoreTo(io, then, fakePath('d'))).toMatchObject({ kind: 'unchanged' });
});

test('where a file stands in the place of a directory, a path below it comes back, and the plan names the file', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const old = await commitText(io, 'd/sub/x', '1');
  await commitOps(io, { kind: 'delete', path: fakePath('d/sub/x') });
  const now = await commitText(io, 'd', 'a file');
  const path = fakePath('d/sub');
  const plan = await planRestore(io, { project: PROJECT, to: old.commitSha, path });
  if (typeof plan === 'string') throw new Error(plan);
  expect(plan.ops.map((op) => [op.kind, op.kind === 'delete' ? op.path : op.entry.path])).toEqual([
    ['delete', 'd'],
    ['put', 'd/sub/x'],
  ]);
  await commitText(io, 'd', 'another file');
  expect(await planRestore(io, { project: PROJECT, to: old.commitSha, path })).not.toMatchObject({
    digest: plan.digest,
  });
  expect(await restoreTo(io, old, path)).toMatchObject({ kind: 'committed' });
  expect(await paths(io)).toEqual(['d/sub/x']);
  // Where nothing comes back, nothing goes.
  expect(await restoreTo(io, now, fakePath('d'))).toMatchObject({ kind: 'committed' });
  expect(await restoreTo(io, old, fakePath('d/other'))).toMatchObject({ kind: 'unchanged' });
  expect(await paths(io)).toEqual(['d']);
});

test('versions pass over commits whose content is not kept any more', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const one = await commitText(io, 'a', 'one');
  const two = await commitText(io, 'a', 'two');
  const three = await commitText(io, 'a', 'three');
  await io.objects.delete(two.commit.manifest_sha);
  const { versions } = await pathVersions(io, three.commitSha, fakePath('a'), { limit: 10, maxCommits: 100 });
  expect(versions.map(({ sha }) => sha)).toEqual([three.commitSha, one.commitSha]);
});

test('I1: a restore of what is not kept any more says so, and commits nothing dangling', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const then = await commitText(io, 'a', 'swept');
  await commitText(io, 'a', 'new');
  const before = await headOf(io);
  await io.objects.delete(shaOf('swept'));
  expect(await restoreTo(io, then, '')).toEqual({ kind: 'not-kept', paths: ['a'] });
  await io.objects.delete(then.commit.manifest_sha);
  expect(await restoreTo(io, then, '')).toEqual({ kind: 'not-kept', paths: [] });
  expect(await headOf(io)).toEqual(before);
});

test('I5: a restore protects its objects from a sweep that was planned before', async () => {
  let now = 1_000;
  const clock = { now: () => now, sleep: async () => undefined };
  const objects = memoryObjectStore({ clock });
  const io = { ...memoryCommitIo(), objects, nodes: objectNodes(objects), clock };
  await newProject(io);
  const then = await commitText(io, 'a', 'old');
  await commitText(io, 'a', 'new');
  const planned = await objects.stat(shaOf('old'));
  if (planned.kind !== 'present') throw new Error('absent');
  now += 1_000_000;
  await restoreTo(io, then, '');
  expect(await objects.delete(shaOf('old'), { untouchedSince: planned.touchedAt })).toBe(false);
});

test("a commit of another project is not restored from, one of this project's old name is", async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const then = await commitText(io, 'a', 'then');
  await commitText(io, 'a', 'later');
  const other = parseProjectName('other');
  await createProject(io, other, ACTOR);
  expect(await restore(io, { project: other, to: then.commitSha, path: '', actor: ACTOR })).toEqual({
    kind: 'foreign',
  });
  const renamed = parseProjectName('renamed');
  await renameProject(io, PROJECT, renamed, ACTOR);
  const result = await restore(io, { project: renamed, to: then.commitSha, path: '', actor: ACTOR });
  expect(result.kind).toBe('committed');
});

test('any two commits are diffed, with moves paired', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const one = await commitText(io, 'a', '1');
  await commitText(io, 'b', '2');
  const three = await commitOps(
    io,
    { kind: 'move', from: fakePath('a'), to: fakePath('c') },
    await putText(io, 'b', '3'),
  );
  if (three.kind !== 'committed') throw new Error(three.kind);
  const forth = await diffCommits(io, one.commitSha, three.commitSha);
  expect(forth.map(({ kind }) => kind).sort()).toEqual(['added', 'moved']);
  const back = await diffCommits(io, three.commitSha, one.commitSha);
  expect(back.map(({ kind }) => kind).sort()).toEqual(['moved', 'removed']);
});
