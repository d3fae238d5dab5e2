import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { digestOf, planRestore } from '../history/restore.ts';
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

async function read(all: Works, to: string, path: RelPath | '' = '') {
  const plan = await planRestore(all.io, { project: PROJECT, to: parseSha(to), path });
  if (typeof plan === 'string') throw new Error(plan);
  return { kind: 'restore', project: PROJECT, to: parseSha(to), plan: digestOf(plan) } as const;
}

test('the plan that was read is carried out by one commit, and a second run finds it done', async () => {
  const all = await works();
  const then = await all.write('a', 'one');
  await all.write('a', 'other');
  await all.write('b', 'new');
  const task = await read(all, then.commitSha);
  const dry = await all.run(task, { dryRun: true });
  expect(dry.plan).toMatchObject({ items: 2, bytes: 3, listed: [{ item: 'b' }, { item: 'a' }] });
  expect((await current(all)).paths).toEqual(['a', 'b']);
  const done = await all.run(task);
  const { commitSha, paths } = await current(all);
  expect(paths).toEqual(['a']);
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
