// Both sides change at the same time: what is edited here is never overwritten (I8), and who lost is told.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { rm, unlink, writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { readCommit } from '../core/commit/chain.ts';
import { readCurrent } from '../core/commit/current.ts';
import { changePolicy } from '../core/commit/policy.ts';
import { shaOf } from '../core/model/ids.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { Fleet, PROJECT, type TestNode, treeOf } from './testing/fleet.ts';
import { hookedObjects } from './testing/hooked-objects.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

async function two(): Promise<[TestNode, TestNode]> {
  fleet = await Fleet.open();
  return fleet.two();
}

test('I8: an edit that comes while the remote version is fetched is kept, and wins', async () => {
  fleet = await Fleet.open();
  const objects = hookedObjects(fleet.stores.objects);
  const a = fleet.start('a');
  const b = fleet.start('b', { stores: { objects } });
  await fleet.converged();
  await writeFile(a.path('doc'), 'v1');
  await b.has('doc', 'v1');
  await fleet.settled();
  let edited = false;
  objects.beforeGet = async () => {
    if (edited) return;
    edited = true;
    await writeFile(b.path('doc'), 'edited on b');
  };
  await writeFile(a.path('doc'), 'v2 from a');
  await a.has('doc', 'edited on b');
  await fleet.settled();
  expect(readFileSync(b.path('doc'), 'utf8')).toBe('edited on b');
});

test('a conflict is told by the commit that won it', async () => {
  const [a, b] = await two();
  await writeFile(a.path('doc'), 'base');
  await b.has('doc', 'base');
  await fleet.settled();
  await b.agent.stop();
  await writeFile(b.path('doc'), 'by b');
  await writeFile(a.path('doc'), 'by a');
  await a.agent.rescan();
  await a.until(({ pending_up, state }) => pending_up === 0 && state === 'in-sync');
  fleet.start('b');
  await a.has('doc', 'by b');
  await fleet.settled();
  const current = await readCurrent(fleet.stores.index, PROJECT);
  const { conflicts } = await readCommit(fleet.stores.objects, current?.current.commit_sha ?? shaOf(''));
  expect(conflicts).toEqual([{ path: 'doc', won: shaOf('by b'), lost: shaOf('by a') }]);
});

test('keep-both: the loser of a conflict is on both nodes, beside the winner', async () => {
  const [a, b] = await two();
  await changePolicy(fleet.stores.index, PROJECT, (policy) => ({ ...policy, conflicts: 'keep-both' }));
  await writeFile(a.path('doc.txt'), 'base');
  await b.has('doc.txt', 'base');
  await fleet.settled();
  await b.agent.stop();
  await writeFile(b.path('doc.txt'), 'by b');
  await writeFile(a.path('doc.txt'), 'by a');
  await a.agent.rescan();
  await a.until(({ pending_up, state }) => pending_up === 0 && state === 'in-sync');
  const again = fleet.start('b');
  await fleet.settled();
  const beside = `doc.conflict-${shaOf('by a').slice(0, 8)}.txt`;
  for (const node of [a, again]) {
    expect(readFileSync(node.path('doc.txt'), 'utf8')).toBe('by b');
    expect(readFileSync(node.path(beside), 'utf8')).toBe('by a');
  }
});

test('a file that is removed while its first commit is under way is removed everywhere', async () => {
  const objects = memoryObjectStore();
  let onMarker = () => {};
  const marked = new Promise<void>((resolve) => {
    onMarker = resolve;
  });
  const marking: ObjectStore = {
    ...objects,
    put: async (...args) => {
      if (args[0] === shaOf('marker')) onMarker();
      return objects.put(...args);
    },
  };
  fleet = await Fleet.open({ stores: { objects: marking } });
  const { index } = fleet.stores;
  let beforeSwap: (() => Promise<void>) | undefined;
  const slow: KeyValue = {
    ...index,
    compareAndSet: async (key, value, revision) => {
      const act = beforeSwap;
      beforeSwap = undefined;
      await act?.();
      return index.compareAndSet(key, value, revision);
    },
  };
  const a = fleet.start('a', { stores: { index: slow } });
  const b = fleet.start('b');
  await fleet.converged();
  beforeSwap = async () => {
    await unlink(a.path('brief.lock'));
    await rm(a.path('brief'), { recursive: true });
    // What is heard of later is taken later: when the marker is on its way, the removals were looked at.
    await writeFile(a.path('marker'), 'marker');
    await marked;
  };
  mkdirSync(a.path('brief'));
  await writeFile(a.path('brief.lock'), 'x');
  await b.has('marker', 'marker');
  await b.until(() => !existsSync(b.path('brief.lock')) && !existsSync(b.path('brief')));
  expect(Object.keys(await treeOf(b.root))).toEqual(['marker']);
});
