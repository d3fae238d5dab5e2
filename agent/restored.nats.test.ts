// I12 with a real nats-server that is restored from a backup under agents that live on: all that was put, committed and
// made current since the backup is gone from NATS, and only the nodes have it.
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shaOf } from '../core/model/ids.ts';
import { type NatsRig, startNatsRig } from '../core/testing/nats-rig.ts';
import { historyOf, readWhole } from './testing/elsewhere.ts';
import { type Fleet, type TestNode, treeOf } from './testing/fleet.ts';
import { type NatsFleet, openNatsFleet } from './testing/nats-fleet.ts';

let rig: NatsRig;
let opened: NatsFleet;
let fleet: Fleet;
let a: TestNode;
let b: TestNode;
let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'fs-backup-'));
  rig = await startNatsRig();
  opened = await openNatsFleet(rig);
  ({ fleet, a, b } = opened);
});
afterEach(async () => {
  await opened.close();
  await rig.close();
  await rm(scratch, { recursive: true, force: true });
});

/** @returns what restores it */
async function backup(): Promise<() => Promise<void>> {
  const copy = join(scratch, 'copy');
  await rig.stop();
  await cp(rig.storeDir, copy, { recursive: true });
  await rig.restart();
  await opened.link.untilConnected();
  return async () => {
    await rig.kill();
    await rm(rig.storeDir, { recursive: true });
    await cp(copy, rig.storeDir, { recursive: true });
    await rig.restart();
    await opened.link.untilConnected();
  };
}

test('I12: what came after the backup is put and committed again, renames and edits too; nobody loses a file', async () => {
  await mkdir(a.path('dir'));
  for (let i = 0; i < 20; i++) await writeFile(a.path(`dir/${i}`), `early ${i}`);
  await fleet.settled();
  const restore = await backup();
  await fleet.settled();
  for (let i = 0; i < 20; i++) await writeFile(b.path(`dir/late-${i}`), `late ${i}`);
  await writeFile(a.path('dir/1'), 'edited late');
  await rename(a.path('dir/2'), a.path('renamed late'));
  await writeFile(b.path('large'), Buffer.alloc(3_000_000, 7));
  await fleet.settled();
  const before = a.status.base;
  await restore();
  for (const node of [a, b]) await node.until(({ base }) => base !== null && base !== before);
  await fleet.settled();
  const tree = await treeOf(a.root);
  expect(await treeOf(b.root)).toEqual(tree);
  expect(readFileSync(b.path('dir/1'), 'utf8')).toBe('edited late');
  expect(readFileSync(a.path('dir/late-7'), 'utf8')).toBe('late 7');
  // What is gone under its old name came back: nobody knows any more that it was renamed.
  expect(Object.keys(tree)).toContain('renamed late');
  expect((await readWhole(fleet)).sort()).toEqual(Object.keys(tree).sort());
  const c = fleet.start('c');
  await fleet.converged();
  expect(await treeOf(c.root)).toEqual(tree);
});

test('NATS away for long: edits, deletions and renames of both sides meet when it is back, and nothing is lost', async () => {
  await mkdir(a.path('dir'));
  for (let i = 0; i < 30; i++) await writeFile(a.path(`dir/${i}`), `${i}`);
  await fleet.settled();
  await rig.kill();
  await a.until(({ state }) => state === 'blocked');
  await b.until(({ state }) => state === 'blocked');
  for (let i = 0; i < 5; i++) await rm(a.path(`dir/${i}`));
  await rename(a.path('dir/10'), a.path('moved by a'));
  await rename(b.path('dir/11'), b.path('moved by b'));
  await writeFile(a.path('dir/20'), 'by a');
  await writeFile(b.path('dir/21'), 'by b');
  // One side deletes what the other edits: the last of them counts, and an edit that was not the last is in history.
  await writeFile(b.path('dir/3'), 'edited while a deleted it');
  for (let i = 0; i < 200; i++) await writeFile(b.path(`dir/new-${i}`), `new ${i}`);
  await rig.restart();
  await fleet.settled();
  await fleet.settled();
  const tree = await treeOf(a.root);
  expect(await treeOf(b.root)).toEqual(tree);
  expect(readFileSync(b.path('dir/20'), 'utf8')).toBe('by a');
  expect(readFileSync(a.path('dir/21'), 'utf8')).toBe('by b');
  const names = Object.keys(tree);
  for (const name of ['moved by a', 'moved by b', 'dir/new-199']) expect(names).toContain(name);
  for (const name of ['dir/0', 'dir/10', 'dir/11']) expect(names).not.toContain(name);
  const edit = shaOf('edited while a deleted it');
  const shas = await historyOf(fleet, 'dir/3');
  expect(shas).toContain(edit);
  const isLast = shas[0] === edit;
  expect(names.includes('dir/3')).toBe(isLast);
  expect(names.length).toBe(30 - 4 + 200 - (isLast ? 0 : 1));
});
