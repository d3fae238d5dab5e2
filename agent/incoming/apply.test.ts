import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DirEntry, FileEntry } from '../../core/model/entry.ts';
import { shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { memoryObjectStore } from '../../core/store/memory-object-store.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../../core/store/store-errors.ts';
import type { Disk } from '../disk/disk.ts';
import { fileClock, fingerprintOf, NO_FINGERPRINT } from '../disk/fingerprint.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { keepReplaced, listReplaced } from '../kept.ts';
import { clearStaging, stagingFolder } from '../marker.ts';
import type { Row } from '../state/file-rows.ts';
import {
  fileTime,
  type PlaceIo,
  placeDirectory,
  placeFacts,
  placeFile,
  pruneAbove,
  removeDirectory,
  removeFile,
  stagingName,
} from './apply.ts';
import { placeMoved } from './place-moved.ts';
import { stage } from './stage.ts';
import type { TakenOut } from './taken-out.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fs-apply-'));
  mkdirSync(stagingFolder(root), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const io = () => ({ disk: nodeDisk, root, fileClock: fileClock(true) });
const entryOf = (path: string, content: string, mode = 0o644): FileEntry => ({
  path: fakePath(path),
  sha: shaOf(content),
  size: content.length,
  mode,
  mtime: 1_690_000_000_123,
});
const staged = (content: string): string => {
  const file = stagingName(root, 'get');
  writeFileSync(file, content);
  return file;
};
/** A row that says that the disk holds what it holds now. */
const rowOf = (entry: FileEntry): Row => ({
  entry,
  fingerprint: fingerprintOf(lstatSync(join(root, entry.path), { bigint: true })),
});
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test('a new file comes with the directories above it, and its fingerprint is that of the disk', () => {
  const entry = entryOf('a/b/c', 'new');
  const placed = placeFile(io(), entry, staged('new'), undefined);
  expect(placed).toEqual({ kind: 'placed', fingerprint: rowOf(entry).fingerprint });
  expect(read('a/b/c')).toBe('new');
  expect(readdirSync(stagingFolder(root))).toEqual([]);
});

test('I8: a file that is there without a row is a local edit, and stays', () => {
  writeFileSync(join(root, 'a'), 'mine');
  expect(placeFile(io(), entryOf('a', 'theirs'), staged('theirs'), undefined)).toEqual({ kind: 'local-edit' });
  expect(read('a')).toBe('mine');
});

test('I8: a file is replaced only while it is what its row says', () => {
  const before = entryOf('a', 'before');
  writeFileSync(join(root, 'a'), 'before');
  const row = rowOf(before);
  writeFileSync(join(root, 'a'), 'edited');
  expect(placeFile(io(), entryOf('a', 'after'), staged('after'), row)).toEqual({ kind: 'local-edit' });
  expect(read('a')).toBe('edited');
  expect(placeFile(io(), entryOf('a', 'after'), staged('after'), rowOf(before)).kind).toBe('placed');
  expect(read('a')).toBe('after');
});

test('I8: a deleted file does not come back by an update', () => {
  writeFileSync(join(root, 'a'), 'before');
  const row = rowOf(entryOf('a', 'before'));
  rmSync(join(root, 'a'));
  expect(placeFile(io(), entryOf('a', 'after'), staged('after'), row)).toEqual({ kind: 'local-edit' });
  expect(existsSync(join(root, 'a'))).toBe(false);
});

test('I8: a row whose file may have changed within the same tick is read again before it is replaced', () => {
  writeFileSync(join(root, 'a'), 'before');
  const row = rowOf(entryOf('a', 'before'));
  const doubtful = { ...row, fingerprint: `~${row.fingerprint}` };
  expect(placeFile(io(), entryOf('a', 'after'), staged('after'), doubtful)).toEqual({ kind: 'local-edit' });
});

test('I11: nothing is placed or removed behind a symlinked directory', () => {
  const outside = mkdtempSync(join(tmpdir(), 'fs-outside-'));
  try {
    writeFileSync(join(outside, 'x'), 'not ours');
    symlinkSync(outside, join(root, 'dir'));
    expect(placeFile(io(), entryOf('dir/new', 'x'), staged('x'), undefined)).toEqual({
      kind: 'symlink-in-the-way',
      at: 'dir',
    });
    const row = {
      entry: entryOf('dir/x', 'not ours'),
      fingerprint: fingerprintOf(lstatSync(join(outside, 'x'), { bigint: true })),
    };
    expect(placeFile(io(), entryOf('dir/x', 'evil'), staged('evil'), row).kind).toBe('symlink-in-the-way');
    removeFile(io(), fakePath('dir/x'), row);
    removeDirectory(io(), fakePath('dir/sub'));
    expect(placeFacts(io(), { ...entryOf('dir/x', 'not ours'), mode: 0o777 }, row)).toEqual({ kind: 'local-edit' });
    expect(placeDirectory(io(), { path: fakePath('dir/sub/deep'), dir: true, mode: 0o755 }, undefined).kind).toBe(
      'symlink-in-the-way',
    );
    expect(readdirSync(outside)).toEqual(['x']);
    expect(readFileSync(join(outside, 'x'), 'utf8')).toBe('not ours');
  } finally {
    rmSync(outside, { recursive: true });
  }
});

test('I11: what was a directory in the turn before may be a symlink in this one', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'fs-outside-'));
  try {
    expect(placeFile(io(), entryOf('dir/a', 'x'), staged('x'), undefined).kind).toBe('placed');
    rmSync(join(root, 'dir'), { recursive: true });
    symlinkSync(outside, join(root, 'dir'));
    await Promise.resolve();
    const placed = placeFile(io(), entryOf('dir/b', 'x'), staged('x'), undefined);
    expect(placed).toEqual({ kind: 'symlink-in-the-way', at: 'dir' });
    expect(readdirSync(outside)).toEqual([]);
  } finally {
    rmSync(outside, { recursive: true });
  }
});

test('a directory that was removed within the turn is made again for what comes below it', () => {
  const gone = entryOf('dir/a', 'x');
  expect(placeFile(io(), gone, staged('x'), undefined).kind).toBe('placed');
  expect(removeFile(io(), gone.path, rowOf(gone))).toEqual({ kind: 'removed' });
  pruneAbove(io(), gone.path, () => false);
  expect(existsSync(join(root, 'dir'))).toBe(false);
  expect(placeFile(io(), entryOf('dir/b', 'y'), staged('y'), undefined).kind).toBe('placed');
  expect(read('dir/b')).toBe('y');
});

test('I11: a symlink in the file’s own place is a local edit, and its target is not written', () => {
  writeFileSync(join(root, 'target'), 'target');
  symlinkSync('target', join(root, 'a'));
  expect(placeFile(io(), entryOf('a', 'x'), staged('x'), undefined)).toEqual({ kind: 'local-edit' });
  expect(read('target')).toBe('target');
});

test('what lies in the way is named', () => {
  mkdirSync(join(root, 'dir'));
  writeFileSync(join(root, 'file'), 'x');
  expect(placeFile(io(), entryOf('dir', 'x'), staged('x'), undefined)).toEqual({ kind: 'directory-in-the-way' });
  expect(placeFile(io(), entryOf('file/below', 'x'), staged('x'), undefined)).toEqual({
    kind: 'file-in-the-way',
    at: 'file',
  });
});

test('an empty directory gives way to a file, one with content does not', () => {
  const entry: DirEntry = { path: fakePath('dir'), dir: true, mode: 0o755 };
  expect(placeDirectory(io(), entry, undefined).kind).toBe('placed');
  writeFileSync(join(root, 'dir/local'), 'x');
  const row = { entry, fingerprint: '' };
  expect(placeFile(io(), entryOf('dir', 'file'), staged('file'), row)).toEqual({ kind: 'directory-in-the-way' });
  rmSync(join(root, 'dir/local'));
  expect(placeFile(io(), entryOf('dir', 'file'), staged('file'), row).kind).toBe('placed');
});

test('a file is removed only while it is what its row says', () => {
  writeFileSync(join(root, 'a'), 'x');
  const row = rowOf(entryOf('a', 'x'));
  chmodSync(join(root, 'a'), 0o600);
  expect(removeFile(io(), fakePath('a'), row)).toEqual({ kind: 'local-edit' });
  expect(read('a')).toBe('x');
  expect(removeFile(io(), fakePath('a'), rowOf(entryOf('a', 'x')))).toEqual({ kind: 'removed' });
  expect(existsSync(join(root, 'a'))).toBe(false);
  expect(removeFile(io(), fakePath('a'), row)).toEqual({ kind: 'absent' });
  expect(readdirSync(stagingFolder(root))).toEqual([]);
});

test('I9: a file that is out of its place is removed, also where the disk fails to take it away', () => {
  writeFileSync(join(root, 'a'), 'x');
  const unlink = () => {
    throw Object.assign(new Error('the disk fails'), { code: 'EIO' });
  };
  const failing = { ...io(), disk: { ...nodeDisk, unlink } };
  expect(removeFile(failing, fakePath('a'), rowOf(entryOf('a', 'x')))).toEqual({ kind: 'removed' });
  expect(existsSync(join(root, 'a'))).toBe(false);
  expect(listReplaced(nodeDisk, root)).toHaveLength(1);
});

test('I9: a file that is in its place is placed, also where the disk fails right after that', () => {
  const fails = () => {
    throw Object.assign(new Error('the disk fails'), { code: 'EIO' });
  };
  const [entry, later] = [entryOf('a', 'new'), entryOf('a', 'later')];
  let isLinked = false;
  const link: Disk['link'] = (from, to) => {
    nodeDisk.link(from, to);
    isLinked = true;
  };
  const lstat: Disk['lstat'] = (path) => (isLinked ? fails() : nodeDisk.lstat(path));
  const failing = { ...io(), disk: { ...nodeDisk, link, lstat, unlink: fails } };
  expect(placeFile(failing, entry, staged('new'), undefined)).toEqual({ kind: 'placed', fingerprint: NO_FINGERPRINT });
  expect(read('a')).toBe('new');
  isLinked = false;
  expect(placeFile(failing, later, staged('later'), rowOf(entry)).kind).toBe('placed');
  expect(read('a')).toBe('later');
});

test('directories that became empty go, up to the first that is kept or holds something', () => {
  mkdirSync(join(root, 'a/b/c/d'), { recursive: true });
  writeFileSync(join(root, 'a/other'), 'x');
  pruneAbove(io(), fakePath('a/b/c/d/gone'), () => false);
  expect(readdirSync(join(root, 'a'))).toEqual(['other']);
  mkdirSync(join(root, 'k/l'), { recursive: true });
  pruneAbove(io(), fakePath('k/l/gone'), (dir) => dir === 'k');
  expect(readdirSync(join(root, 'k'))).toEqual([]);
});

test('mode and time change in place', () => {
  const entry = entryOf('a', 'x', 0o750);
  writeFileSync(join(root, 'a'), 'x');
  const { ino } = statSync(join(root, 'a'));
  expect(placeFacts(io(), entry, rowOf(entry)).kind).toBe('placed');
  const stat = lstatSync(join(root, 'a'), { bigint: true });
  expect([stat.mode & 0o777n, stat.mtimeNs / 1_000_000n, Number(stat.ino)]).toEqual([0o750n, 1_690_000_000_123n, ino]);
});

test.each([0, 5, 1024 * 1024, 3_000_000])(
  'I6: %i bytes are staged with mode and time, and damaged ones never',
  async (size) => {
    const objects = memoryObjectStore();
    const bytes = Buffer.alloc(size, 3);
    const entry: FileEntry = { ...entryOf('a', ''), sha: shaOf(bytes), size, mode: 0o640 };
    await objects.put(entry.sha, size, bytes);
    const stageIo = { disk: nodeDisk, root, objects, signal: new AbortController().signal };
    const file = await stage(stageIo, entry);
    const stat = lstatSync(file, { bigint: true });
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect([stat.mode & 0o777n, stat.mtimeNs / 1_000_000n]).toEqual([0o640n, BigInt(entry.mtime)]);
    rmSync(file);

    objects.damage(entry.sha, Buffer.alloc(size + 1, 4));
    await expect(stage(stageIo, entry)).rejects.toThrow(ObjectCorruptError);
    await objects.delete(entry.sha);
    await expect(stage(stageIo, entry)).rejects.toThrow(ObjectAbsentError);
    await objects.put(entry.sha, size, bytes);
    await expect(stage(stageIo, { ...entry, size: size + 1 })).rejects.toThrow(ObjectCorruptError);
    expect(readdirSync(stagingFolder(root))).toEqual([]);
  },
);

/** Another program comes right before one call of the disk's. */
const setTimeAfter = (edit: () => void): Partial<Disk> => ({
  setTime: (path, seconds) => {
    edit();
    nodeDisk.setTime(path, seconds);
  },
});
const setModeAfter = (edit: () => void): Partial<Disk> => ({
  setMode: (path, mode) => {
    edit();
    nodeDisk.setMode(path, mode);
  },
});
const unlinkAfter = (edit: () => void): Partial<Disk> => ({
  unlink: (path) => {
    edit();
    nodeDisk.unlink(path);
  },
});
const noLinks = {
  link: () => {
    throw Object.assign(new Error('no links'), { code: 'EPERM' });
  },
};
const ioOn = (disk: Partial<Disk>): PlaceIo => ({ ...io(), disk: { ...nodeDisk, ...disk } });
const setTimeOf = (file: string, entry: FileEntry) => utimesSync(file, fileTime(entry), fileTime(entry));

test('I8: an edit that comes right before the time is set is not taken for the project’s', () => {
  const entry = entryOf('a', 'before');
  writeFileSync(join(root, 'a'), 'before');
  const disk = setTimeAfter(() => writeFileSync(join(root, 'a'), 'edited'));
  expect(placeFacts(ioOn(disk), entry, rowOf(entry))).toEqual({ kind: 'placed', fingerprint: NO_FINGERPRINT });
  expect(read('a')).toBe('edited');
});

test('I8: an edit that comes right before the mode is set keeps its time, and is not taken for the project’s', () => {
  const entry = entryOf('a', 'before', 0o600);
  writeFileSync(join(root, 'a'), 'before');
  setTimeOf(join(root, 'a'), entry);
  const disk = setModeAfter(() => writeFileSync(join(root, 'a'), 'edited'));
  expect(placeFacts(ioOn(disk), entry, rowOf(entry))).toEqual({ kind: 'placed', fingerprint: NO_FINGERPRINT });
  expect(statSync(join(root, 'a')).mtimeMs).toBeGreaterThan(entry.mtime + 1);
});

test('I8: an edit that comes right after a file was placed is not taken for the project’s', () => {
  const entry = entryOf('a', 'theirs');
  const file = staged('theirs');
  setTimeOf(file, entry);
  const disk = unlinkAfter(() => writeFileSync(join(root, 'a'), 'edited'));
  expect(placeFile(ioOn(disk), entry, file, undefined)).toEqual({ kind: 'placed', fingerprint: NO_FINGERPRINT });
  expect(read('a')).toBe('edited');
});

test('a mode that is set alone leaves nothing to be read again', () => {
  const entry = entryOf('a', 'x', 0o600);
  writeFileSync(join(root, 'a'), 'x');
  setTimeOf(join(root, 'a'), entry);
  expect(placeFacts(io(), entry, rowOf(entry))).toEqual({ kind: 'placed', fingerprint: rowOf(entry).fingerprint });
});

test('I8: without hard links, a file whose place is taken meanwhile goes back to its own name', () => {
  const disk: Partial<Disk> = {
    ...noLinks,
    rename: (from, to) => {
      nodeDisk.rename(from, to);
      if (from === join(root, 'a')) writeFileSync(join(root, 'b'), 'mine');
    },
  };
  const was = entryOf('a', 'bytes');
  writeFileSync(join(root, 'a'), 'bytes');
  const placed = placeMoved(ioOn(disk), entryOf('b', 'bytes'), rowOf(was), undefined);
  expect([placed, read('a'), read('b')]).toEqual([{ kind: 'local-edit' }, 'bytes', 'mine']);
  expect(readdirSync(stagingFolder(root))).toEqual([]);
});

test('I8: without hard links, a file that can neither move nor go back is told with where it lies', () => {
  const told: string[] = [];
  const disk: Partial<Disk> = {
    ...noLinks,
    rename: (from, to) => {
      if (from !== join(root, 'a')) throw Object.assign(new Error('the disk fails'), { code: 'EIO' });
      nodeDisk.rename(from, to);
    },
  };
  const was = entryOf('a', 'bytes');
  writeFileSync(join(root, 'a'), 'bytes');
  const failing = { ...ioOn(disk), displaced: { add: ({ path, file }: TakenOut) => void told.push(path, file) } };
  expect(() => placeMoved(failing, entryOf('b', 'bytes'), rowOf(was), undefined)).toThrow('the disk fails');
  const [path, file = ''] = told;
  expect([path, readFileSync(file, 'utf8')]).toEqual(['a', 'bytes']);
});

test('I8: without hard links, a crash in the middle of a move leaves the file where a start keeps it', () => {
  const crash = new Error('the machine stops');
  const disk: Partial<Disk> = {
    ...noLinks,
    rename: (from, to) => {
      if (from !== join(root, 'a')) throw crash;
      nodeDisk.rename(from, to);
    },
  };
  const was = entryOf('a', 'bytes');
  writeFileSync(join(root, 'a'), 'bytes');
  expect(() => placeMoved(ioOn(disk), entryOf('b', 'bytes'), rowOf(was), undefined)).toThrow(crash);
  clearStaging(nodeDisk, root);
  expect(keepReplaced(nodeDisk, root, { ofInode: () => [] })).toBe(1);
  const [kept] = readdirSync(join(root, '.fs-sync/kept'));
  expect(read(`.fs-sync/kept/${kept}`)).toBe('bytes');
});
