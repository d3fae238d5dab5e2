import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { DELETE_GRACE_MS, deleteProject, undeleteProject } from '../commit/delete-project.ts';
import { createProject } from '../commit/project.ts';
import { purgeDeleted } from '../lifecycle/purge-deleted.ts';
import { restoreIndex } from '../lifecycle/restore-index.ts';
import { works } from '../lifecycle/works.fakes.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { parseProjectName, shaOf } from '../model/ids.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { ACTOR, PROJECT } from '../testing/test-project.ts';
import { followDeletions } from './follow-deletions.ts';
import { readRestorePoint } from './read-restore-point.ts';
import type { RestorePoints } from './restore-points.ts';

async function deletions() {
  const made = await works();
  const { tiers, io, points } = made;
  /** What a server does with all that there is to follow. */
  const followed = async () => {
    const seen = new AbortController();
    const index = {
      watch: async function* (filter: string, options: { readonly signal: AbortSignal }) {
        for await (const change of tiers.index.watch(filter, options)) {
          if (change.kind === 'caught-up') return;
          yield change;
        }
      },
    };
    await followDeletions({ ...tiers, index, points }, seen.signal);
  };
  const remove = async () => {
    const at = await readCurrent(tiers.index, PROJECT);
    if (!at) throw new Error('no project');
    expect((await deleteProject(io, at)).kind).toBe('deleted');
  };
  /** What comes back where NATS is empty. */
  const disaster = async () => {
    const hot = memoryObjectStore();
    const lost = { ...tiers, hot, nodes: objectNodes(hot), index: memoryKeyValue() };
    const [first] = await restoreIndex(lost, { signal: new AbortController().signal });
    return { lost, outcome: first?.outcome };
  };
  return { ...made, followed, remove, disaster };
}

test('a deleted project comes back from cold as deleted, with all that it had, and can be undeleted there', async () => {
  const { write, run, followed, remove, disaster, tiers, clock } = await deletions();
  await write('a', 'one');
  await run({ kind: 'archive', project: PROJECT });
  await write('b', 'never archived before');
  await remove();
  await followed();
  const point = await readRestorePoint(tiers.cold, PROJECT);
  expect(point).toMatchObject({ current: { files: 2 }, deleted: { deleted_at: expect.any(String) } });
  const { lost, outcome } = await disaster();
  expect(outcome).toMatchObject({ kind: 'deleted', unproven: [] });
  expect(await readCurrent(lost.index, PROJECT)).toBeUndefined();
  const back = await undeleteProject({ ...lost, objects: lost.hot, clock }, PROJECT);
  expect(back).toMatchObject({ kind: 'restored', at: { current: { files: 2 } } });
});

test('one that was brought back is live in cold again, also when no server saw it happen', async () => {
  const { write, run, followed, remove, disaster, io, points, tiers } = await deletions();
  await write('a', 'one');
  await run({ kind: 'archive', project: PROJECT });
  await remove();
  await followed();
  await undeleteProject(io, PROJECT);
  await points.advance(PROJECT, new AbortController().signal);
  expect((await readRestorePoint(tiers.cold, PROJECT))?.deleted).toBeUndefined();
  expect((await disaster()).outcome).toMatchObject({ kind: 'restored' });
});

test('bytes that are lost do not keep the mark from cold: the point names them', async () => {
  const { write, run, followed, remove, hot, tiers } = await deletions();
  await write('a', 'one');
  await run({ kind: 'archive', project: PROJECT });
  await write('b', 'two');
  await hot.delete(shaOf('two'));
  await remove();
  await followed();
  expect(await readRestorePoint(tiers.cold, PROJECT)).toMatchObject({
    current: { files: 2 },
    unproven: { count: 1, listed: [{ path: 'b' }] },
    deleted: { purge_after: expect.any(String) },
  });
});

test('a lost commit does not keep the mark from cold: what was proven before stays the point', async () => {
  const { write, run, followed, remove, hot, tiers } = await deletions();
  await write('a', 'one');
  await run({ kind: 'archive', project: PROJECT });
  await write('b', 'two');
  const at = await readCurrent(tiers.index, PROJECT);
  if (!at) throw new Error('no project');
  await remove();
  await hot.delete(at.current.commit_sha);
  await followed();
  expect(await readRestorePoint(tiers.cold, PROJECT)).toMatchObject({
    current: { files: 1 },
    deleted: { purge_after: expect.any(String) },
  });
});

test('a project whose point cannot be written keeps no other waiting, is said once, and is tried again', async () => {
  const { io, tiers, points, write, remove } = await deletions();
  await write('a', 'one');
  const other = parseProjectName('other');
  await createProject(io, other, ACTOR);
  const at = await readCurrent(tiers.index, other);
  if (!at) throw new Error('no project');
  await remove();
  await deleteProject(io, at);
  const ending = new AbortController();
  const done: string[] = [];
  const warned: string[] = [];
  let failures = 3;
  const failing: Pick<RestorePoints, 'advance'> = {
    advance: async (project, signal) => {
      if (project === PROJECT && failures-- > 0) throw new Error('a commit is lost');
      const result = await points.advance(project, signal);
      done.push(project);
      if (done.length === 2) ending.abort();
      return result;
    },
  };
  const waits: number[] = [];
  const clock = {
    ...tiers.clock,
    sleep: async (ms: number) => {
      waits.push(ms);
    },
  };
  const log = { ...tiers.log, warn: (_: object, message: string) => warned.push(message) };
  await followDeletions({ index: tiers.index, points: failing, clock, log }, ending.signal);
  expect(done.toSorted()).toEqual([PROJECT, other]);
  expect(waits).toEqual([1_000, 2_000, 4_000]);
  expect(warned).toEqual(['the restore point of demo, which was deleted, waits: a commit is lost']);
  expect((await readRestorePoint(tiers.cold, PROJECT))?.deleted).toBeDefined();
});

test('when the grace has ended its point goes, and nobody writes it again', async () => {
  const { write, run, followed, remove, pass, tiers, points } = await deletions();
  await write('a', 'one');
  await run({ kind: 'archive', project: PROJECT });
  await remove();
  await followed();
  pass(DELETE_GRACE_MS + 1);
  expect(await points.advance(PROJECT, new AbortController().signal)).toMatchObject({ kind: 'no-project' });
  expect(await purgeDeleted(tiers, async () => undefined)).toEqual([PROJECT]);
  expect(await readRestorePoint(tiers.cold, PROJECT)).toBeUndefined();
});
