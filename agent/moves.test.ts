// Renames: one commit holds both halves, so that the world is told PathMoved; no bytes travel; and what others do to the
// file meanwhile is not lost.
import { cpSync, linkSync, mkdirSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { walkChain } from '../core/commit/chain.ts';
import { readCurrent } from '../core/commit/current.ts';
import { commitEvents } from '../core/event/commit-events.ts';
import { walkTree } from '../core/manifest/walk.ts';
import type { Commit } from '../core/model/commit.ts';
import { isFile } from '../core/model/entry.ts';
import { parseTenant, type Sha, shaOf } from '../core/model/ids.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import { currentOf } from './testing/elsewhere.ts';
import { Fleet, PROJECT, type TestNode, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

/** Objects that count what is asked of them. */
function counting() {
  const objects = memoryObjectStore();
  const counts = { puts: 0, gets: 0 };
  const big = 200;
  return {
    counts,
    objects: {
      ...objects,
      put: (...args: Parameters<typeof objects.put>) => {
        if (args[1] === big) counts.puts++;
        return objects.put(...args);
      },
      async get(...args: Parameters<typeof objects.get>) {
        const found = await objects.get(...args);
        if (found.sizeBytes === big) counts.gets++;
        return found;
      },
    },
  };
}

/** Files of 200 bytes are the ones that count: nodes and commits are of other sizes. */
const content = (n: number): string => String(n).padStart(200, '.');

async function two(): Promise<{ a: TestNode; b: TestNode; counts: { puts: number; gets: number } }> {
  const { objects, counts } = counting();
  fleet = await Fleet.open({ stores: { objects, index: memoryKeyValue(), nodes: memoryKeyValue() } });
  const [a, b] = [fleet.start('a'), fleet.start('b')];
  await fleet.converged();
  return { a, b, counts };
}

/** The events of all commits since `after`, oldest first, as `type path`. */
async function eventsSince(after: string | undefined): Promise<string[]> {
  const current = await readCurrent(fleet.stores.index, PROJECT);
  const chain: { sha: Sha; commit: Commit }[] = [];
  if (!current) return [];
  for await (const link of walkChain(fleet.stores.objects, current.current.commit_sha)) {
    if (link.sha === after) break;
    chain.unshift(link);
  }
  const told: string[] = [];
  for (const link of chain) {
    const [parent] = link.commit.parents;
    let before: Commit | undefined;
    if (parent)
      for await (const { commit } of walkChain(fleet.stores.objects, parent)) {
        before = commit;
        break;
      }
    for await (const event of commitEvents(fleet.io.nodes, parseTenant('default'), link, before)) {
      if (event.type === 'PathMoved') told.push(`moved ${event.payload.from} → ${event.payload.path}`);
      else if (event.type.startsWith('Path'))
        told.push(`${event.type} ${'path' in event.payload ? event.payload.path : ''}`);
    }
  }
  return told;
}

/** What was ever committed. */
async function shasOf(head: Sha | undefined): Promise<Set<string>> {
  const shas = new Set<string>();
  if (head === undefined) return shas;
  for await (const { commit } of walkChain(fleet.stores.objects, head)) {
    for await (const entry of walkTree(fleet.io.nodes, commit.manifest_sha)) if (isFile(entry)) shas.add(entry.sha);
  }
  return shas;
}

const headNow = async (): Promise<Sha | undefined> => (await currentOf(fleet))?.commit_sha;

test('a renamed file is one PathMoved, and its bytes neither go up nor come down again', async () => {
  const { a, b, counts } = await two();
  writeFileSync(a.path('one.txt'), content(1));
  await fleet.settled();
  const head = await headNow();
  Object.assign(counts, { puts: 0, gets: 0 });
  const inode = statSync(b.path('one.txt')).ino;
  renameSync(a.path('one.txt'), a.path('two.txt'));
  await fleet.settled();
  expect(await eventsSince(head)).toEqual(['moved one.txt → two.txt']);
  expect(counts).toEqual({ puts: 0, gets: 0 });
  expect(statSync(b.path('two.txt')).ino).toBe(inode);
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
});

test('a renamed directory moves all that is in it, in one commit', async () => {
  const { a, b, counts } = await two();
  for (let n = 0; n < 300; n++) {
    mkdirSync(a.path(`old/${n % 7}`), { recursive: true });
    writeFileSync(a.path(`old/${n % 7}/${n}`), content(n));
  }
  await fleet.settled();
  const head = await headNow();
  Object.assign(counts, { puts: 0, gets: 0 });
  mkdirSync(a.path('deep/er'), { recursive: true });
  renameSync(a.path('old'), a.path('deep/er/new'));
  await fleet.settled();
  const told = await eventsSince(head);
  expect(told.filter((line) => line.startsWith('moved old/'))).toHaveLength(300);
  expect(told.filter((line) => /Deleted|Created/.test(line) && !line.includes('deep/er'))).toEqual([]);
  expect(counts).toEqual({ puts: 0, gets: 0 });
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
});

test('a rename over another file replaces it', async () => {
  const { a, b, counts } = await two();
  writeFileSync(a.path('draft'), content(1));
  writeFileSync(a.path('final'), content(2));
  await fleet.settled();
  Object.assign(counts, { puts: 0, gets: 0 });
  renameSync(a.path('draft'), a.path('final'));
  await fleet.settled();
  expect(readFileSync(b.path('final'), 'utf8')).toBe(content(1));
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
  expect(counts.puts).toBe(0);
});

test('a file that was renamed and edited at once travels as what it is now', async () => {
  const { a, b } = await two();
  writeFileSync(a.path('one'), content(1));
  await fleet.settled();
  renameSync(a.path('one'), a.path('two'));
  writeFileSync(a.path('two'), content(2));
  await fleet.settled();
  expect(readFileSync(b.path('two'), 'utf8')).toBe(content(2));
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
});

test('a file that moves to the place of its directory, or below its own name, gets there', async () => {
  const { a, b } = await two();
  mkdirSync(a.path('up'));
  writeFileSync(a.path('up/file'), content(1));
  writeFileSync(a.path('down'), content(2));
  await fleet.settled();
  renameSync(a.path('up/file'), a.path('aside'));
  rmdirSync(a.path('up'));
  renameSync(a.path('aside'), a.path('up'));
  renameSync(a.path('down'), a.path('aside'));
  mkdirSync(a.path('down'));
  renameSync(a.path('aside'), a.path('down/file'));
  await fleet.settled();
  expect(readFileSync(b.path('up'), 'utf8')).toBe(content(1));
  expect(readFileSync(b.path('down/file'), 'utf8')).toBe(content(2));
});

test('two files that swap their names keep their bytes on both nodes', async () => {
  const { a, b } = await two();
  writeFileSync(a.path('one'), content(1));
  writeFileSync(a.path('two'), content(2));
  await fleet.settled();
  renameSync(a.path('one'), a.path('three'));
  renameSync(a.path('two'), a.path('one'));
  renameSync(a.path('three'), a.path('two'));
  await fleet.settled();
  expect(readFileSync(b.path('one'), 'utf8')).toBe(content(2));
  expect(readFileSync(b.path('two'), 'utf8')).toBe(content(1));
});

test('I8: an edit under the old name on the other node is not lost by the rename', async () => {
  const { a, b } = await two();
  writeFileSync(a.path('one'), content(1));
  await fleet.settled();
  // Within one turn, so that neither has heard of the other.
  writeFileSync(b.path('one'), content(2));
  renameSync(a.path('one'), a.path('two'));
  await fleet.settled();
  const tree = await treeOf(a.root);
  expect(await treeOf(b.root)).toEqual(tree);
  expect(Object.keys(tree)).toContain('two');
  // Wherever the rename left it: the edit is in a commit.
  const created = await shasOf(await headNow());
  expect(created).toContain(shaOf(content(2)));
});

test('a copy is made of the bytes that are on the other node’s disk already', async () => {
  const { a, b, counts } = await two();
  mkdirSync(a.path('src'));
  for (let n = 0; n < 20; n++) writeFileSync(a.path(`src/${n}`), content(n));
  await fleet.settled();
  Object.assign(counts, { puts: 0, gets: 0 });
  cpSync(a.path('src'), a.path('copy'), { recursive: true });
  await fleet.settled();
  expect(counts.gets).toBe(0);
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
});

test('a second name of a file is a file of its own, not a rename', async () => {
  const { a, b } = await two();
  writeFileSync(a.path('one'), content(1));
  await fleet.settled();
  linkSync(a.path('one'), a.path('two'));
  await fleet.settled();
  expect(Object.keys(await treeOf(b.root))).toEqual(['one', 'two']);
});

test('what is new comes before what is gone: a file that moves by copy and deletion is never in neither place', async () => {
  const { a, b } = await two();
  mkdirSync(a.path('from'));
  for (let n = 0; n < 200; n++) writeFileSync(a.path(`from/${n}`), content(n));
  await fleet.settled();
  const head = await headNow();
  mkdirSync(a.path('to'));
  for (let n = 0; n < 200; n++) {
    writeFileSync(a.path(`to/${n}`), readFileSync(a.path(`from/${n}`)));
    renameSync(a.path(`from/${n}`), a.path(`.fs-sync/gone-${n}`));
  }
  await fleet.settled();
  const present = new Set<string>(Array.from({ length: 200 }, (_, n) => `from/${n}`));
  for (const line of await eventsSince(head)) {
    const [kind, path = '', , to] = line.split(' ');
    if (kind === 'PathCreated') present.add(path);
    if (kind === 'PathDeleted') {
      present.delete(path);
      expect(present.has(path.replace('from/', 'to/')) || !path.startsWith('from/')).toBe(true);
    }
    if (kind === 'moved' && to) present.add(to);
  }
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
});
