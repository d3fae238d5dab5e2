// The lifecycle of objects that are compressed in cold: every task works on them as on others, and before and after are told.
import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { shaOf } from '../model/ids.ts';
import type { MemoryColdStorage } from '../store/memory-cold-store.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { collect, readObject } from '../store/object-store.ts';
import { PROJECT } from '../testing/test-project.ts';
import { readRecord } from '../tier/object-records.ts';
import { readThrough } from '../tier/read-through.ts';
import { restoreIndex } from './restore-index.ts';
import { works } from './works.fakes.ts';

const LONG = 'a line of many that are much the same\n'.repeat(3_000);
const SHORT = 'too short';
const archive = { kind: 'archive', project: PROJECT } as const;
const evict = { kind: 'evict', by: 'hand', project: PROJECT } as const;
const promote = { kind: 'promote', project: PROJECT, mode: 'strict' } as const;

async function archived() {
  const coldStorage: MemoryColdStorage = new Map();
  const at = await works({ compression: 'gzip', storage: coldStorage });
  await at.write('long', LONG);
  await at.write('short', SHORT);
  return { ...at, coldStorage, result: await at.run(archive) };
}

test('a compressed file is archived, told with its size before and after, evicted and brought back', async () => {
  const { tiers, told, run, isHot, hot, result } = await archived();
  const record = await readRecord(tiers.index, shaOf(LONG));
  const stored = record?.cold?.stored?.size ?? 0;
  expect(record?.size).toBe(LONG.length);
  expect(stored).toBeGreaterThan(0);
  expect(stored).toBeLessThan(LONG.length / 10);
  expect((await readRecord(tiers.index, shaOf(SHORT)))?.cold).not.toHaveProperty('stored');
  const all = LONG.length + SHORT.length;
  const squeezed = `${all} bytes compressed to ${stored + SHORT.length}`;
  expect(result.sentence).toBe(`Archived 2 files, ${squeezed}; 0 were archived before.`);
  const events = told.filter((event) => event.type === 'ObjectArchived').map(({ payload }) => payload);
  expect(events.find(({ sha }) => sha === shaOf(LONG))).toMatchObject({ size: LONG.length, cold: { stored } });
  expect(events.find(({ sha }) => sha === shaOf(SHORT))?.cold).not.toHaveProperty('stored');

  expect((await run(evict)).sentence).toBe('Evicted 2 objects.');
  expect([await isHot(LONG), await isHot(SHORT)]).toEqual([false, false]);
  expect((await run(promote)).failures.count).toBe(0);
  expect(Buffer.from(await readObject(hot, shaOf(LONG))).toString()).toBe(LONG);
});

test('a reconcile finds nothing to do, and a scrub reads it', async () => {
  const { run } = await archived();
  expect((await run({ kind: 'reconcile' })).sentence).toBe('Archived 0 of 2 objects; 0 dead letters were outdated.');
  expect((await run({ kind: 'scrub', share: 1 })).sentence).toBe('Read 6 objects in both tiers; healed 0.');
});

test('I3: a compressed copy that rots keeps its file in hot, and is healed from there', async () => {
  const { run, cold, coldStorage, isHot } = await archived();
  const key = `default/objects/${shaOf(LONG)}`;
  const rotten = Buffer.from(coldStorage.get(key)?.bytes ?? []);
  rotten[rotten.length - 20] = 1 + (rotten[rotten.length - 20] ?? 0);
  cold.damage(shaOf(LONG), rotten);
  expect((await run(evict)).sentence).toContain('Evicted 1 object');
  expect(await isHot(LONG)).toBe(true);
  await run({ kind: 'repair', project: PROJECT });
  expect((await run(evict)).sentence).toContain('Evicted 1 object');
  expect(await isHot(LONG)).toBe(false);
  expect(Buffer.from(await readObject(cold, shaOf(LONG))).toString()).toBe(LONG);
});

test('the setting may change: what is compressed stays readable and provable, and new files are not', async () => {
  const { tiers, coldStorage, run } = await archived();
  const { cold } = await works({ storage: coldStorage });
  const plain = { ...tiers, cold };
  expect(Buffer.from(await readObject(cold, shaOf(LONG))).toString()).toBe(LONG);
  const record = await readRecord(tiers.index, shaOf(LONG));
  const check = { sizeBytes: LONG.length, etag: record?.cold?.etag ?? '' };
  expect(await plain.cold.check(shaOf(LONG), check)).toMatchObject({ kind: 'proven' });
  expect((await run({ kind: 'reconcile' })).sentence).toMatch(/^Archived 0 of 2/);
});

test('a NATS that lost everything gets the project back from compressed copies, manifest nodes and commits too', async () => {
  const { tiers, cold } = await archived();
  const hot = memoryObjectStore();
  const empty = { ...tiers, hot, nodes: objectNodes(hot), index: memoryKeyValue() };
  const restored = await restoreIndex(empty, { signal: new AbortController().signal });
  expect(restored).toMatchObject([{ project: PROJECT, outcome: { kind: 'restored', unproven: [] } }]);
  const was = await readCurrent(tiers.index, PROJECT);
  expect((await readCurrent(empty.index, PROJECT))?.current.commit_sha).toBe(was?.current.commit_sha);
  const { bytes } = await readThrough(hot, cold, shaOf(LONG));
  expect(Buffer.from(await collect(bytes)).toString()).toBe(LONG);
  expect((await readRecord(empty.index, shaOf(LONG)))?.cold).toMatchObject({ stored: { form: 'gzip' }, unread: true });
});
