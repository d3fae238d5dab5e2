import { expect, test } from 'vitest';
import { worksOn } from '../lifecycle/works.fakes.ts';
import { parseTenant, type Sha, shaOf } from '../model/ids.ts';
import { objectKey } from '../model/index-keys.ts';
import type { TaskOf } from '../model/job.ts';
import { type MemoryColdStore, memoryColdStore } from '../store/memory-cold-store.ts';
import { collect } from '../store/object-store.ts';
import { ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';
import { PROJECT } from '../testing/test-project.ts';
import { ObjectArchiver } from './archive-object.ts';
import { stateOf } from './copy-state.ts';
import { noteDamage, readRecord } from './object-records.ts';
import type { TierIo } from './tier-io.ts';
import { LARGE_BYTES, TieredReader } from './tiered-reader.ts';

const SHA = shaOf('one');
const { signal } = new AbortController();
const archive = { kind: 'archive', project: PROJECT } as const;
const repair: TaskOf<'repair'> = { kind: 'repair', project: PROJECT, shas: [SHA] };
const evict = { kind: 'evict', by: 'hand', project: PROJECT } as const;

/** A server that keeps the checksum of a put beside what was put: no HEAD shows it that the bytes have rotted. */
async function rotten() {
  const clock = { now: () => Date.UTC(2026, 0, 1), sleep: () => new Promise<void>(setImmediate) };
  const memory = memoryColdStore(parseTenant('default'), { clock });
  const left = new Map<string, string>();
  let refuses = false;
  const cold: MemoryColdStore = {
    ...memory,
    async put(sha, ...rest) {
      if (refuses) throw new StoreUnavailableError('cold', 'it is asked for too much');
      const proof = await memory.put(sha, ...rest);
      left.set(sha, proof.etag);
      return { ...proof, checksumMatched: true };
    },
    async check(sha, { sizeBytes }) {
      const check = await memory.check(sha, { sizeBytes });
      if (check.kind !== 'proven') return check;
      return {
        kind: 'proven',
        proof: { ...check.proof, etag: left.get(sha) ?? check.proof.etag, checksumMatched: true },
      };
    },
  };
  const all = await worksOn(cold, { clock });
  await all.write('a', 'one');
  await all.run(archive);
  cold.damage(SHA, Buffer.from('0ne'));
  return {
    ...all,
    states: () => Promise.all([stateOf(() => all.hot.get(SHA)), stateOf(() => cold.get(SHA))]),
    setRefusing: (refusing: boolean) => {
      refuses = refusing;
    },
  };
}

test('I3: a copy that was read and found damaged is not believed again because a HEAD says that all is well', async () => {
  const { run, states, setRefusing, tiers } = await rotten();
  setRefusing(true);
  await expect(run(repair)).rejects.toThrow(StoreUnavailableError);
  expect(await readRecord(tiers.index, SHA)).toMatchObject({ cold_damaged: expect.any(String) });
  expect((await run(evict)).sentence).toMatch(/^Evicted 0 objects; kept 1/);
  setRefusing(false);
  expect((await run({ kind: 'reconcile' })).sentence).toContain('Archived 1 of 1 object');
  expect((await readRecord(tiers.index, SHA))?.cold_damaged).toBeUndefined();
  expect((await run(evict)).sentence).toBe('Evicted 1 object.');
  expect(await states()).toEqual(['absent', 'good']);
});

test('I3: what is damaged in cold and was in no other tier stays so on record until a node has put it again', async () => {
  const { run, hot, states, tiers, onNodes } = await rotten();
  await run(evict);
  expect((await run(repair)).failures.listed).toMatchObject([{ sha: SHA }]);
  await hot.put(SHA, 3, Buffer.from('one'));
  expect((await run(evict)).sentence).toMatch(/^Evicted 0 objects; kept 1/);
  await hot.delete(SHA);
  onNodes.add('one');
  expect((await run(repair)).sentence).toBe('Looked at 1 object and healed 1.');
  expect(await states()).toEqual(['good', 'good']);
  expect((await readRecord(tiers.index, SHA))?.cold).toBeDefined();
});

test('I3: damage that is found between a HEAD and the record of it is not overwritten by that record', async () => {
  const { tiers, hot, cold } = await rotten();
  const bytes = Buffer.alloc(2 ** 20, 'content');
  const object = { sha: shaOf(bytes), sizeBytes: bytes.length, project: PROJECT };
  await hot.put(object.sha, bytes.length, bytes);
  await cold.put(object.sha, bytes.length, bytes);
  cold.damage(object.sha, Buffer.alloc(bytes.length, 'c0ntent'));
  let looks = 0;
  const looking = {
    ...cold,
    check: async (...args: Parameters<typeof cold.check>) => {
      const check = await cold.check(...args);
      if (looks++ === 0) await noteDamage(tiers.index, object, tiers.clock.now());
      return check;
    },
  };
  const archiver = new ObjectArchiver({ ...tiers, cold: looking });
  expect(await archiver.archive(object, new AbortController().signal)).toMatchObject({ kind: 'archived' });
  expect([looks, await stateOf(() => cold.get(object.sha))]).toEqual([1, 'good']);
});

test('what is read again and is good, because the damage was on its way only, is a copy again', async () => {
  const { run, cold, tiers, states } = await rotten();
  await run(evict);
  await run(repair);
  cold.damage(SHA, Buffer.from('one'));
  expect((await run(repair)).failures.count).toBe(0);
  expect((await readRecord(tiers.index, SHA))?.cold).toBeDefined();
  expect(await states()).toEqual(['absent', 'good']);
});

test('I3: what a reader finds damaged in cold is noted and told, and healed when hot has it again', async () => {
  const { run, hot, tiers, told, states, rehydrator } = await rotten();
  await run(evict);
  const reader = new TieredReader(tiers, rehydrator, signal);
  await expect(reader.read(SHA)).rejects.toThrow(ObjectCorruptError);
  expect(await readRecord(tiers.index, SHA)).toMatchObject({ cold_damaged: expect.any(String) });
  expect((await readRecord(tiers.index, SHA))?.cold).toBeUndefined();
  expect(told.flatMap((event) => (event.type === 'ObjectCorrupt' ? [event.payload] : []))).toMatchObject([
    { sha: SHA, tier: 'cold' },
  ]);
  await hot.put(SHA, 3, Buffer.from('one'));
  expect((await run(archive)).failures.count).toBe(0);
  expect(await states()).toEqual(['good', 'good']);
  expect((await readRecord(tiers.index, SHA))?.cold_damaged).toBeUndefined();
});

test('I3: a large one that streams to its reader from cold is noted too, and repaired from a node', async () => {
  const { run, hot, cold, tiers, onNodes, write, rehydrator } = await rotten();
  const text = 'l'.repeat(LARGE_BYTES + 1);
  const sha = shaOf(text);
  await write('large', text);
  await run(archive);
  await run(evict);
  cold.damage(sha, Buffer.from(text.replace('l', 'i')));
  const noted = readUntilNoted(tiers, sha);
  const { bytes } = await new TieredReader(tiers, rehydrator, signal).read(sha);
  await expect(collect(bytes)).rejects.toThrow(ObjectCorruptError);
  await noted;
  onNodes.add(text);
  expect((await run({ ...repair, shas: [sha] })).failures.count).toBe(0);
  expect(await Promise.all([stateOf(() => hot.get(sha)), stateOf(() => cold.get(sha))])).toEqual(['good', 'good']);
});

test('what a reader found damaged on its way only is a copy again when the next reading of it was good', async () => {
  const { run, cold, tiers, rehydrator } = await rotten();
  await run(evict);
  const reader = new TieredReader(tiers, rehydrator, signal);
  await expect(reader.read(SHA)).rejects.toThrow(ObjectCorruptError);
  cold.damage(SHA, Buffer.from('one'));
  expect(Buffer.from(await collect((await reader.read(SHA)).bytes)).toString()).toBe('one');
  const record = await readRecord(tiers.index, SHA);
  expect([record?.cold_damaged, record?.cold !== undefined]).toEqual([undefined, true]);
});

/** The filling of hot goes on behind the reader. */
async function readUntilNoted({ index }: TierIo, sha: Sha): Promise<void> {
  for await (const _ of index.watch(objectKey(sha), { signal })) {
    if ((await readRecord(index, sha))?.cold_damaged !== undefined) return;
  }
}
