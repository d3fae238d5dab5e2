import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { seenAs } from '../commit/resolve-ops.ts';
import { planRestore } from '../history/restore.ts';
import { getEntry } from '../manifest/get.ts';
import { listTree } from '../manifest/list.ts';
import { parseSha, shaOf } from '../model/ids.ts';
import { parseRelPath, type RelPath } from '../model/rel-path.ts';
import { commitOps, PROJECT } from '../testing/test-project.ts';
import { works } from './works.fakes.ts';

type Works = Awaited<ReturnType<typeof works>>;

async function current({ tiers, io }: Works) {
  const at = await readCurrent(tiers.index, PROJECT);
  if (!at) throw new Error('no project');
  const { rows } = await listTree(io.nodes, at.current.manifest_sha, { prefix: '', limit: 100 });
  const paths = rows.map((row) => (row.kind === 'dir' ? row.path : row.entry.path));
  return { commitSha: at.current.commit_sha, paths };
}

async function seenAt({ tiers, io }: Works, path: string) {
  const at = await readCurrent(tiers.index, PROJECT);
  return at && seenAs(await getEntry(io.nodes, at.current.manifest_sha, parseRelPath(path)));
}

async function read(all: Works, to: string, path: RelPath | '' = '') {
  const plan = await planRestore(all.io, { project: PROJECT, to: parseSha(to), path });
  if (typeof plan === 'string') throw new Error(plan);
  return { kind: 'restore', project: PROJECT, to: parseSha(to), plan: plan.digest } as const;
}

test('the plan that was read is carried out by one commit, and a second run finds it done', async () => {
  const all = await works();
  const then = await all.write('a', 'one');
  await all.write('a', 'other');
  await all.write('b', 'new');
  const task = await read(all, then.commitSha);
  const dry = await all.run(task, { dryRun: true });
  expect(dry.plan).toMatchObject({
    items: 2,
    bytes: 6,
    listed: [{ item: 'b', bytes: 3, reason: 'deleted: it was not there then' }, { item: 'a' }],
  });
  expect((await current(all)).paths).toEqual(['a', 'b']);
  const done = await all.run(task);
  const { commitSha, paths } = await current(all);
  expect(paths).toEqual(['a']);
  expect(done.commit_sha).toBe(commitSha);
  expect(done.sentence).toBe(
    `Restored demo to ${then.commitSha.slice(0, 12)}: 1 path put, 1 deleted, commit ${commitSha.slice(0, 12)}. Nodes get it by themselves.`,
  );
  expect((await all.run(task)).sentence).toMatch(/^Nothing to restore/);
  expect((await current(all)).commitSha).toBe(commitSha);
});

test('I4: what has changed since the plan was read is not carried out', async () => {
  const all = await works();
  const then = await all.write('a', 'one');
  await all.write('a', 'two');
  const task = await read(all, then.commitSha);
  await all.write('b', 'meanwhile');
  const { commitSha } = await current(all);
  await expect(all.run(task)).rejects.toThrow(/demo has changed since the plan was read/);
  expect((await current(all)).commitSha).toBe(commitSha);
});

test('I4: bringing a path back, and replacing what came there since, are two plans', async () => {
  const all = await works();
  const then = await all.write('a', 'one');
  await commitOps(all.io, { kind: 'delete', path: parseRelPath('a') });
  const task = await read(all, then.commitSha);
  await all.write('a', 'new');
  await expect(all.run(task)).rejects.toThrow(/demo has changed since the plan was read/);
  expect(await seenAt(all, 'a')).toBe(shaOf('new'));
});

test('I4: so are replacing one version, and replacing a later one', async () => {
  const all = await works();
  const then = await all.write('a', 'one');
  await all.write('a', 'two');
  const task = await read(all, then.commitSha);
  await all.write('a', 'three');
  await expect(all.run(task)).rejects.toThrow(/demo has changed since the plan was read/);
  expect(await seenAt(all, 'a')).toBe(shaOf('three'));
});

/** A project whose `a` is to come back from cold, and what somebody commits while it comes. */
async function recalling(meanwhile: (all: Works) => Promise<unknown>) {
  let atRecall = async () => {};
  const all = await works({
    writing: async (act) => {
      const then = atRecall;
      atRecall = async () => {};
      await then();
      return act();
    },
  });
  await all.write('gone', 'gone');
  const then = await all.write('a', 'one');
  await all.run({ kind: 'archive', project: PROJECT });
  await all.run({ kind: 'evict', by: 'hand', project: PROJECT });
  await all.write('a', 'two');
  await all.write('late', 'late');
  await commitOps(all.io, { kind: 'delete', path: parseRelPath('gone') });
  const task = await read(all, then.commitSha);
  atRecall = async () => {
    await meanwhile(all);
  };
  return { all, task };
}

test.each([
  ['that becomes what it was', 'a'],
  ['that is deleted', 'late'],
  ['that comes back', 'gone'],
])('I4: an edit of a path %s, made while bytes come from cold, is not overwritten', async (_, path) => {
  const { all, task } = await recalling((to) => to.write(path, 'meanwhile'));
  await expect(all.run(task)).rejects.toThrow(/demo has changed since the plan was read/);
  expect(await seenAt(all, path)).toBe(shaOf('meanwhile'));
});

test('I4: a directory that came in the place of a file that comes back is not replaced', async () => {
  const { all, task } = await recalling((to) => to.write('gone/inner', 'meanwhile'));
  await expect(all.run(task)).rejects.toThrow(/demo has changed since the plan was read/);
  expect(await seenAt(all, 'gone/inner')).toBe(shaOf('meanwhile'));
});

test('what comes at another path while bytes come from cold was in no plan, and stays', async () => {
  const { all, task } = await recalling((to) => to.write('new', 'meanwhile'));
  expect((await all.run(task)).sentence).toMatch(/^Restored demo to [0-9a-f]{12}: 2 paths put, 1 deleted/);
  expect((await current(all)).paths).toEqual(['a', 'gone', 'new']);
  expect(await seenAt(all, 'a')).toBe(shaOf('one'));
});

test('a change outside of the part that is restored does not matter, and stays', async () => {
  const all = await works();
  const then = await all.write('docs/a', 'one');
  await all.write('docs/a', 'two');
  const prefix = parseRelPath('docs');
  const task = { ...(await read(all, then.commitSha, prefix)), prefix };
  await all.write('other', 'meanwhile');
  expect((await all.run(task)).sentence).toMatch(/^Restored docs to [0-9a-f]{12}: 1 path put, 0 deleted/);
  expect((await current(all)).paths).toEqual(['docs', 'other']);
});

test('I1: what is only in cold is in hot before the commit names it again', async () => {
  const all = await works();
  const then = await all.write('a', 'one');
  await all.run({ kind: 'archive', project: PROJECT });
  await all.run({ kind: 'evict', by: 'hand', project: PROJECT });
  await commitOps(all.io, { kind: 'delete', path: parseRelPath('a') });
  expect(await all.isHot('one')).toBe(false);
  const done = await all.run(await read(all, then.commitSha));
  expect(done.sentence).toMatch(/^Restored demo/);
  expect(await all.isHot('one')).toBe(true);
});

test('bytes that no tier has any more are named, and nothing is restored', async () => {
  const all = await works();
  const then = await all.write('a', 'one');
  await all.write('a', 'two');
  const { commitSha } = await current(all);
  await all.hot.delete(shaOf('one'));
  const done = await all.run(await read(all, then.commitSha));
  expect(done.sentence).toMatch(/^Nothing was restored/);
  expect(done.failures).toMatchObject({ count: 1, listed: [{ item: 'a' }] });
  expect((await current(all)).commitSha).toBe(commitSha);
});

test('a project that is gone is said to be gone', async () => {
  const all = await works();
  const { commitSha } = await all.write('a', 'one');
  const to = parseSha(commitSha);
  const task = { kind: 'restore', project: PROJECT, to } as const;
  await all.tiers.index.delete('projects.demo.current');
  await expect(all.run(task)).rejects.toThrow(/there is no project demo/);
});
