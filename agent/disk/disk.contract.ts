// What every Disk does, as tests. The one in memory and the real one pass the same suite, so that what a simulation shows
// of the agent holds on a real disk.
import { describe, expect, test } from 'vitest';
import type { Disk } from './disk.ts';
import { modifiedMs } from './fingerprint.ts';

export interface DiskRig {
  readonly disk: Disk;
  /** an empty directory, absolute */
  readonly dir: string;
  makeLink(path: string, target: string): void;
  makeRawFile(dir: string, name: Buffer): void;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

function write(disk: Disk, path: string, text: string): void {
  const file = disk.open(path, 'overwrite');
  file.write(bytes(text), 0);
  file.close();
}

const names = (disk: Disk, path: string): string[] =>
  disk
    .readDirectory(path)
    .map(({ name }) => name.toString('utf8'))
    .sort();

/** @param fresh  for each test */
export function diskContract(name: string, fresh: () => DiskRig): void {
  const failsWith = (code: string, work: () => unknown) => expect(work).toThrow(expect.objectContaining({ code }));

  describe(`Disk: ${name}`, () => {
    test('what is written is read, at any place and over several writes', () => {
      const { disk, dir } = fresh();
      const path = `${dir}/file`;
      const out = disk.open(path, 'create');
      expect(out.write(bytes('hello '), 0)).toBe(6);
      expect(out.write(bytes('..world'), 2)).toBe(5);
      out.close();
      const file = disk.open(path, 'read');
      const into = Buffer.alloc(8, '-');
      expect(file.read(into, 1, 5, 6)).toBe(5);
      expect(into.toString()).toBe('-world--');
      expect(file.read(into, 0, 8, 11)).toBe(0);
      expect(file.stat().size).toBe(11n);
      file.close();
      expect(disk.readText(path)).toBe('hello world');
    });

    test('large reads and writes go off the main thread, and a close waits for them', async () => {
      const { disk, dir } = fresh();
      const out = disk.open(`${dir}/file`, 'create');
      expect(await out.writeLater(bytes('one two'), 0)).toBe(7);
      expect(await out.writeLater(bytes('__ three'), 2)).toBe(6);
      await out.sync();
      out.syncNow();
      out.close();
      const file = disk.open(`${dir}/file`, 'read');
      const into = Buffer.alloc(5);
      const reading = file.readLater(into, 0, 5, 8);
      file.close();
      expect(await reading).toBe(5);
      expect(into.toString()).toBe('three');
    });

    test('create never replaces, overwrite empties, and what is made is its owner’s', () => {
      const { disk, dir } = fresh();
      write(disk, `${dir}/file`, 'long content');
      expect(Number(disk.lstat(`${dir}/file`)?.mode ?? 0n) & 0o777).toBe(0o600);
      failsWith('EEXIST', () => disk.open(`${dir}/file`, 'create'));
      write(disk, `${dir}/file`, 'short');
      expect(disk.readText(`${dir}/file`)).toBe('short');
      failsWith('ENOENT', () => disk.open(`${dir}/none`, 'read'));
      failsWith('ENOENT', () => disk.open(`${dir}/none/file`, 'create'));
    });

    test('a file says how many names it has', () => {
      const { disk, dir } = fresh();
      write(disk, `${dir}/file`, 'content');
      expect(disk.lstat(`${dir}/file`)?.nlink).toBe(1n);
      disk.link(`${dir}/file`, `${dir}/other`);
      expect(disk.lstat(`${dir}/file`)?.nlink).toBe(2n);
      disk.unlink(`${dir}/file`);
      expect(disk.lstat(`${dir}/other`)?.nlink).toBe(1n);
    });

    test('append goes on at the end of what is there, also when that was written by others meanwhile', () => {
      const { disk, dir } = fresh();
      const path = `${dir}/file`;
      const file = disk.open(path, 'append');
      file.write(bytes('one '), 0);
      const other = disk.open(path, 'append');
      other.write(bytes('two '), 0);
      file.write(bytes('__three'), 2);
      const into = Buffer.alloc(20);
      expect(into.toString('utf8', 0, file.read(into, 0, 20, 0))).toBe('one two three');
      file.close();
      other.close();
      expect(Number(disk.lstat(path)?.mode ?? 0n) & 0o777).toBe(0o600);
    });

    test('there is room for what is written', () => {
      const { disk, dir } = fresh();
      expect(disk.freeBytes(dir)).toBeGreaterThan(1_000);
      failsWith('ENOENT', () => disk.freeBytes(`${dir}/none`));
    });

    test('lstat tells files, directories and links apart, and absent from unknown', () => {
      const { disk, dir, makeLink } = fresh();
      write(disk, `${dir}/file`, 'x');
      disk.makeDirectory(`${dir}/sub`);
      makeLink(`${dir}/link`, 'file');
      const kinds = (path: string) => {
        const stat = disk.lstat(`${dir}/${path}`);
        return stat && [stat.isFile(), stat.isDirectory(), stat.isSymbolicLink()];
      };
      expect(kinds('file')).toEqual([true, false, false]);
      expect(kinds('sub')).toEqual([false, true, false]);
      expect(kinds('link')).toEqual([false, false, true]);
      expect(kinds('none')).toBe(undefined);
      expect(kinds('none/below')).toBe(undefined);
      failsWith('ENOTDIR', () => disk.lstat(`${dir}/file/below`));
      expect(Number(disk.lstat(`${dir}/file`)?.mode ?? 0n) & 0o170_000).toBe(0o100_000);
    });

    test('a link is not followed in its own place when a file is opened, and is above it', () => {
      const { disk, dir, makeLink } = fresh();
      disk.makeDirectory(`${dir}/sub`);
      write(disk, `${dir}/sub/file`, 'x');
      makeLink(`${dir}/link`, 'sub/file');
      makeLink(`${dir}/way`, 'sub');
      failsWith('ELOOP', () => disk.open(`${dir}/link`, 'read'));
      expect(disk.readText(`${dir}/way/file`)).toBe('x');
      expect(disk.realPath(`${dir}/way/file`)).toBe(disk.realPath(`${dir}/sub/file`));
      failsWith('ENOENT', () => disk.realPath(`${dir}/none`));
    });

    test('a directory is read with the kinds and the bytes of its names', () => {
      const { disk, dir, makeLink, makeRawFile } = fresh();
      const raw = Buffer.from([0x62, 0xff, 0x64]);
      write(disk, `${dir}/é`, 'x');
      disk.makeDirectory(`${dir}/sub`);
      makeLink(`${dir}/link`, 'nowhere');
      makeRawFile(dir, raw);
      const found = disk.readDirectory(dir).map((one) => {
        const kind = [one.isFile() && 'file', one.isDirectory() && 'directory', one.isSymbolicLink() && 'link'];
        return `${one.name.toString('hex')} ${kind.find((is) => is)}`;
      });
      const hex = (text: string) => Buffer.from(text).toString('hex');
      expect(found.sort()).toEqual(
        [`${hex('é')} file`, `${hex('sub')} directory`, `${hex('link')} link`, '62ff64 file'].sort(),
      );
      failsWith('ENOENT', () => disk.readDirectory(`${dir}/none`));
      failsWith('ENOTDIR', () => disk.readDirectory(`${dir}/é`));
    });

    test('a second name is the same file, and never replaces one', () => {
      const { disk, dir } = fresh();
      write(disk, `${dir}/a`, 'x');
      disk.link(`${dir}/a`, `${dir}/b`);
      expect(disk.lstat(`${dir}/b`)?.ino).toBe(disk.lstat(`${dir}/a`)?.ino);
      write(disk, `${dir}/b`, 'through b');
      expect(disk.readText(`${dir}/a`)).toBe('through b');
      failsWith('EEXIST', () => disk.link(`${dir}/a`, `${dir}/b`));
      failsWith('ENOENT', () => disk.link(`${dir}/none`, `${dir}/c`));
      disk.unlink(`${dir}/a`);
      expect(disk.readText(`${dir}/b`)).toBe('through b');
    });

    test('a rename replaces a file, keeps the inode, and moves a directory with all in it', () => {
      const { disk, dir } = fresh();
      write(disk, `${dir}/a`, 'a');
      write(disk, `${dir}/b`, 'b');
      const inode = disk.lstat(`${dir}/a`)?.ino;
      disk.rename(`${dir}/a`, `${dir}/b`);
      expect([disk.readText(`${dir}/b`), disk.lstat(`${dir}/b`)?.ino]).toEqual(['a', inode]);
      disk.makeDirectories(`${dir}/one/deep`);
      write(disk, `${dir}/one/deep/file`, 'x');
      disk.makeDirectory(`${dir}/empty`);
      disk.rename(`${dir}/one`, `${dir}/empty`);
      expect(disk.readText(`${dir}/empty/deep/file`)).toBe('x');
      expect(names(disk, dir)).toEqual(['b', 'empty']);
      failsWith('ENOENT', () => disk.rename(`${dir}/none`, `${dir}/c`));
      failsWith('EISDIR', () => disk.rename(`${dir}/b`, `${dir}/empty`));
      failsWith('ENOTDIR', () => disk.rename(`${dir}/empty`, `${dir}/b`));
      failsWith('EINVAL', () => disk.rename(`${dir}/empty`, `${dir}/empty/deep/self`));
      disk.makeDirectory(`${dir}/other`);
      failsWith('ENOTEMPTY', () => disk.rename(`${dir}/other`, `${dir}/empty`));
    });

    test('directories are made and removed one by one, or whole', () => {
      const { disk, dir } = fresh();
      disk.makeDirectories(`${dir}/a/b/c`, 0o700);
      disk.makeDirectories(`${dir}/a/b/c`, 0o700);
      expect(Number(disk.lstat(`${dir}/a/b`)?.mode ?? 0n) & 0o777).toBe(0o700);
      failsWith('EEXIST', () => disk.makeDirectory(`${dir}/a`));
      failsWith('ENOENT', () => disk.makeDirectory(`${dir}/x/y`));
      failsWith('ENOTEMPTY', () => disk.removeDirectory(`${dir}/a`));
      write(disk, `${dir}/a/b/file`, 'x');
      failsWith('ENOTDIR', () => disk.removeDirectory(`${dir}/a/b/file`));
      failsWith('ENOTDIR', () => disk.makeDirectories(`${dir}/a/b/file/below`));
      failsWith('EEXIST', () => disk.makeDirectories(`${dir}/a/b/file`));
      disk.removeTree(`${dir}/a`);
      disk.removeTree(`${dir}/a`);
      expect(names(disk, dir)).toEqual([]);
      failsWith('ENOENT', () => disk.removeDirectory(`${dir}/a`));
      failsWith('ENOENT', () => disk.unlink(`${dir}/a`));
      failsWith('ENAMETOOLONG', () => disk.makeDirectory(`${dir}/${'n'.repeat(256)}`));
    });

    test('mode and time are set by name and by open file, and show in ctime', () => {
      const { disk, dir } = fresh();
      const path = `${dir}/file`;
      write(disk, path, 'x');
      disk.setMode(path, 0o640);
      disk.setTime(path, 1_690_000_000.1235);
      const facts = () => {
        const stat = disk.lstat(path);
        return stat && [Number(stat.mode & 0o777n), stat.mtimeNs / 1_000_000n];
      };
      expect(facts()).toEqual([0o640, 1_690_000_000_123n]);
      const file = disk.open(path, 'read');
      file.setMode(0o755);
      file.setTime(1_600_000_000.0005);
      expect(facts()).toEqual([0o755, 1_600_000_000_000n]);
      expect(file.stat().ctimeNs).toBe(disk.lstat(path)?.ctimeNs);
      file.close();
      failsWith('ENOENT', () => disk.setMode(`${dir}/none`, 0o600));
    });

    test('a time before 1970 is kept to the millisecond, by name and by open file', () => {
      const { disk, dir } = fresh();
      const path = `${dir}/file`;
      write(disk, path, 'x');
      const modified = () => {
        const stat = disk.lstat(path);
        return stat && modifiedMs(stat);
      };
      // As a copy gets its time: half a microsecond later than the millisecond that is meant.
      const seconds = (ms: number) => (ms + 0.0005) / 1000;
      for (const ms of [-1, -1_500, -86_400_001, -1_690_000_000_123, 0, 1]) {
        disk.setTime(path, seconds(ms));
        expect(modified()).toBe(ms);
        const file = disk.open(path, 'read');
        file.setTime(seconds(ms - 7));
        file.close();
        expect(modified()).toBe(ms - 7);
      }
    });

    test('the machine has not started anew between two questions', () => {
      const { disk } = fresh();
      expect(disk.bootId()).toBe(disk.bootId());
    });

    test('a lock is held once at a time', () => {
      const { disk, dir } = fresh();
      const lock = disk.lock(`${dir}/lock`);
      expect(lock).toBeDefined();
      expect(disk.lock(`${dir}/lock`)).toBe(undefined);
      lock?.release();
      const again = disk.lock(`${dir}/lock`);
      expect(again).toBeDefined();
      again?.release();
    });

    test('who holds a lock says so to who does not get it', () => {
      const { disk, dir } = fresh();
      const path = `${dir}/lock`;
      expect(disk.lockedBy(path)).toBe(undefined);
      const lock = disk.lock(path, 'node-a');
      expect([disk.lock(path, 'node-b'), disk.lockedBy(path)]).toEqual([undefined, 'node-a']);
      lock?.release();
      disk.lock(path, 'node-b')?.release();
      expect(disk.lockedBy(path)).toBe('node-b');
    });

    test('a database keeps what was committed until it is removed', () => {
      const { disk, dir } = fresh();
      const path = `${dir}/made/for/it.db`;
      const first = disk.openDatabase(path);
      first.db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (7)');
      first.checkpoint();
      first.close();
      const second = disk.openDatabase(path);
      expect(second.db.prepare('SELECT x FROM t').pluck().get()).toBe(7);
      second.close();
      disk.removeDatabase(path);
      const third = disk.openDatabase(path);
      expect(third.db.prepare('SELECT count(*) FROM sqlite_master').pluck().get()).toBe(0);
      third.close();
    });

    test('syncing a directory that is gone is no failure', async () => {
      const { disk, dir } = fresh();
      disk.makeDirectory(`${dir}/sub`);
      await disk.syncDirectory(`${dir}/sub`);
      disk.syncDirectoryNow(`${dir}/sub`);
      disk.syncDirectoryNow(`${dir}/gone`);
      await expect(disk.syncDirectory(`${dir}/gone`)).resolves.toBe(undefined);
      write(disk, `${dir}/file`, 'x');
      await expect(disk.syncDirectory(`${dir}/file/below`)).resolves.toBe(undefined);
    });
  });
}
