// Records that are lost, old, or behind what happened: nothing is deleted for want of them, and nobody's work is undone.
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { commit } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import type { PathOp } from '../core/commit/path-op.ts';
import { shaOf } from '../core/model/ids.ts';
import { currentKey } from '../core/model/index-keys.ts';
import { fakePath } from '../core/model/rel-path.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { countCommits, currentOf } from './testing/elsewhere.ts';
import { Fleet, PROJECT, type TestNode, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

async function two(): Promise<[TestNode, TestNode]> {
  fleet = await Fleet.open();
  return fleet.two();
}

const stateFile = (node: string): string => {
  const dir = join(fleet.dir, node, 'state');
  const [name] = readdirSync(dir).filter((one) => one.endsWith('.db'));
  return join(dir, name ?? '');
};

test('a lost state file means that all is read again: no deletion is committed, edits are kept, old versions give way', async () => {
  const [a, b] = await two();
  for (const name of ['same', 'edited', 'stale', 'gone here', 'gone there']) await writeFile(a.path(name), 'v1');
  await fleet.settled();
  await b.agent.stop();
  rmSync(stateFile('b'));
  await writeFile(b.path('edited'), 'by b');
  await unlink(b.path('gone here'));
  await writeFile(a.path('stale'), 'v2');
  await unlink(a.path('gone there'));
  await fleet.nodes.get('a')?.agent.rescan();
  await a.until(({ state, files }) => state === 'in-sync' && files === 4);
  fleet.start('b');
  await fleet.settled();
  const contents = Object.keys(await treeOf(b.root)).map((name) => [name, readFileSync(b.path(name), 'utf8')]);
  expect(Object.fromEntries(contents)).toEqual({
    edited: 'by b',
    'gone here': 'v1',
    same: 'v1',
    stale: 'v2',
  });
  expect(await treeOf(a.root)).toEqual(await treeOf(b.root));
});

test('a crash between rename and record does not undo what others did since', async () => {
  const [a, b] = await two();
  await writeFile(a.path('doc'), 'v1');
  await b.has('doc', 'v1');
  await fleet.settled();
  await b.agent.stop();
  copyFileSync(stateFile('b'), join(fleet.dir, 'old.db'));
  let again = fleet.start('b');
  await writeFile(a.path('doc'), 'v2');
  await again.has('doc', 'v2');
  await again.agent.stop();
  copyFileSync(join(fleet.dir, 'old.db'), stateFile('b'));
  await writeFile(a.path('doc'), 'v3');
  await a.until(({ state }) => state === 'in-sync');
  await a.agent.rescan();
  const before = await countCommits(fleet);
  again = fleet.start('b');
  await again.has('doc', 'v3');
  await fleet.settled();
  expect(readFileSync(a.path('doc'), 'utf8')).toBe('v3');
  expect(await countCommits(fleet)).toBe(before);
});

test('I2: a watch that lags behind the node’s own commits does not undo them', async () => {
  fleet = await Fleet.open();
  const { index } = fleet.stores;
  let hold: Promise<void> | undefined;
  let letGo = () => {};
  const lagging: KeyValue = {
    ...index,
    async *watch(filter, options) {
      for await (const change of index.watch(filter, options)) {
        await hold;
        yield change;
      }
    },
  };
  const a = fleet.start('a', { stores: { index: lagging } });
  await fleet.converged();
  hold = new Promise((resolve) => {
    letGo = resolve;
  });
  for (const name of ['one', 'two', 'three']) {
    await writeFile(a.path(name), name);
    await a.until(({ files, pending_up }) => files > 0 && pending_up === 0 && existsSync(a.path(name)));
    await a.agent.rescan();
    await a.until(({ pending_up }) => pending_up === 0);
  }
  const { ino } = statSync(a.path('three'));
  letGo();
  await fleet.converged();
  expect(Object.keys(await treeOf(a.root))).toEqual(['one', 'three', 'two']);
  expect(statSync(a.path('three')).ino).toBe(ino);
});

test('I12: when current went back, what the node holds is committed again and nothing is deleted', async () => {
  fleet = await Fleet.open();
  const { index } = fleet.stores;
  const a = fleet.start('a');
  await fleet.converged();
  await writeFile(a.path('early'), 'early');
  await fleet.settled();
  const backup = await index.get(currentKey(PROJECT));
  await writeFile(a.path('late'), 'late');
  await writeFile(a.path('early'), 'early, edited late');
  await fleet.settled();
  await a.agent.stop();
  // A restored backup: the old value under a revision that is older than what the node saw.
  const restored = memoryKeyValue();
  await restored.put(currentKey(PROJECT), backup?.value ?? new Uint8Array());
  const again = fleet.start('a', { stores: { index: restored } });
  await again.until(({ state, files, base }) => state === 'in-sync' && files === 2 && base !== null);
  expect(readFileSync(again.path('late'), 'utf8')).toBe('late');
  expect(readFileSync(again.path('early'), 'utf8')).toBe('early, edited late');
  const current = await readCurrent(restored, PROJECT);
  expect(current?.current.files).toBe(2);
  fleet.nodes.delete('a');
  await again.agent.stop();
});

test('a noting that is cut off in the middle leaves nothing on disk that a newer commit took back', async () => {
  fleet = await Fleet.open();
  const { objects } = fleet.stores;
  const texts = new Set([shaOf('first'), shaOf('second')]);
  let nodesLeft = Number.POSITIVE_INFINITY;
  const cuttable: ObjectStore = {
    ...objects,
    async get(sha, options) {
      // The bytes of files come through, and so many nodes of the manifest.
      if (!texts.has(sha) && nodesLeft-- <= 0) throw new StoreUnavailableError('hot', 'NATS is away');
      return objects.get(sha, options);
    },
  };
  const b = fleet.start('b', { stores: { objects: cuttable } });
  const names = Array.from({ length: 2_500 }, (_, n) => `f${String(n).padStart(5, '0')}`);
  const putAll = async (text: string) => {
    const sha = shaOf(text);
    await objects.put(sha, text.length, Buffer.from(text));
    const entry = { sha, size: text.length, mode: 0o644, mtime: 1_000 };
    const ops = names.map((name): PathOp => ({ kind: 'put', entry: { ...entry, path: fakePath(name) } }));
    await commit(fleet.io, { project: PROJECT, ops, actor: { kind: 'system', id: 'test' } });
  };
  const countOf = (text: string) => names.filter((name) => readFileSync(b.path(name), 'utf8') === text).length;
  await putAll('first');
  await b.until(({ state, files }) => state === 'in-sync' && files === names.length);
  nodesLeft = 20;
  await putAll('second');
  await b.until(({ state, pending_down }) => state === 'blocked' && nodesLeft < 0 && pending_down === 0);
  const half = countOf('second');
  expect(half).toBeGreaterThan(0);
  expect(half).toBeLessThan(names.length);
  await putAll('first');
  nodesLeft = Number.POSITIVE_INFINITY;
  const head = (await currentOf(fleet))?.commit_sha;
  await b.until(({ state, base }) => state === 'in-sync' && base === head);
  expect(countOf('first')).toBe(names.length);
});

test('what this node committed just before it was cut off is known as its own: deleted meanwhile, it stays deleted', async () => {
  fleet = await Fleet.open();
  const { index } = fleet.stores;
  let isCut = false;
  const away = () => new StoreUnavailableError('hot', 'NATS is away');
  const cut: KeyValue = {
    ...index,
    get: async (key) => {
      if (isCut) throw away();
      return index.get(key);
    },
    compareAndSet: async (key, value, revision) => {
      const outcome = await index.compareAndSet(key, value, revision);
      isCut = true;
      throw outcome.kind === 'set' ? away() : new Error('the swap was to work');
    },
    watch: async function* (filter, options) {
      for await (const change of index.watch(filter, options)) if (!isCut) yield change;
    },
  };
  const a = fleet.start('a', { stores: { index: cut } });
  const b = fleet.start('b');
  await mkdir(a.root, { recursive: true });
  await writeFile(a.path('short-lived.txt'), 'x');
  await b.has('short-lived.txt', 'x');
  await a.agent.stop();
  await unlink(a.path('short-lived.txt'));
  fleet.start('a');
  await fleet.settled();
  await b.has('short-lived.txt', undefined);
  expect(existsSync(a.path('short-lived.txt'))).toBe(false);
});
