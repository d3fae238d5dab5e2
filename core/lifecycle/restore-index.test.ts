import { expect, test } from 'vitest';
import { commit } from '../commit/commit.ts';
import { readCurrent } from '../commit/current.ts';
import { DELETE_GRACE_MS, deleteProject } from '../commit/delete-project.ts';
import { createProject } from '../commit/project.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { parseProjectName, shaOf } from '../model/ids.ts';
import { currentKey } from '../model/index-keys.ts';
import { restorePointKey } from '../model/restore-point.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { ACTOR, PROJECT, putText } from '../testing/test-project.ts';
import { noteDamage, readRecord } from '../tier/object-records.ts';
import { readRestorePoint } from '../tier/read-restore-point.ts';
import { purgeDeleted } from './purge-deleted.ts';
import { restoreIndex } from './restore-index.ts';
import { works } from './works.fakes.ts';

const { signal } = new AbortController();
const OTHER = parseProjectName('other');

/** Two projects whose points are in cold; what is done to one of them there is done to it alone. */
async function two() {
  const all = await works();
  const { tiers, io, points, write } = all;
  await write('a', 'one');
  await createProject(io, OTHER, ACTOR);
  await commit(io, { project: OTHER, ops: [await putText(io, 'b', 'two')], actor: ACTOR });
  await points.advance(PROJECT, signal);
  await points.advance(OTHER, signal);
  const current = async () => {
    const at = await readCurrent(tiers.index, PROJECT);
    if (!at) throw new Error('no project');
    return at;
  };
  const damagePoint = () => tiers.cold.putDocument(restorePointKey(PROJECT), Buffer.from('{"half'));
  /** The same cold beside a NATS without anything. */
  const disaster = async () => {
    const hot = memoryObjectStore();
    const lost = { ...tiers, hot, nodes: objectNodes(hot), index: memoryKeyValue() };
    const restore = async (project?: typeof OTHER) => {
      const restored = await restoreIndex(lost, { signal, ...(project && { project }) });
      return new Map(restored.map(({ project, outcome }) => [project, outcome]));
    };
    return { lost, restore };
  };
  /** NATS forgot only that the project is there. */
  const restoredAgain = async () => {
    await tiers.index.delete(currentKey(PROJECT));
    const restored = await restoreIndex(tiers, { signal, project: PROJECT });
    return restored[0]?.outcome;
  };
  return { ...all, current, damagePoint, disaster, restoredAgain };
}

test('a damaged restore point is told, and keeps no other project away, also where only the other is asked for', async () => {
  const { damagePoint, disaster } = await two();
  await damagePoint();
  const { lost, restore } = await disaster();
  const all = await restore();
  expect(all.get(PROJECT)).toMatchObject({
    kind: 'failed',
    reason: expect.stringContaining('the restore point of demo'),
  });
  expect(all.get(OTHER)).toMatchObject({ kind: 'restored' });
  expect((await readCurrent(lost.index, OTHER))?.current.files).toBe(1);
  const alone = await disaster();
  expect([...(await alone.restore(OTHER)).keys()]).toEqual([OTHER]);
});

test('a node or commit that cold has lost fails its own project, which comes back when it is there again', async () => {
  const { current, disaster, cold, hot } = await two();
  for (const which of ['manifest_sha', 'commit_sha'] as const) {
    const sha = (await current()).current[which];
    await cold.delete(sha);
    const { lost, restore } = await disaster();
    const first = await restore();
    expect(first.get(PROJECT)).toMatchObject({ kind: 'failed', reason: expect.stringContaining(sha.slice(0, 12)) });
    expect(first.get(OTHER)).toMatchObject({ kind: 'restored' });
    expect(await readCurrent(lost.index, PROJECT)).toBeUndefined();
    const stat = await hot.stat(sha);
    if (stat.kind !== 'present') throw new Error('hot has lost it as well');
    await cold.put(sha, stat.sizeBytes, async function* () {
      yield* (await hot.get(sha)).bytes;
    });
    const second = await restore();
    expect(second.get(PROJECT)).toMatchObject({ kind: 'restored' });
    expect(second.get(OTHER)).toEqual({ kind: 'exists' });
  }
});

test('what cold has lost of a project that NATS has is no failure of a restore', async () => {
  const { current, tiers, cold } = await two();
  await cold.delete((await current()).current.commit_sha);
  const kinds = (await restoreIndex(tiers, { signal })).map(({ outcome }) => outcome.kind);
  expect(kinds).toEqual(['exists', 'exists']);
});

test('I3: a copy that was found damaged is not on record as good again by a restore of another project that has it', async () => {
  const { tiers, restoredAgain } = await two();
  await noteDamage(tiers.index, { sha: shaOf('one'), sizeBytes: 3 }, tiers.clock.now());
  expect(await restoredAgain()).toMatchObject({ kind: 'restored', unproven: [{ path: 'a' }] });
  expect((await readRecord(tiers.index, shaOf('one')))?.cold).toBeUndefined();
});

test('a restore that is ended says so, and not that projects failed', async () => {
  const { tiers } = await two();
  const ended = AbortSignal.abort(new Error('the operator has left'));
  const lost = { ...tiers, index: memoryKeyValue() };
  await expect(restoreIndex(lost, { signal: ended })).rejects.toThrow('the operator has left');
});

test('a damaged point goes with its deleted project, and one of a project that has the name again stays for that', async () => {
  const { io, current, damagePoint, pass, tiers } = await two();
  await deleteProject(io, await current());
  await damagePoint();
  pass(DELETE_GRACE_MS * 2);
  expect(await purgeDeleted(tiers, async () => undefined)).toEqual([PROJECT]);
  expect(await readRestorePoint(tiers.cold, PROJECT)).toBeUndefined();

  await createProject(io, PROJECT, ACTOR);
  await deleteProject(io, await current());
  await createProject(io, PROJECT, ACTOR);
  await damagePoint();
  pass(DELETE_GRACE_MS * 2);
  expect(await purgeDeleted(tiers, async () => undefined)).toEqual([PROJECT]);
  await expect(readRestorePoint(tiers.cold, PROJECT)).rejects.toThrow('cannot be read');
});

test('one whose commits are lost keeps no other from the end of its grace', async () => {
  const { io, current, hot, pass, tiers, points } = await two();
  const old = await current();
  await deleteProject(io, old);
  const other = await readCurrent(tiers.index, OTHER);
  if (!other) throw new Error('no project');
  await deleteProject(io, other);
  await points.advance(OTHER, signal);
  // The point is of a commit that is not the last one, so that the chain is asked.
  await tiers.cold.putDocument(
    restorePointKey(PROJECT),
    (await tiers.cold.getDocument(restorePointKey(OTHER)))?.slice() ?? new Uint8Array(),
  );
  await hot.delete(old.current.commit_sha);
  pass(DELETE_GRACE_MS * 2);
  expect(await purgeDeleted(tiers, async () => undefined)).toEqual([OTHER]);
});

test('a sweep leaves cold alone while a restore point cannot be read, and ends well', async () => {
  const { run, damagePoint, write, isCold } = await two();
  await damagePoint();
  const done = await run({ kind: 'sweep' });
  expect(done.sentence).toContain('Cold was left alone: its restore point of demo cannot be read');
  await write('a', 'newer');
  expect(await isCold('one')).toBe(true);
});
