import { expect, test } from 'vitest';
import { commit } from '../commit/commit.ts';
import { readCurrent } from '../commit/current.ts';
import { DELETE_GRACE_MS, deleteProject } from '../commit/delete-project.ts';
import { changePolicy } from '../commit/policy.ts';
import { createProject } from '../commit/project.ts';
import { renameProject } from '../commit/rename-project.ts';
import { parseProjectName, type Sha, shaOf } from '../model/ids.ts';
import type { EvictPolicy } from '../model/policy.ts';
import { parseRelPath } from '../model/rel-path.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { type ByteRange, collect } from '../store/object-store.ts';
import { ACTOR, PROJECT, putText } from '../testing/test-project.ts';
import { Claims } from '../tier/claims.ts';
import { pin } from '../tier/pins.ts';
import { readTier } from '../tier/project-tier.ts';
import { readRestorePoint } from '../tier/read-restore-point.ts';
import { readThrough } from '../tier/read-through.ts';
import { Rehydrator } from '../tier/rehydrate.ts';
import type { TierIo } from '../tier/tier-io.ts';
import { LARGE_BYTES, TieredReader } from '../tier/tiered-reader.ts';
import { anyProjectEvicts } from './evict-overrides.ts';
import { purgeDeleted } from './purge-deleted.ts';
import { SWEEP_GRACE_MS } from './sweep.ts';

import { works } from './works.fakes.ts';

const DAY = 86_400_000;

const byHand = { kind: 'evict', by: 'hand', project: PROJECT } as const;
const archive = { kind: 'archive', project: PROJECT } as const;

test('a project leaves hot and comes back: nothing is lost, and every step says what it did', async () => {
  const { run, write, isHot, cold, tiers, told } = await works();
  await write('a', 'one');
  await write('docs/b', 'two');
  await write('docs/c', 'two');
  expect((await run(archive, { dryRun: true })).plan).toMatchObject({ items: 3, bytes: 9 });
  expect((await run(archive)).sentence).toBe('Archived 3 files; 0 were archived before.');
  expect((await readRestorePoint(cold, PROJECT))?.current.files).toBe(3);
  const dry = await run(byHand, { dryRun: true });
  expect(dry.plan).toMatchObject({ items: 2, bytes: 6, listed: [{ item: 'a', reason: 'asked for by hand' }, {}] });
  expect(await isHot('one')).toBe(true);
  expect((await run(byHand)).sentence).toBe('Evicted 2 objects.');
  expect([await isHot('one'), await isHot('two')]).toEqual([false, false]);
  const { bytes } = await readThrough(tiers.hot, cold, shaOf('one'));
  expect(Buffer.from(await collect(bytes)).toString()).toBe('one');
  const subtree = await run({ kind: 'promote', project: PROJECT, mode: 'fast', prefix: parseRelPath('docs') });
  expect(subtree.sentence).toMatch(/^Brought back [12] files/);
  expect([await isHot('one'), await isHot('two')]).toEqual([false, true]);
  const whole = await run({ kind: 'promote', project: PROJECT, mode: 'strict' });
  expect(whole).toMatchObject({
    sentence: 'Brought back 1 file; the others were in hot.',
    progress: { items: { done: 3, total: 3 } },
  });
  expect(await readTier(tiers.index, PROJECT)).toMatchObject({ tier: 'hot' });
  expect(told.map(({ type }) => type).filter((type) => type.startsWith('Project'))).toEqual([
    'ProjectEvicted',
    'ProjectPromoted',
    'ProjectPromoted',
  ]);
});

test('strict promotion replaces a damaged copy in hot by the good one in cold, and says what it could not bring back', async () => {
  const { run, write, isHot, hot, cold } = await works();
  await write('a', 'one');
  await write('b', 'two');
  await write('c', 'three');
  await run(archive);
  hot.damage(shaOf('one'), Buffer.from('0ne'));
  await hot.delete(shaOf('two'));
  await cold.delete(shaOf('two'));
  const result = await run({ kind: 'promote', project: PROJECT, mode: 'strict' });
  expect(result.failures).toMatchObject({
    count: 1,
    listed: [{ item: 'b', sha: shaOf('two'), reason: expect.stringContaining('not in cold') }],
  });
  expect(await isHot('one')).toBe(true);
  expect(Buffer.from(await collect((await hot.get(shaOf('one'))).bytes)).toString()).toBe('one');
});

test('an object that only one of its paths pins stays; others go', async () => {
  const { run, write, isHot, tiers } = await works();
  await write('a', 'one');
  await write('keep/a', 'one');
  await write('b', 'two');
  await run(archive);
  await pin(tiers, PROJECT, [parseRelPath('keep')], ACTOR);
  expect((await run(byHand)).sentence).toBe('Evicted 1 object; kept 1 because it is pinned.');
  expect([await isHot('one'), await isHot('two')]).toEqual([true, false]);
});

test('by policy, idle objects go, and above the high mark the least used until the low one', async () => {
  const policy = { kind: 'evict', by: 'policy' } as const;
  const text = (name: string) => name.repeat(10_000 / name.length);
  const plain = await works({ rules: { idleMs: 30 * DAY } });
  await plain.write('old', text('o'));
  await plain.run(archive);
  plain.pass(31 * DAY);
  await plain.write('new', text('n'));
  await plain.run(archive);
  plain.pass(DAY);
  expect((await plain.run(policy)).plan?.listed).toMatchObject([
    { item: shaOf(text('o')), reason: 'used last 32 days ago, which is idle' },
  ]);
  expect([await plain.isHot(text('o')), await plain.isHot(text('n'))]).toEqual([false, true]);

  const water = await works({ rules: { water: { highBytes: 35_000, lowBytes: 25_000 } } });
  for (const name of ['a', 'b', 'c', 'd']) {
    await water.write(name, text(name));
    water.pass(DAY);
  }
  await water.run(archive);
  water.reads.set(shaOf(text('a')), water.tiers.clock.now());
  water.pass(DAY);
  const { plan } = await water.run(policy, { dryRun: true });
  expect(plan?.listed.map(({ item }) => item)).toEqual([shaOf(text('b')), shaOf(text('c'))]);
  await water.run(policy);
  expect(await Promise.all(['a', 'b', 'c', 'd'].map((name) => water.isHot(text(name))))).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect((await water.run(policy)).plan).toBeUndefined();
});

test('a project has a rule of its own: idle sooner or later than the servers say, or never; shared bytes obey the most careful', async () => {
  const { run, write, isHot, pass, io, tiers } = await works({ rules: { idleMs: 30 * DAY } });
  const careful = parseProjectName('careful');
  await createProject(io, careful, ACTOR);
  for (const text of ['own', 'shared']) await write(text, text);
  const theirs = [await putText(io, 'shared', 'shared'), await putText(io, 'theirs', 'theirs')];
  await commit(io, { project: careful, ops: theirs, actor: ACTOR });
  await run({ kind: 'archive' });
  const policy = { kind: 'evict', by: 'policy' } as const;
  const change = (project: typeof PROJECT, evict: EvictPolicy) =>
    changePolicy(tiers.index, project, (was) => ({ ...was, evict }));
  const hot = () => Promise.all(['own', 'shared', 'theirs'].map(isHot));

  expect(await anyProjectEvicts(tiers)).toBe(false);
  await change(PROJECT, { never: false, idle_ms: 7 * DAY });
  expect(await anyProjectEvicts(tiers)).toBe(true);
  pass(8 * DAY);
  await run(policy);
  expect(await hot()).toEqual([false, true, true]);
  await change(careful, { never: true });
  pass(40 * DAY);
  expect((await run(policy)).sentence).toContain('kept 2 because its project never evicts by policy');
  await change(careful, { never: false });
  await run(policy);
  expect(await hot()).toEqual([false, false, false]);
});

test('by policy, what was stored or read within the last minutes stays, whatever the marks say', async () => {
  const { run, write, pass } = await works({ rules: { water: { highBytes: 1, lowBytes: 1 } } });
  await write('a', 'just now');
  await run(archive);
  pass(60_000);
  expect((await run({ kind: 'evict', by: 'policy' })).plan).toBeUndefined();
  pass(600_000);
  expect((await run({ kind: 'evict', by: 'policy' })).plan).toMatchObject({ items: 1 });
});

test('archiving again by hand asks cold anew, and takes a dead letter away', async () => {
  const { run, write, cold, dead } = await works();
  await write('a', 'one');
  await run(archive);
  await cold.delete(shaOf('one'));
  await dead.bury({ sha: shaOf('one'), project: PROJECT, reason: 'it was damaged', attempts: 4 });
  expect((await run(archive)).sentence).toBe('Archived 0 files; 1 were archived before.');
  await dead.bury({ sha: shaOf('one'), project: PROJECT, reason: 'it was damaged', attempts: 4 });
  expect((await run({ ...archive, shas: [shaOf('one')] })).sentence).toBe('Archived 1 file; 0 were archived before.');
  expect((await cold.check(shaOf('one'), { sizeBytes: 3 })).kind).toBe('proven');
  const letters = [];
  for await (const letter of dead.list()) letters.push(letter);
  expect(letters).toEqual([]);
});

test('an object that cannot be archived is listed, by the job and by the restore point that moves all the same', async () => {
  const { run, write, hot, cold } = await works();
  await write('a', 'one');
  await write('b', 'two');
  hot.damage(shaOf('one'), Buffer.from('0ne'));
  expect(await run(archive)).toMatchObject({
    failures: { count: 1, listed: [{ item: 'a' }] },
    progress: { items: { done: 2 } },
  });
  expect(await readRestorePoint(cold, PROJECT)).toMatchObject({ unproven: { count: 1, listed: [{ path: 'a' }] } });
});

test('the first read of what is only in cold brings it back: ten readers of a small one cost one fetch, a large one streams', async () => {
  const { run, write, isHot, tiers, clock } = await works();
  const large = 'x'.repeat(LARGE_BYTES + 1);
  await write('small', 'one');
  await write('large', large);
  await run(archive);
  await run(byHand);
  const fetched: Sha[] = [];
  const counted: TierIo = {
    ...tiers,
    cold: {
      ...tiers.cold,
      get: (sha, options) => {
        fetched.push(sha);
        return tiers.cold.get(sha, options);
      },
    },
  };
  const rehydrator = new Rehydrator(counted, new Claims(memoryKeyValue(), 'server-1', clock));
  const reader = new TieredReader(counted, rehydrator, new AbortController().signal);
  const text = async (sha: Sha, range?: ByteRange) =>
    Buffer.from(await collect((await reader.read(sha, range ? { range } : {})).bytes)).toString();
  const peeked = await reader.peek(shaOf('one'), { start: 1, end: 3 });
  expect(Buffer.from(await collect(peeked.bytes)).toString()).toBe('ne');
  expect(await isHot('one')).toBe(false);
  fetched.length = 0;
  const ten = await Promise.all(Array.from({ length: 10 }, () => text(shaOf('one'))));
  expect(new Set(ten)).toEqual(new Set(['one']));
  expect(fetched).toEqual([shaOf('one')]);
  expect(await isHot('one')).toBe(true);
  expect(await text(shaOf(large), { start: 10, end: 14 })).toBe('xxxx');
  await rehydrator.rehydrate(shaOf(large), PROJECT, new AbortController().signal);
  expect(await isHot(large)).toBe(true);
  expect(fetched.filter((sha) => sha === shaOf(large))).toHaveLength(2);
});

const sweep = { kind: 'sweep' } as const;

test('a sweep takes what no kept commit reaches out of both tiers, at its second find and after the grace time', async () => {
  const { run, write, isHot, isCold, forgetSoon, pass, told } = await works();
  await forgetSoon();
  await write('a', 'old');
  await run(archive);
  await write('a', 'new');
  await run(archive);
  pass(SWEEP_GRACE_MS + 1);
  expect((await run(sweep)).sentence).toMatch(/^Removed 0 objects from hot and 0 from cold; \d+ wait/);
  pass(3_600_000);
  const dry = await run(sweep, { dryRun: true });
  expect(dry.plan?.listed.map(({ item }) => item)).toContain(shaOf('old'));
  expect([await isHot('old'), await isCold('old')]).toEqual([true, true]);
  await run(sweep);
  expect([await isHot('old'), await isCold('old')]).toEqual([false, false]);
  expect([await isHot('new'), await isCold('new')]).toEqual([true, true]);
  const swept = told.flatMap(({ type, payload }) => (type === 'ObjectSwept' ? [payload] : []));
  expect(swept.filter(({ sha }) => sha === shaOf('old')).map(({ tier }) => tier)).toEqual(['hot', 'cold']);
  expect(swept.map(({ sha }) => sha)).not.toContain(shaOf('new'));
});

test('cold is left alone by a sweep that finds a restore point of a history that is not here: NATS has lost something', async () => {
  const { run, write, isCold, forgetSoon, pass, cold, points } = await works();
  await forgetSoon();
  await write('a', 'old');
  await run(archive);
  await write('a', 'new');
  await run(archive);
  const point = await readRestorePoint(cold, PROJECT);
  if (!point) throw new Error('no restore point');
  const lost = {
    ...point,
    project: parseProjectName('lost'),
    current: { ...point.current, commit_sha: shaOf('gone') },
  };
  await cold.putDocument('projects/lost/current.json', Buffer.from(JSON.stringify(lost)));
  for (let i = 0; i < 4; i++) {
    pass(SWEEP_GRACE_MS + 1);
    expect((await run(sweep)).sentence).toContain(
      'Cold was left alone: its restore point of lost is of no history that is here',
    );
  }
  expect(await isCold('old')).toBe(true);
  await points.advance(PROJECT, new AbortController().signal);
});

test('a renamed project has a restore point of its own; the old one goes when nobody can bring the old name back', async () => {
  const { run, write, cold, io, tiers, pass } = await works();
  await write('a', 'one');
  await run(archive);
  const other = parseProjectName('other');
  expect((await renameProject(io, PROJECT, other, ACTOR)).kind).toBe('renamed');
  await run({ kind: 'archive', project: other });
  pass(DELETE_GRACE_MS);
  await purgeDeleted(tiers, async () => undefined);
  expect(await readRestorePoint(cold, PROJECT)).toBeUndefined();
  expect((await readRestorePoint(cold, other))?.project).toBe(other);
});

test('the grace time of a deleted project ends at its hour, not before, and its restore point goes with it', async () => {
  const { run, write, cold, io, tiers, pass } = await works();
  await write('a', 'one');
  await run(archive);
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  await deleteProject(io, at, 1_000);
  pass(999);
  expect(await purgeDeleted(tiers, async () => undefined)).toEqual([]);
  expect(await readRestorePoint(cold, PROJECT)).toBeDefined();
  pass(1);
  cold.setAway(true);
  await expect(purgeDeleted(tiers, async () => undefined)).rejects.toThrow(/taken away/);
  cold.setAway(false);
  expect(await purgeDeleted(tiers, async () => undefined)).toEqual([PROJECT]);
  expect(await readRestorePoint(cold, PROJECT)).toBeUndefined();
  expect(await purgeDeleted(tiers, async () => undefined)).toEqual([]);
});
