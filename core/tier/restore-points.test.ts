import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { DELETE_GRACE_MS } from '../commit/delete-project.ts';
import { renameProject } from '../commit/rename-project.ts';
import { purgeDeleted } from '../lifecycle/purge-deleted.ts';
import { restoreIndex } from '../lifecycle/restore-index.ts';
import { works } from '../lifecycle/works.fakes.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { parseProjectName, shaOf } from '../model/ids.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { ACTOR, PROJECT } from '../testing/test-project.ts';
import { readRestorePoint } from './read-restore-point.ts';

const NEW = parseProjectName('new-name');
const { signal } = new AbortController();
const archive = { kind: 'archive', project: PROJECT } as const;

test('a file that is lost keeps no project from its first point: the point names it, and a restore as well', async () => {
  const { write, run, hot, tiers } = await works();
  await write('a', 'one');
  await write('b', 'two');
  await hot.delete(shaOf('two'));
  expect((await run(archive)).failures.listed).toMatchObject([{ item: 'b' }]);
  const point = await readRestorePoint(tiers.cold, PROJECT);
  expect(point).toMatchObject({ current: { files: 2 }, unproven: { count: 1, listed: [{ path: 'b' }] } });
  const empty = memoryObjectStore();
  const lost = { ...tiers, hot: empty, nodes: objectNodes(empty), index: memoryKeyValue() };
  const [restored] = await restoreIndex(lost, { signal });
  expect(restored?.outcome).toMatchObject({ kind: 'restored', unproven: [{ path: 'b' }] });
});

test('what a point lacks is looked for with each move, until it is there or nobody wants it any more', async () => {
  const { write, hot, points, tiers, isCold } = await works();
  for (const name of ['a', 'b', 'c']) await write(name, `content of ${name}`);
  for (const name of ['b', 'c']) await hot.delete(shaOf(`content of ${name}`));
  const unproven = async () => (await readRestorePoint(tiers.cold, PROJECT))?.unproven?.listed.map(({ path }) => path);
  const first = await points.advance(PROJECT, signal);
  expect(first).toMatchObject({ kind: 'moved', lost: { sha: expect.any(String) } });
  expect(await unproven()).toEqual(['b', 'c']);
  expect(await points.advance(PROJECT, signal)).toMatchObject({ kind: 'there', lost: { name: 'ObjectAbsentError' } });

  await hot.put(shaOf('content of b'), 12, Buffer.from('content of b'));
  expect((await points.advance(PROJECT, signal)).kind).toBe('moved');
  expect([await unproven(), await isCold('content of b')]).toEqual([['c'], true]);

  await write('d', 'more');
  await points.advance(PROJECT, signal);
  expect(await unproven()).toEqual(['c']);
  await write('c', 'another one');
  expect(await points.advance(PROJECT, signal)).not.toHaveProperty('lost');
  expect(await unproven()).toBeUndefined();
});

test('a renamed project with a lost file has a point under its new name before the old one is marked and purged', async () => {
  const { write, run, io, points, tiers, hot, pass } = await works();
  await write('a', 'one');
  await run(archive);
  await write('b', 'two');
  await hot.delete(shaOf('two'));
  expect((await renameProject(io, PROJECT, NEW, ACTOR)).kind).toBe('renamed');
  await points.advance(PROJECT, signal);
  expect((await readRestorePoint(tiers.cold, PROJECT))?.deleted).toBeDefined();
  expect(await readRestorePoint(tiers.cold, NEW)).toMatchObject({ current: { files: 2 }, unproven: { count: 1 } });
  pass(DELETE_GRACE_MS + 1);
  expect(await purgeDeleted(tiers, async () => undefined)).toEqual([PROJECT]);
  expect(await readRestorePoint(tiers.cold, PROJECT)).toBeUndefined();
  expect(await readRestorePoint(tiers.cold, NEW)).toBeDefined();
});

test('I3: while the new name cannot get a point, the old name keeps its own, past its grace too', async () => {
  const { write, run, io, points, tiers, hot, cold, pass } = await works();
  await write('a', 'one');
  await run(archive);
  await renameProject(io, PROJECT, NEW, ACTOR);
  const at = await readCurrent(tiers.index, NEW);
  const stat = at && (await hot.stat(at.current.commit_sha));
  if (!at || stat?.kind !== 'present') throw new Error('it was not renamed');
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await hot.get(at.current.commit_sha)).bytes) chunks.push(chunk);
  await hot.delete(at.current.commit_sha);
  await expect(points.advance(PROJECT, signal)).rejects.toThrow('is not in hot');
  pass(DELETE_GRACE_MS + 1);
  expect(await purgeDeleted(tiers, async () => undefined)).toEqual([]);
  expect((await readRestorePoint(cold, PROJECT))?.deleted).toBeUndefined();

  await hot.put(at.current.commit_sha, stat.sizeBytes, Buffer.concat(chunks));
  await points.advance(NEW, signal);
  expect(await purgeDeleted(tiers, async () => undefined)).toEqual([PROJECT]);
  expect(await readRestorePoint(cold, PROJECT)).toBeUndefined();
});

test('a project that was renamed and renamed back has one live point, under the name that it has', async () => {
  const { write, io, points, tiers } = await works();
  await write('a', 'one');
  await points.advance(PROJECT, signal);
  await renameProject(io, PROJECT, NEW, ACTOR);
  await renameProject(io, NEW, PROJECT, ACTOR);
  await points.advance(NEW, signal);
  await points.advance(PROJECT, signal);
  expect((await readRestorePoint(tiers.cold, NEW))?.deleted).toBeDefined();
  expect((await readRestorePoint(tiers.cold, PROJECT))?.deleted).toBeUndefined();
});
