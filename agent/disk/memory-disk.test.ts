import { describe, expect, test } from 'vitest';
import { systemClock } from '../../core/model/clock.ts';
import { seededRandom } from '../../core/testing/seeded-random.ts';
import type { Hint } from '../watch/watcher.ts';
import { diskContract } from './disk.contract.ts';
import { MemoryDisk, type MemoryDiskOptions } from './memory-disk.ts';

const machineWith = (options: Partial<MemoryDiskOptions> = {}) =>
  new MemoryDisk({ clock: systemClock, random: seededRandom(1), ...options });

diskContract('in memory', () => {
  const machine = machineWith();
  const { disk } = machine.start();
  disk.makeDirectories('/dir');
  return {
    disk,
    dir: '/dir',
    makeLink: (path, target) => machine.makeLink(path, target),
    makeRawFile: (dir, name) => machine.makeRawFile(dir, name),
  };
});

const text = (machine: MemoryDisk, path: string): string => Buffer.from(machine.readFile(path)).toString();
const bytes = (content: string): Uint8Array => Buffer.from(content);

describe('a process that is killed', () => {
  test('does nothing from then on, and leaves its locks and its committed records', () => {
    const machine = machineWith();
    let calls = 0;
    const kill = { kind: 'kill', when: 'after' } as const;
    const process = machine.start({
      faults: { next: (verb) => (verb === 'rename' && ++calls === 2 ? kill : undefined) },
    });
    const { disk } = process;
    machine.writeFile('/a', bytes('a'));
    const lock = disk.lock('/lock');
    const { db } = disk.openDatabase('/state.db');
    db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const work = db.transaction(() => {
      db.exec('INSERT INTO t VALUES (2)');
      disk.rename('/a', '/b');
      disk.rename('/b', '/c');
    });
    expect(work).toThrow('the process is dead');
    expect(process.isDead).toBe(true);
    expect(text(machine, '/c')).toBe('a');
    expect(() => disk.unlink('/c')).toThrow('the process is dead');
    expect(() => db.exec('INSERT INTO t VALUES (3)')).toThrow('not open');
    expect(lock).toBeDefined();

    const next = machine.start().disk;
    expect(next.lock('/lock')).toBeDefined();
    expect(next.openDatabase('/state.db').db.prepare('SELECT x FROM t').pluck().all()).toEqual([1]);
  });

  test('a process that died while it synced is not told that it did', async () => {
    const machine = machineWith({ clock: { now: () => 1, sleep: async () => {} } });
    const process = machine.start({
      faults: { next: (verb) => (verb === 'sync' ? { kind: 'slow', ms: 5 } : undefined) },
    });
    const syncing = process.disk.open('/file', 'create').sync();
    process.kill();
    await expect(syncing).rejects.toThrow('the process is dead');
  });
});

describe('a power loss', () => {
  test('keeps what was synced, and its name when its directory was', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const machine = machineWith({ random: seededRandom(seed), sharedJournal: false });
      const { disk } = machine.start();
      const file = disk.open('/synced', 'create');
      file.write(bytes('whole'), 0);
      file.setMode(0o640);
      await file.sync();
      await disk.syncDirectory('/');
      disk.rename('/synced', '/renamed');
      machine.powerLoss();
      const left = machine.start().disk;
      const [name] = left.readDirectory('/').map((one) => one.name.toString());
      expect(['synced', 'renamed']).toContain(name);
      expect(text(machine, `/${name}`)).toBe('whole');
      expect(Number(left.lstat(`/${name}`)?.mode ?? 0n) & 0o777).toBe(0o640);
    }
  });

  test('takes a directory whose own name was not synced, with the names in it that were', async () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 50; seed++) {
      const machine = machineWith({ random: seededRandom(seed), namesAlone: true });
      const { disk } = machine.start();
      disk.makeDirectory('/new');
      machine.writeFile('/new/file', bytes('content'));
      disk.open('/new/file', 'read').syncNow();
      machine.writeFile('/beside', bytes('x'));
      await disk.syncDirectory('/new');
      machine.powerLoss();
      const left = machine.start().disk;
      outcomes.add(left.lstat('/new') ? text(machine, '/new/file') : 'no directory');
    }
    expect(outcomes).toEqual(new Set(['no directory', 'content']));
  });

  test('takes names and bytes that were not synced, or tears them', () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 200; seed++) {
      const machine = machineWith({ random: seededRandom(seed) });
      machine.writeFile('/file', bytes('content'));
      machine.powerLoss();
      const { disk } = machine.start();
      outcomes.add(disk.lstat('/file') ? text(machine, '/file') : 'no file');
    }
    for (const expected of ['no file', '', 'content', 'cont']) expect(outcomes).toContain(expected);
  });

  test('takes changes of names back from the newest on: a file that was replaced is there, old or new', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const machine = machineWith({ random: seededRandom(seed) });
      machine.writeFile('/file', bytes('old'));
      machine.writeFile('/staged', bytes('new'));
      const { disk } = machine.start();
      for (const path of ['/file', '/staged']) disk.open(path, 'read').syncNow();
      disk.rename('/staged', '/file');
      machine.powerLoss();
      expect(['old', 'new']).toContain(text(machine, '/file'));
    }
  });

  test('takes records back to a checkpoint, or leaves them', () => {
    const counts = new Set<unknown>();
    for (let seed = 1; seed <= 20; seed++) {
      const machine = machineWith({ random: seededRandom(seed) });
      const database = machine.start().disk.openDatabase('/state.db');
      database.db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
      database.checkpoint();
      database.db.exec('INSERT INTO t VALUES (2)');
      machine.powerLoss();
      const again = machine.start().disk.openDatabase('/state.db');
      counts.add(again.db.prepare('SELECT count(*) FROM t').pluck().get());
    }
    expect(counts).toEqual(new Set([1, 2]));
  });
});

test('a full disk refuses what does not fit, and takes it when there is room', () => {
  const machine = machineWith({ capacityBytes: 10 });
  const { disk } = machine.start();
  machine.writeFile('/a', bytes('123456'));
  const file = disk.open('/b', 'create');
  expect(() => file.write(bytes('12345'), 0)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
  disk.unlink('/a');
  expect(file.write(bytes('12345'), 0)).toBe(5);
  expect(machine.freeBytes).toBe(5);
});

test('coarse times do not show two changes in a row, exact ones do', () => {
  for (const exactTimes of [true, false]) {
    const machine = machineWith({ exactTimes, clock: { ...systemClock, now: () => 1_000 } });
    const { disk } = machine.start();
    machine.writeFile('/a', bytes('1'));
    const before = disk.lstat('/a')?.ctimeNs;
    machine.writeFile('/a', bytes('2'));
    expect(disk.lstat('/a')?.ctimeNs !== before).toBe(exactTimes);
  }
});

test('an injected failure does nothing and carries its code', () => {
  const machine = machineWith();
  const { disk } = machine.start({ faults: { next: () => ({ kind: 'fail', code: 'EIO' }) } });
  expect(() => disk.makeDirectory('/a')).toThrow(expect.objectContaining({ code: 'EIO' }));
  expect(machine.start().disk.lstat('/a')).toBe(undefined);
});

describe('its watcher', () => {
  /** A clock whose sleeps end when the test says so. */
  function heldClock() {
    const due: (() => void)[] = [];
    const sleep = (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
        due.push(resolve);
      });
    const letGo = async () => {
      for (const resolve of due.splice(0)) resolve();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { clock: { now: () => 1, sleep }, letGo };
  }

  test('hints at what happens directly in a directory, until the directory goes', async () => {
    const { clock, letGo } = heldClock();
    const machine = machineWith({ clock });
    const process = machine.start();
    const { disk } = process;
    disk.makeDirectories('/root/sub');
    const hints: Hint[] = [];
    const watcher = process.startWatcher('/root', (hint) => hints.push(hint));
    const inodeOf = (path: string) => disk.lstat(path)?.ino ?? 0n;
    expect(watcher.watch('', inodeOf('/root'))).toBe('new');
    expect(watcher.watch('', inodeOf('/root'))).toBe('known');
    machine.writeFile('/root/sub/unwatched', bytes('x'));
    machine.writeFile('/root/file', bytes('x'));
    await letGo();
    expect(hints).toContainEqual({ kind: 'path', path: 'file' });
    expect(JSON.stringify(hints)).not.toContain('unwatched');
    hints.length = 0;
    watcher.watch('sub' as never, inodeOf('/root/sub'));
    disk.rename('/root/sub', '/root/moved');
    machine.writeFile('/root/moved/unwatched', bytes('y'));
    await letGo();
    expect(hints).toContainEqual({ kind: 'path', path: 'sub' });
    expect(hints).toContainEqual({ kind: 'path', path: 'moved' });
    expect(JSON.stringify(hints)).not.toContain('unwatched');
    hints.length = 0;
    process.kill();
    machine.writeFile('/root/file', bytes('z'));
    await letGo();
    expect(hints).toEqual([]);
  });

  test('loses and repeats hints as it is told to', async () => {
    for (const [lose, repeat, expected] of [
      [1, 0, 0],
      [0, 1, 4],
    ] as const) {
      const { clock, letGo } = heldClock();
      const machine = machineWith({ clock });
      const watchFaults = { random: seededRandom(1), rates: () => ({ lose, repeat, delay: 0 }), maxDelayMs: 10 };
      const process = machine.start({ watchFaults });
      const hints: Hint[] = [];
      process.startWatcher('/', (hint) => hints.push(hint)).watch('', process.disk.lstat('/')?.ino ?? 0n);
      machine.writeFile('/file', bytes('x'));
      await letGo();
      expect(hints).toHaveLength(expected);
    }
  });
});
