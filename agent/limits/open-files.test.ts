// Two agents on real directories under a limit of open files, which carry a lot both ways at once: of what is carried never
// more is open than the limit says, whether it is read, fetched, copied on the disk, or fetched early.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { NO_LIMITS } from '../assign/limits.ts';
import type { Disk } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import { Fleet, type TestNode, treeOf } from '../testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

/** What agents write of themselves, one after the other and within a moment, is no transfer. */
const isOwnRecord = (path: string): boolean => /\/\.fs-sync\/(?!staging\/(get|part)-)/.test(path);

function counting() {
  let open = 0;
  let most = 0;
  const disk: Disk = {
    ...nodeDisk,
    open(path, how) {
      const file = nodeDisk.open(path, how);
      if (isOwnRecord(path)) return file;
      most = Math.max(most, ++open);
      let isOpen = true;
      return {
        stat: () => file.stat(),
        read: (...args) => file.read(...args),
        write: (...args) => file.write(...args),
        readLater: (...args) => file.readLater(...args),
        writeLater: (...args) => file.writeLater(...args),
        setMode: (mode) => file.setMode(mode),
        setTime: (seconds) => file.setTime(seconds),
        sync: () => file.sync(),
        syncNow: () => file.syncNow(),
        close() {
          if (isOpen) open--;
          isOpen = false;
          file.close();
        },
      };
    },
  };
  return { disk, open: () => open, most: () => most };
}

const SMALL = 150;
const LARGE = 4;

function fill(node: TestNode): void {
  const dir = node.path(`from ${node.name}`);
  mkdirSync(dir);
  for (let i = 0; i < SMALL; i++) writeFileSync(`${dir}/small-${i}`, `${node.name} ${i}`);
  for (let i = 0; i < LARGE; i++) writeFileSync(`${dir}/large-${i}`, Buffer.alloc(SMALL_BYTES + 1 + i, node.name));
}

/** Each node gets them again under other names: the other one has the bytes, and copies them. */
function copyAll(node: TestNode): void {
  const dir = node.path(`from ${node.name}`);
  for (let i = 0; i < SMALL; i++) copyFileSync(`${dir}/small-${i}`, `${dir}/small-copy-${i}`);
  for (let i = 0; i < LARGE; i++) copyFileSync(`${dir}/large-${i}`, `${dir}/large-copy-${i}`);
}

test.each([4, 5, 12])('of what is carried, both ways at once, no more than %i files are open', async (openFiles) => {
  fleet = await Fleet.open();
  const limits = { ...NO_LIMITS, openFiles };
  const [diskA, diskB] = [counting(), counting()];
  const a = fleet.start('a', { disk: diskA.disk, limits });
  const b = fleet.start('b', { disk: diskB.disk, limits });
  await fleet.converged();
  for (const change of [fill, copyAll]) {
    for (const node of [a, b]) change(node);
    await fleet.settled();
    expect(await treeOf(a.root)).toEqual(await treeOf(b.root));
  }
  expect(Object.keys(await treeOf(a.root))).toHaveLength(4 * (SMALL + LARGE));
  for (const disk of [diskA, diskB]) {
    expect(disk.most()).toBeGreaterThan(1);
    expect(disk.most()).toBeLessThanOrEqual(openFiles);
    expect(disk.open()).toBe(0);
  }
});
