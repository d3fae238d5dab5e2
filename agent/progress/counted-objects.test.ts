import { expect, test } from 'vitest';
import { shaOf } from '../../core/model/ids.ts';
import { memoryObjectStore } from '../../core/store/memory-object-store.ts';
import { collect } from '../../core/store/object-store.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { countedObjects, Flights } from './counted-objects.ts';

const PART = Buffer.alloc(1_000_000, 3);
const WHOLE = Buffer.concat([PART, PART, PART]);
const SHA = shaOf(WHOLE);

function rig() {
  const seen: [string, number, number][] = [];
  const up: Flights = new Flights(() => seen.push(['up', up.done + up.partial, up.left]));
  const down: Flights = new Flights(() => seen.push(['down', down.partial, down.left]));
  const inner = memoryObjectStore();
  return { seen, up, down, inner, objects: countedObjects(inner, up, down) };
}

test('a large object counts part by part, in both directions, and whole when it is over', async () => {
  const { seen, up, down, objects } = rig();
  await objects.put(SHA, WHOLE.length, async function* () {
    for (let i = 0; i < 3; i++) yield PART;
  });
  expect(seen).toEqual([
    ['up', 1_000_000, 2_000_000],
    ['up', 2_000_000, 1_000_000],
    ['up', 3_000_000, 0],
  ]);
  expect([up.done, up.partial, up.left]).toEqual([3_000_000, 0, 0]);
  seen.length = 0;
  await collect((await objects.get(SHA)).bytes);
  expect(seen.at(-1)).toEqual(['down', 3_000_000, 0]);
  expect([down.partial, down.left]).toEqual([0, 0]);
});

test('small objects are counted when they are there, and cost nothing on the way', async () => {
  const { seen, up, objects } = rig();
  const bytes = Buffer.from('small');
  await objects.put(shaOf(bytes), bytes.length, bytes);
  await collect((await objects.get(shaOf(bytes))).bytes);
  expect(up.done).toBe(5);
  expect(seen).toEqual([]);
});

test('of a transfer that failed nothing is counted, and a source that begins anew begins at nothing', async () => {
  const { up, down, inner, objects } = rig();
  const lost = new StoreUnavailableError('hot', 'gone');
  const failing = countedObjects(
    {
      ...inner,
      put: async (_sha, _size, body) => {
        if (typeof body !== 'function') throw lost;
        for await (const _ of body()) break;
        for await (const _ of body()) if (up.partial > 0) break;
        expect(up.partial).toBeLessThanOrEqual(1_000_000);
        throw lost;
      },
    },
    up,
    down,
  );
  const source = async function* () {
    for (let i = 0; i < 3; i++) yield PART;
  };
  await expect(failing.put(SHA, WHOLE.length, source)).rejects.toBe(lost);
  expect([up.done, up.partial, up.left]).toEqual([0, 0, 0]);
  await objects.put(SHA, WHOLE.length, WHOLE);
  const { bytes } = await objects.get(SHA);
  for await (const _ of bytes) break;
  expect([down.partial, down.left]).toEqual([0, 0]);
});

test('what is put again counts once, and what is fetched on from where it was cut has its first part behind it', async () => {
  const { seen, up, down, objects } = rig();
  await objects.put(SHA, WHOLE.length, WHOLE);
  await objects.put(SHA, WHOLE.length, WHOLE);
  expect(up.done).toBe(3_000_000);
  seen.length = 0;
  const { bytes } = await objects.get(SHA, { range: { start: 1_000_000, end: 3_000_000 } });
  await collect(bytes);
  expect(seen[0]).toEqual(['down', 1_000_000, 2_000_000]);
  expect(seen.at(-1)).toEqual(['down', 3_000_000, 0]);
  expect([down.partial, down.left]).toEqual([0, 0]);
});
