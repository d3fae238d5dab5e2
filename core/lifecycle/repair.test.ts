import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { isoTime } from '../model/clock.ts';
import { fakeSha, type Sha, shaOf } from '../model/ids.ts';
import type { TaskOf } from '../model/job.ts';
import type { ColdStore } from '../store/cold-store.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { ObjectCorruptError } from '../store/store-errors.ts';
import { PROJECT } from '../testing/test-project.ts';
import { ObjectArchiver } from '../tier/archive-object.ts';
import { Claims } from '../tier/claims.ts';
import { stateOf } from '../tier/copy-state.ts';
import { type EvictResult, evictObject } from '../tier/evict.ts';
import { heal } from '../tier/heal.ts';
import { changeRecord } from '../tier/object-records.ts';
import { Rehydrator } from '../tier/rehydrate.ts';
import { shareOf } from './scrub-job.ts';
import { works } from './works.fakes.ts';

const repair = { kind: 'repair', project: PROJECT } as const;
const archive = { kind: 'archive', project: PROJECT } as const;

test('repair makes what is wrong in one tier from the other, and lists what no tier has', async () => {
  const { run, write, hot, cold, isHot, isCold, told } = await works();
  for (const text of ['one', 'two', 'three', 'four', 'five', 'six']) await write(text, text);
  await run(archive);
  hot.damage(shaOf('one'), Buffer.from('0ne'));
  await hot.delete(shaOf('two'));
  await cold.delete(shaOf('three'));
  cold.damage(shaOf('four'), Buffer.from('f0ur'));
  hot.damage(shaOf('five'), Buffer.from('f1ve'));
  await cold.delete(shaOf('five'));
  const dry = await run(repair, { dryRun: true });
  expect(dry.plan?.listed.map(({ item, reason }) => `${item}: ${reason}`).toSorted()).toEqual([
    'four: archived from hot',
    'one: brought back from cold',
    'three: archived from hot',
    'two: brought back from cold',
  ]);
  expect(await isHot('two')).toBe(false);
  const done = await run(repair);
  expect(done.sentence).toBe('Looked at 6 objects and healed 4.');
  expect(done.failures).toMatchObject({
    count: 1,
    listed: [{ item: 'five', reason: expect.stringMatching(/no tier has its 4 bytes intact, and no node/) }],
  });
  for (const text of ['one', 'two', 'three', 'four', 'six']) {
    expect([text, await isHot(text), await isCold(text)]).toEqual([text, true, true]);
  }
  const damage = told.flatMap((event) => (event.type === 'ObjectCorrupt' ? [event.payload] : []));
  expect(damage.map(({ sha, tier }) => `${tier} ${sha}`).sort()).toEqual(
    [`cold ${shaOf('four')}`, `hot ${shaOf('five')}`, `hot ${shaOf('one')}`].sort(),
  );
  expect((await run(repair)).sentence).toBe('Looked at 6 objects and healed 0.');
});

test('what no tier has intact is put again by a node that has the file, and archived', async () => {
  const { run, write, hot, cold, isHot, isCold, onNodes } = await works();
  await write('a', 'damaged');
  await write('b', 'gone');
  await run(archive);
  hot.damage(shaOf('damaged'), Buffer.from('d4maged'));
  cold.damage(shaOf('damaged'), Buffer.from('dam4ged'));
  await hot.delete(shaOf('gone'));
  await cold.delete(shaOf('gone'));
  onNodes.add('damaged').add('gone');
  expect((await run(repair)).sentence).toBe('Looked at 2 objects and healed 2.');
  for (const text of ['damaged', 'gone']) expect([await isHot(text), await isCold(text)]).toEqual([true, true]);
});

test('I3: what somebody put anew while a node was looked for is not taken for what was found damaged', async () => {
  const { run, write, hot, cold, tiers, archiver, rehydrator, isCold } = await works();
  await write('a', 'content');
  await run(archive);
  const sha = shaOf('content');
  hot.damage(sha, Buffer.from('c0ntent'));
  cold.damage(sha, Buffer.from('cont3nt'));
  const mended = async () => {
    await hot.delete(sha);
    await hot.put(sha, 7, Buffer.from('content'));
    return true;
  };
  // The node finds the object present, and has nothing to put.
  const wanted = { isHeld: mended, put: async () => true };
  const how = { thorough: true, dryRun: false, signal: new AbortController().signal };
  const healed = await heal({ tiers, archiver, rehydrator, wanted }, { sha, sizeBytes: 7, project: PROJECT }, how);
  expect(healed.kind).toBe('healed');
  expect([await stateOf(() => hot.get(sha)), await isCold('content')]).toEqual(['good', true]);
});

test('what was evicted is well in cold alone: repair leaves it there', async () => {
  const { run, write, isHot } = await works();
  await write('a', 'one');
  await run(archive);
  await run({ kind: 'evict', by: 'hand', project: PROJECT });
  expect((await run(repair)).sentence).toBe('Looked at 1 object and healed 0.');
  expect(await isHot('one')).toBe(false);
});

test('a damaged manifest node in hot comes back from cold before the files below it are looked at', async () => {
  const { run, write, hot, io } = await works();
  await write('a', 'one');
  await run(archive);
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  hot.damage(at.current.manifest_sha, Buffer.from('{}'));
  await hot.delete(at.current.commit_sha);
  expect((await run(repair)).sentence).toBe('Looked at 1 object and healed 0.');
  expect((await hot.stat(at.current.commit_sha)).kind).toBe('present');
});

test('a scrub of everything reads both tiers and heals rot; its shares cover every object once', async () => {
  const { run, write, hot, cold, isHot, isCold } = await works();
  for (const text of ['one', 'two', 'three']) await write(text, text);
  await run(archive);
  hot.damage(shaOf('one'), Buffer.from('0ne'));
  cold.damage(shaOf('two'), Buffer.from('tw0'));
  // Three files, the node that lists them and four commits.
  expect((await run({ kind: 'scrub', share: 1 })).sentence).toBe('Read 8 objects in both tiers; healed 2.');
  for (const text of ['one', 'two', 'three']) expect([await isHot(text), await isCold(text)]).toEqual([true, true]);
  expect((await run({ kind: 'scrub', share: 1 })).sentence).toBe('Read 8 objects in both tiers; healed 0.');
  const shas = Array.from({ length: 300 }, () => fakeSha());
  const days = Array.from({ length: 30 }, (_, day) => shas.filter(shareOf(day, 1 / 30)));
  expect(days.flat().toSorted()).toEqual(shas.toSorted() as Sha[]);
});

test('reconcile archives what the index believes in and cold does not have, and what was never archived', async () => {
  const { run, write, cold, isCold, dead } = await works();
  await write('a', 'one');
  await run(archive);
  await write('b', 'two');
  await cold.delete(shaOf('one'));
  await dead.bury({ sha: shaOf('nobody needs it'), reason: 'it was damaged', attempts: 4 });
  const reconcile = { kind: 'reconcile' } as const;
  expect((await run(reconcile, { dryRun: true })).sentence).toBe('Would archive 2 of 2 objects.');
  expect((await run(reconcile)).sentence).toBe('Archived 2 of 2 objects; 1 dead letters were outdated.');
  expect([await isCold('one'), await isCold('two')]).toEqual([true, true]);
  expect((await run(reconcile)).sentence).toBe('Archived 0 of 2 objects; 0 dead letters were outdated.');
});

test('a copy that somebody wrote again, with the same bytes, is read by repair and can be evicted again', async () => {
  const { run, write, cold, isHot } = await works();
  await write('a', 'content');
  await run(archive);
  cold.damage(shaOf('content'), Buffer.from('content'));
  const evict = { kind: 'evict', by: 'hand', project: PROJECT } as const;
  expect((await run(evict)).failures).toMatchObject({ listed: [{ reason: expect.stringContaining('Repair') }] });
  expect((await run(repair)).failures.count).toBe(0);
  expect((await run(evict)).sentence).toBe('Evicted 1 object.');
  expect(await isHot('content')).toBe(false);
});

test('I3: between finding a copy in cold damaged and writing it again, nobody evicts the other one', async () => {
  const { run, write, cold, hot, tiers, isHot, isCold } = await works();
  await write('a', 'content');
  await run(archive);
  const sha = shaOf('content');
  // Rot that a HEAD does not show: the length and the ETag are as they were.
  const rotten = { ...cold, get: () => Promise.reject(new ObjectCorruptError(sha, 'cold', 'rot')) };
  const stat = await hot.stat(sha);
  const touchedAt = stat.kind === 'present' ? stat.touchedAt : 0;
  const evicted: EvictResult[] = [];
  const evictor = async () => {
    const keep = { pinned: new Set<Sha>(), metadata: new Set<Sha>() };
    evicted.push(await evictObject(tiers, { sha, sizeBytes: 7, touchedAt }, keep));
  };
  const overwriting: ColdStore = {
    ...rotten,
    put: async (...args) => {
      await evictor();
      return cold.put(...args);
    },
  };
  const healing = { ...tiers, cold: overwriting };
  const claims = new Claims(memoryKeyValue(), 'server-2', tiers.clock);
  const io = {
    tiers: healing,
    archiver: new ObjectArchiver(healing),
    rehydrator: new Rehydrator(healing, claims),
    wanted: { isHeld: async () => false, put: async () => false },
  };
  const { signal } = new AbortController();
  const how = { thorough: true, dryRun: false, signal };
  const healed = await heal(io, { sha, sizeBytes: 7, project: PROJECT }, how);
  expect(healed).toEqual({ kind: 'healed', what: 'archived from hot' });
  expect(evicted).toEqual([{ kind: 'kept', reason: 'it is not archived yet' }]);
  expect([await isHot('content'), await isCold('content')]).toEqual([true, true]);
});

test('an eviction that a crash left untold is told by the job that goes on with it, and by a reconcile', async () => {
  const { run, write, told, hot, tiers } = await works();
  for (const text of ['one', 'two']) await write(text, text);
  await run(archive);
  const since = isoTime(tiers.clock.now());
  for (const text of ['one', 'two']) {
    await changeRecord(tiers.index, shaOf(text), (was) => was && { ...was, evicted: { since, told: false } });
    await hot.delete(shaOf(text));
  }
  const evict: TaskOf<'evict'> = { kind: 'evict', by: 'hand', project: PROJECT, shas: [shaOf('one')] };
  expect((await run(evict)).sentence).toBe('Evicted 1 object.');
  await run({ kind: 'reconcile' });
  const evictions = told.flatMap((event) => (event.type === 'ObjectEvicted' ? [event.payload.sha] : []));
  expect(evictions).toEqual([shaOf('one'), shaOf('two')]);
});
