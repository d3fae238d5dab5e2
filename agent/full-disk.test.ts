// What a workspace does when there is no room for anything: on its own disk, or on the one with the agent's state. It
// pauses, says so, and goes on by itself; nothing is torn, and no edit is lost.
import { afterEach, expect, test } from 'vitest';
import { readCurrent } from '../core/commit/current.ts';
import { getEntry } from '../core/manifest/get.ts';
import { isFile } from '../core/model/entry.ts';
import { parseProjectName, shaOf } from '../core/model/ids.ts';
import { fakePath } from '../core/model/rel-path.ts';
import type { Disk, DiskDatabase } from './disk/disk.ts';
import { FakeWorkspace, ROOT } from './incoming/workspace.fakes.ts';

let workspace: FakeWorkspace;
afterEach(() => workspace.close());

const KIB = 1024;
const files = (from: number, to: number) =>
  Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`dir/${from + i}`, String(from + i).repeat(KIB)]));

async function inProject(path: string): Promise<string | undefined> {
  const { index, nodes } = workspace.io;
  const head = await readCurrent(index, parseProjectName('demo'));
  const entry = head && (await getEntry(nodes, head.current.manifest_sha, fakePath(path)));
  return entry && isFile(entry) ? entry.sha : undefined;
}

test('a full disk pauses what comes, and it all comes when there is room: no file is ever there in part', async () => {
  workspace = await FakeWorkspace.open({ disk: { capacityBytes: 200 * KIB } });
  workspace.machine.writeFile('/others', Buffer.alloc(130 * KIB));
  workspace.machine.writeFile(`${ROOT}/mine`, Buffer.from('edited here'));
  await workspace.commit(files(10, 60));
  await workspace.until(({ state, sentence }) => state === 'blocked' && /disk of this node is full/.test(sentence));
  expect(workspace.status.sentence).toMatch(/full: free some space.*Next try at/);
  for (const [path, content] of Object.entries(workspace.tree())) {
    if (path !== 'mine') expect(content).toBe(files(10, 60)[path]);
  }
  expect(Object.keys(workspace.tree()).length).toBeLessThan(50);
  // What does not need the disk goes on.
  workspace.machine.start().disk.unlink('/others');
  await workspace.until(
    ({ state, pending_down, pending_up }) => state === 'in-sync' && pending_down + pending_up === 0,
  );
  expect(await inProject('mine')).toBe(shaOf('edited here'));
  expect(workspace.tree()).toEqual({ ...files(10, 60), mine: 'edited here' });
  expect(workspace.status.problems).toEqual([]);
});

/** A disk on which the agent's database can run out of room. */
function filling() {
  const open = new Set<DiskDatabase>();
  let isFull = false;
  const limit = ({ db }: DiskDatabase) => {
    const pages = Number(db.pragma('page_count', { simple: true }));
    db.pragma(`max_page_count = ${isFull ? pages : 1_000_000}`);
  };
  return {
    watched: (disk: Disk): Disk => ({
      ...disk,
      openDatabase(path) {
        const opened = disk.openDatabase(path);
        limit(opened);
        open.add(opened);
        return {
          ...opened,
          close() {
            open.delete(opened);
            opened.close();
          },
        };
      },
    }),
    setFull(full: boolean): void {
      isFull = full;
      for (const one of open) limit(one);
    },
  };
}

test('no room for the records of what comes pauses the workspace, and it goes on by itself', async () => {
  const { watched, setFull } = filling();
  workspace = await FakeWorkspace.open({ watched });
  setFull(true);
  await workspace.commit(files(100, 400));
  await workspace.until(({ state, sentence }) => state === 'blocked' && /agent's state is full/.test(sentence));
  expect(workspace.status.sentence).toMatch(/free some space.*Next try at/);
  for (const [path, content] of Object.entries(workspace.tree())) expect(content).toBe(files(100, 400)[path]);
  setFull(false);
  await workspace.inSync();
  expect(workspace.tree()).toEqual(files(100, 400));
});

test('no room for the records of what goes: nothing is lost or committed twice', async () => {
  const { watched, setFull } = filling();
  workspace = await FakeWorkspace.open({ watched });
  const made = Object.entries(files(100, 400));
  setFull(true);
  const user = workspace.machine.start().disk;
  user.makeDirectories(`${ROOT}/dir`);
  for (const [path, content] of made) workspace.machine.writeFile(`${ROOT}/${path}`, Buffer.from(content));
  await workspace.until(({ state, sentence }) => state === 'blocked' && /agent's state is full/.test(sentence));
  setFull(false);
  await workspace.until(({ state, files: count }) => state === 'in-sync' && count === made.length);
  for (const [path, content] of made) expect(await inProject(path)).toBe(shaOf(content));
  expect(workspace.tree()).toEqual(files(100, 400));
});
