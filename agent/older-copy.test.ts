// A workspace whose directory is a copy from an earlier time: a restored backup, a disk that went back, a directory that
// was copied to another node. What is old in it gives way, what was edited in it is kept, and nothing is lost.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { walkChain } from '../core/commit/chain.ts';
import { commit } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import { shaOf } from '../core/model/ids.ts';
import { fakePath } from '../core/model/rel-path.ts';
import { STALE_DEPTH } from '../core/sync/stale.ts';
import { nodeDisk } from './disk/node-disk.ts';
import { isOlderCopy, readStamp } from './stamp.ts';
import { Fleet, PROJECT, type TestNode, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
let a: TestNode;
let b: TestNode;

beforeEach(async () => {
  fleet = await Fleet.open();
  a = fleet.start('a');
  b = fleet.start('b');
  await fleet.converged();
});
afterEach(() => fleet.close());

const backupDir = (): string => join(fleet.dir, 'backup');

/** Stops b and copies its directory. */
async function backUp(): Promise<void> {
  await b.agent.stop();
  await cp(b.root, backupDir(), { recursive: true, preserveTimestamps: true });
}

async function restore(): Promise<void> {
  await b.agent.stop();
  fleet.nodes.delete('b');
  await rm(b.root, { recursive: true });
  await cp(backupDir(), b.root, { recursive: true, preserveTimestamps: true });
}

function loseState(): void {
  for (const name of readdirSync(join(fleet.dir, 'b/state'))) rmSync(join(fleet.dir, 'b/state', name));
}

async function startB(): Promise<void> {
  b = fleet.start('b');
  await fleet.settled();
}

const read = (node: TestNode, path: string): string | undefined =>
  existsSync(node.path(path)) ? readFileSync(node.path(path), 'utf8') : undefined;

const head = async () => (await readCurrent(fleet.stores.index, PROJECT))?.current.commit_sha;

/** What a backup holds, and what came after it on both nodes. */
async function makeHistory(): Promise<void> {
  await mkdir(a.path('dir'));
  await mkdir(a.path('empty'));
  for (const name of ['same', 'changed there', 'changed here', 'deleted there', 'deleted here', 'dir/moved'])
    await writeFile(a.path(name), `${name} v1`);
  await fleet.settled();
  await backUp();
  b = fleet.start('b');
  await writeFile(a.path('changed there'), 'v2');
  await rm(a.path('deleted there'));
  await rm(a.path('empty'), { recursive: true });
  await rename(a.path('dir/moved'), a.path('moved away'));
  await fleet.settled();
  await writeFile(b.path('changed here'), 'v2');
  await writeFile(b.path('new here'), 'new');
  await rm(b.path('deleted here'));
  await fleet.settled();
}

const AFTER = ['changed here', 'changed there', 'dir/', 'moved away', 'new here', 'same'];

test.each(['kept', 'lost'])(
  'an older copy with its state %s takes what is newer: nothing is rolled back, deleted or brought back',
  async (state) => {
    await makeHistory();
    const before = await head();
    const tree = await treeOf(a.root);
    expect(Object.keys(tree)).toEqual(AFTER);
    await restore();
    if (state === 'lost') loseState();
    await startB();
    expect(await treeOf(b.root)).toEqual(tree);
    expect(await treeOf(a.root)).toEqual(tree);
    expect(await head()).toBe(before);
    // It is in step again: what is deleted now is deleted.
    await rm(b.path('same'));
    await fleet.settled();
    expect(read(a, 'same')).toBe(undefined);
  },
);

test('edits that were made in an older copy are kept, also of what others deleted or changed', async () => {
  await makeHistory();
  await restore();
  await writeFile(b.path('same'), 'edited in the copy');
  await writeFile(b.path('changed there'), 'edited in the copy');
  await writeFile(b.path('deleted there'), 'edited in the copy');
  await writeFile(b.path('made'), 'made in the copy');
  await startB();
  expect(await treeOf(a.root)).toEqual(await treeOf(b.root));
  for (const path of ['same', 'changed there', 'deleted there']) expect(read(a, path)).toBe('edited in the copy');
  expect(read(a, 'made')).toBe('made in the copy');
  expect(read(b, 'changed here')).toBe('v2');
  expect(read(b, 'new here')).toBe('new');
  expect(read(b, 'deleted here')).toBe(undefined);
});

test('a version that lies further back than history is searched is known by the commit that was copied', async () => {
  await writeFile(a.path('doc'), 'v1');
  await writeFile(a.path('gone'), 'gone');
  await fleet.settled();
  await backUp();
  b = fleet.start('b');
  await rm(a.path('gone'));
  await writeFile(a.path('doc'), 'v2');
  await fleet.settled();
  await b.agent.stop();
  fleet.nodes.delete('b');
  await a.agent.stop();
  fleet.nodes.delete('a');
  for (let i = 0; i <= STALE_DEPTH; i++) {
    const entry = { path: fakePath('busy'), sha: shaOf(''), size: 0, mode: 0o644, mtime: i };
    await commit(fleet.io, { project: PROJECT, ops: [{ kind: 'put', entry }], actor: { kind: 'system', id: 'test' } });
  }
  await fleet.stores.objects.put(shaOf(''), 0, Buffer.alloc(0));
  const before = await head();
  await restore();
  await startB();
  expect(await head()).toBe(before);
  expect(read(b, 'doc')).toBe('v2');
  expect(read(b, 'gone')).toBe(undefined);
});

test('a directory that is replaced by an older copy under a running agent is compared anew', async () => {
  await makeHistory();
  const tree = await treeOf(a.root);
  const before = await head();
  await b.agent.stop();
  await startB();
  await rename(b.root, `${b.root}.away`);
  await b.until(({ state }) => state === 'blocked');
  await cp(backupDir(), `${b.root}.new`, { recursive: true, preserveTimestamps: true });
  await rename(`${b.root}.new`, b.root);
  await b.has('new here', 'new');
  await fleet.settled();
  expect(await treeOf(b.root)).toEqual(tree);
  expect(await head()).toBe(before);
});

test('a file that is written with old bytes into a workspace that is in step is an edit', async () => {
  await makeHistory();
  await restore();
  await startB();
  await writeFile(b.path('deleted there'), 'deleted there v1');
  await writeFile(b.path('changed there'), 'changed there v1');
  await fleet.settled();
  expect(read(a, 'deleted there')).toBe('deleted there v1');
  expect(read(a, 'changed there')).toBe('changed there v1');
});

test('a restart is no older copy, and history keeps every version', async () => {
  await makeHistory();
  await b.agent.stop();
  await rm(b.path('same'));
  await startB();
  expect(read(a, 'same')).toBe(undefined);
  const actors: string[] = [];
  const at = await head();
  if (at) for await (const { commit: one } of walkChain(fleet.stores.objects, at)) actors.push(one.actor.id);
  expect(actors.filter((id) => id === 'b').length).toBeGreaterThan(1);
});

test('what is left of a stamp that cannot be read counts as none', async () => {
  await backUp();
  const meta = new Map([['stamp', '1']]);
  const state = { meta: (key: string) => meta.get(key) };
  expect(readStamp(nodeDisk, b.root)?.at).toBeGreaterThan(1);
  expect(isOlderCopy(nodeDisk, b.root, state)).toBe(false);
  writeFileSync(b.path('.fs-sync/stamp.json'), '{"v":1,');
  expect(readStamp(nodeDisk, b.root)).toBe(undefined);
  expect(isOlderCopy(nodeDisk, b.root, state)).toBe(true);
  meta.clear();
  expect(isOlderCopy(nodeDisk, b.root, state)).toBe(false);
});
