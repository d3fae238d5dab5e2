// Fetches of a large object that are cut, on a machine in memory that is killed at any call: what came is not asked for
// again, and nothing that is not the object is ever staged.
import { beforeEach, describe, expect, test } from 'vitest';
import type { FileEntry } from '../../core/model/entry.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { type MemoryObjectStore, memoryObjectStore } from '../../core/store/memory-object-store.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import { seededRandom } from '../../core/testing/seeded-random.ts';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import { MemoryDisk, type MemoryDiskOptions } from '../disk/memory-disk.ts';
import type { DiskFaults } from '../disk/memory-process.ts';
import { clearStaging, stagingFolder } from '../marker.ts';
import { openState } from '../state/open-state.ts';
import type { WorkspaceState } from '../state/state.ts';
import { NoRoomError, partPath } from './part.ts';
import { stage } from './stage.ts';
import { sweepParts } from './sweep-parts.ts';

const ROOT = '/w';
const SIZE = 2_000_000;
const BYTES = Buffer.alloc(SIZE).map((_, i) => (i * 7) % 251);
const SHA = shaOf(BYTES);
const ENTRY: FileEntry = { path: fakePath('big'), sha: SHA, size: SIZE, mode: 0o440, mtime: 1_690_000_000_123 };
const PART = partPath(ROOT, SHA);

let clock: ReturnType<typeof virtualClock>;
let machine: MemoryDisk;
let hot: MemoryObjectStore;
let asked: number;

function newMachine(options: Partial<MemoryDiskOptions> = {}): void {
  machine = new MemoryDisk({ clock, random: seededRandom(1), ...options });
  machine.start().disk.makeDirectories(stagingFolder(ROOT));
}

beforeEach(async () => {
  clock = virtualClock();
  newMachine();
  hot = memoryObjectStore();
  asked = 0;
  await hot.put(SHA, SIZE, BYTES);
});

/** Counts the bytes that are given out. @param cutAfter  so many are given, then the line is cut */
function counted(cutAfter = Number.POSITIVE_INFINITY): Pick<ObjectStore, 'get'> {
  let given = 0;
  return {
    async get(sha, options) {
      const { sizeBytes, bytes } = await hot.get(sha, options);
      async function* count() {
        for await (const part of bytes) {
          if (given >= cutAfter) throw new StoreUnavailableError('hot', 'the line is cut');
          given += part.length;
          asked += part.length;
          yield part;
        }
      }
      return { sizeBytes, bytes: count() };
    },
  };
}

const never = new AbortController().signal;

function fetch(
  options: { objects?: Pick<ObjectStore, 'get'>; faults?: DiskFaults; entry?: FileEntry; signal?: AbortSignal } = {},
) {
  const { disk } = machine.start(options.faults && { faults: options.faults });
  const { objects = counted(), entry = ENTRY, signal = never } = options;
  return stage({ disk, root: ROOT, objects, signal }, entry);
}

const staging = (): string[] =>
  machine
    .start()
    .disk.readDirectory(stagingFolder(ROOT))
    .map(({ name }) => name.toString());
const staged = (file: string) => Buffer.from(machine.readFile(file)).equals(BYTES);
const partBytes = (): number => machine.readFile(PART).length;

describe('a fetch that is cut goes on where it stopped', () => {
  test('when the store goes away', async () => {
    await expect(fetch({ objects: counted(500_000) })).rejects.toThrow(StoreUnavailableError);
    const came = asked;
    expect(came).toBeGreaterThanOrEqual(500_000);
    expect(partBytes()).toBe(came);
    asked = 0;
    const file = await fetch();
    expect(asked).toBe(SIZE - came);
    expect(staged(file)).toBe(true);
    expect(staging()).toEqual([file.split('/').at(-1)]);
    expect(Number(machine.start().disk.lstat(file)?.mode ?? 0n) & 0o777).toBe(0o440);
  });

  test('when the agent is killed at any call, over a restart that clears staging', async () => {
    let calls = 0;
    const count: DiskFaults = {
      next: () => {
        calls++;
        return undefined;
      },
    };
    await fetch({ faults: count });
    expect(asked).toBe(SIZE);
    for (let killAt = 1; killAt <= calls; killAt++) {
      for (const when of ['before', 'after'] as const) {
        newMachine();
        let left = killAt;
        const faults: DiskFaults = { next: () => (--left === 0 ? { kind: 'kill', when } : undefined) };
        await expect(fetch({ faults })).rejects.toThrow('the process is dead');
        clearStaging(machine.start().disk, ROOT);
        const [kept] = staging();
        const there = kept === undefined ? 0 : machine.readFile(`${stagingFolder(ROOT)}/${kept}`).length;
        asked = 0;
        const file = await fetch();
        expect(asked).toBe(SIZE - there);
        expect(staged(file)).toBe(true);
      }
    }
  });

  test('when the power goes: what was not synced may be torn, and then all is asked for again', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      newMachine({ random: seededRandom(seed), sharedJournal: seed % 2 === 0 });
      for (const dir of ['/', ROOT, `${ROOT}/.fs-sync`, stagingFolder(ROOT)]) machine.syncNames(dir);
      await expect(fetch({ objects: counted(900_000) })).rejects.toThrow(StoreUnavailableError);
      machine.powerLoss();
      clearStaging(machine.start().disk, ROOT);
      expect(staged(await fetch())).toBe(true);
    }
  });

  test('when the workspace closes or another version comes', async () => {
    const stop = new AbortController();
    const objects: Pick<ObjectStore, 'get'> = {
      async get(sha, options) {
        const { sizeBytes, bytes } = await counted().get(sha, options);
        async function* until() {
          for await (const part of bytes) {
            yield part;
            if (asked > 300_000) stop.abort(new Error('closed'));
          }
        }
        return { sizeBytes, bytes: until() };
      },
    };
    await expect(fetch({ objects, signal: stop.signal })).rejects.toThrow('closed');
    const came = partBytes();
    expect(came).toBeGreaterThan(300_000);
    asked = 0;
    await fetch();
    expect(asked).toBe(SIZE - came);
  });

  test('when its object was evicted meanwhile, and came back', async () => {
    await expect(fetch({ objects: counted(500_000) })).rejects.toThrow(StoreUnavailableError);
    const came = partBytes();
    await hot.delete(SHA);
    await expect(fetch()).rejects.toThrow(ObjectAbsentError);
    expect(partBytes()).toBe(came);
    await hot.put(SHA, SIZE, BYTES);
    asked = 0;
    await fetch();
    expect(asked).toBe(SIZE - came);
  });
});

describe('I6: nothing in a part is trusted', () => {
  test('one that was damaged on disk is thrown away, and the object is fetched anew, once', async () => {
    await expect(fetch({ objects: counted(900_000) })).rejects.toThrow(StoreUnavailableError);
    machine.writeAt(PART, 1_000, Buffer.from('bit rot'));
    const came = partBytes();
    asked = 0;
    const file = await fetch();
    expect(asked).toBe(SIZE - came + SIZE);
    expect(staged(file)).toBe(true);
  });

  test('one of the right length with other bytes is fetched anew', async () => {
    machine.writeFile(PART, Buffer.alloc(SIZE, 9));
    const file = await fetch();
    expect(asked).toBe(SIZE);
    expect(staged(file)).toBe(true);
  });

  test('one that is longer than the file, or no file, is thrown away', async () => {
    machine.writeFile(PART, Buffer.concat([BYTES, Buffer.from('more')]));
    expect(staged(await fetch())).toBe(true);
    machine.start().disk.makeDirectory(PART);
    expect(staged(await fetch())).toBe(true);
    machine.makeLink(PART, '/elsewhere');
    machine.writeFile('/elsewhere', Buffer.from('not ours'));
    expect(staged(await fetch())).toBe(true);
    expect(Buffer.from(machine.readFile('/elsewhere')).toString()).toBe('not ours');
    expect(asked).toBe(3 * SIZE);
  });

  test('one that is whole already is asked of nobody', async () => {
    machine.writeFile(PART, BYTES, 0o440);
    expect(staged(await fetch())).toBe(true);
    expect(asked).toBe(0);
  });

  test('an object that is damaged in hot is corrupt, with a part as without one, and leaves nothing', async () => {
    await expect(fetch({ objects: counted(500_000) })).rejects.toThrow(StoreUnavailableError);
    hot.damage(SHA, Buffer.alloc(SIZE, 1));
    await expect(fetch()).rejects.toThrow(ObjectCorruptError);
    expect(staging()).toEqual([]);
    await expect(fetch({ entry: { ...ENTRY, size: SIZE - 1 } })).rejects.toThrow(ObjectCorruptError);
    expect(staging()).toEqual([]);
  });
});

test('a file for which there is no room is not begun, and one that fills the disk gives the room back', async () => {
  newMachine({ capacityBytes: 1_000_000 });
  await expect(fetch()).rejects.toThrow(NoRoomError);
  expect([asked, staging()]).toEqual([0, []]);
  newMachine({ capacityBytes: SIZE + 1_000 });
  const others: Pick<ObjectStore, 'get'> = {
    async get(sha, options) {
      machine.writeFile('/others', Buffer.alloc(500_000));
      return counted().get(sha, options);
    },
  };
  await expect(fetch({ objects: others })).rejects.toThrow('ENOSPC');
  expect(staging()).toEqual([]);
});

test('a disk that fails leaves no part behind that it cannot read', async () => {
  await expect(fetch({ objects: counted(500_000) })).rejects.toThrow(StoreUnavailableError);
  const faults: DiskFaults = { next: (verb) => (verb === 'read' ? { kind: 'fail', code: 'EIO' } : undefined) };
  await expect(fetch({ faults })).rejects.toThrow('EIO');
  expect(staging()).toEqual([]);
});

test('two fetches of one object do not share its part', async () => {
  const files = await Promise.all([fetch(), fetch()]);
  expect(new Set(files).size).toBe(2);
  expect(files.every(staged)).toBe(true);
});

describe('parts that nobody waits for', () => {
  let state: WorkspaceState;
  const sweep = () => sweepParts({ disk: machine.start().disk, root: ROOT, state, clock }, () => false);
  const waitFor = (path: string, sha: Sha) =>
    state.behind.put({ path: fakePath(path), entry: { ...ENTRY, path: fakePath(path), sha }, revision: 1, since: 0 });
  beforeEach(() => {
    state = openState(machine.start().disk, '/state.db').state;
  });

  test('go when the entry is replaced or gone, and stay while it is to come', async () => {
    const other = shaOf('other');
    for (const sha of [SHA, other]) machine.writeFile(partPath(ROOT, sha), Buffer.from('half'));
    machine.writeFile(`${stagingFolder(ROOT)}/part-of nothing`, Buffer.from('x'));
    machine.writeFile(`${stagingFolder(ROOT)}/get-1-1`, Buffer.from('of another fetch'));
    waitFor('big', SHA);
    expect(await sweep()).toBe(1);
    expect(staging().sort()).toEqual(['get-1-1', `part-${SHA}`]);
    waitFor('big', other);
    expect(await sweep()).toBe(0);
    expect(staging()).toEqual(['get-1-1']);
  });

  test('are few and young: old ones go, and the oldest of many', async () => {
    const shas = Array.from({ length: 12 }, (_, i) => shaOf(`${i}`));
    for (const [i, sha] of shas.entries()) {
      waitFor(`file-${i}`, sha);
      machine.writeFile(partPath(ROOT, sha), Buffer.from('half'));
      await clock.sleep(60_000);
    }
    expect(await sweep()).toBe(8);
    expect(staging().sort()).toEqual(
      shas
        .slice(4)
        .map((sha) => `part-${sha}`)
        .sort(),
    );
    await clock.sleep(8 * 24 * 60 * 60_000);
    expect(await sweep()).toBe(0);
  });
});

test('what was staged and never placed is removed at the next start, and a part is not', async () => {
  await fetch();
  await expect(fetch({ objects: counted(500_000) })).rejects.toThrow(StoreUnavailableError);
  machine.writeFile(`${stagingFolder(ROOT)}/clock`, Buffer.from('x'));
  expect(staging().length).toBe(3);
  clearStaging(machine.start().disk, ROOT);
  expect(staging()).toEqual([`part-${SHA}`]);
});
