// The file system of this machine, thin over node:fs: one call a verb, no policy.
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsync,
  fsyncSync,
  futimesSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  open as openWithCallback,
  readdirSync,
  readFileSync,
  readSync,
  read as readWithCallback,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
  write as writeWithCallback,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import type { Disk, DiskDatabase, DiskFile, DiskLock, DiskStat, OpenHow } from './disk.ts';
import { isDiskError } from './disk-error.ts';

const openLater = promisify(openWithCallback);
const readLater = promisify(readWithCallback);
const writeLater = promisify(writeWithCallback);
const syncLater = promisify(fsync);

const FLAGS: Readonly<Record<OpenHow, string | number>> = {
  // Windows has neither of the two.
  read: constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  create: 'wx',
  overwrite: 'w',
  append: 'a+',
};

export const nodeDisk: Disk = {
  lstat: (path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }),
  readDirectory: (path) => readdirSync(path, { withFileTypes: true, encoding: 'buffer' }),
  realPath: (path) => realpathSync(path),
  freeBytes(path) {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  },
  readText: (path) => readFileSync(path, 'utf8'),
  open: (path, how) => new NodeFile(openSync(path, FLAGS[how], 0o600)),
  link: linkSync,
  rename: renameSync,
  unlink: unlinkSync,
  makeDirectory: (path) => mkdirSync(path),
  makeDirectories,
  removeDirectory: (path) => rmdirSync(path),
  removeTree: (path) => rmSync(path, { recursive: true, force: true }),
  setMode: chmodSync,
  setTime: (path, seconds) => lutimesSync(path, timeText(seconds), timeText(seconds)),

  async syncDirectory(path) {
    const fd = await openLater(path, 'r').catch(() => undefined);
    if (fd === undefined) return;
    try {
      // Some file systems sync no directories; there is nothing more to do on them.
      await syncLater(fd).catch(() => {});
    } finally {
      closeSync(fd);
    }
  },

  syncDirectoryNow(path) {
    let fd: number | undefined;
    try {
      fd = openSync(path, 'r');
      fsyncSync(fd);
    } catch (error) {
      // As above: there is nothing more to do where it cannot be opened or synced.
      if (!isDiskError(error)) throw error;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  },

  bootId() {
    try {
      return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    } catch (error) {
      // Not on Linux.
      if (isDiskError(error)) return undefined;
      throw error;
    }
  },

  lock: lockBySqlite,
  lockedBy(path) {
    try {
      return readFileSync(nameOfHolder(path), 'utf8');
    } catch (error) {
      if (isDiskError(error)) return undefined;
      throw error;
    }
  },
  openDatabase,
  removeDatabase(path) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  },
};

/** Not by Node's own `recursive`, which never comes back where the kernel makes no directories, as in /proc. */
function makeDirectories(path: string, mode?: number): void {
  try {
    makeUnlessThere(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (!isDiskError(error, 'ENOENT') || parent === path) throw error;
    makeDirectories(parent, mode);
    makeUnlessThere(path, mode);
  }
}

function makeUnlessThere(path: string, mode: number | undefined): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!isDiskError(error, 'EEXIST') || !statSync(path).isDirectory()) throw error;
  }
}

/** Node takes a number below 0, which is a time before 1970, for the time of the call; a text is taken as it is. */
const timeText = (seconds: number): string => String(seconds);

/** A number that is closed while a thread still works with it may name another file by then: the close waits for the thread. */
class NodeFile implements DiskFile {
  readonly #fd: number;
  #working = 0;
  #closed = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  stat(): DiskStat {
    return fstatSync(this.#fd, { bigint: true });
  }

  read(into: Uint8Array, offset: number, length: number, position: number): number {
    return readSync(this.#fd, into, offset, length, position);
  }

  write(bytes: Uint8Array, offset: number): number {
    return writeSync(this.#fd, bytes, offset);
  }

  async readLater(into: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return this.#work(async () => (await readLater(this.#fd, into, offset, length, position)).bytesRead);
  }

  async writeLater(bytes: Uint8Array, offset: number): Promise<number> {
    return this.#work(async () => (await writeLater(this.#fd, bytes, offset, bytes.length - offset)).bytesWritten);
  }

  setMode(mode: number): void {
    fchmodSync(this.#fd, mode);
  }

  setTime(seconds: number): void {
    futimesSync(this.#fd, timeText(seconds), timeText(seconds));
  }

  syncNow(): void {
    fsyncSync(this.#fd);
  }

  sync(): Promise<void> {
    return this.#work(() => syncLater(this.#fd));
  }

  close(): void {
    this.#closed = true;
    if (this.#working === 0) closeSync(this.#fd);
  }

  async #work<T>(work: () => Promise<T>): Promise<T> {
    this.#working++;
    try {
      return await work();
    } finally {
      this.#working--;
      if (this.#closed && this.#working === 0) closeSync(this.#fd);
    }
  }
}

/** Beside the lock: SQLite's own file cannot be read by others while it is held. */
const nameOfHolder = (path: string): string => `${path}.by`;

/** Only for a person's eyes: the lock holds without it. */
function sayWho(path: string, who: string): void {
  try {
    writeFileSync(nameOfHolder(path), who, { mode: 0o600 });
  } catch (error) {
    if (!isDiskError(error)) throw error;
  }
}

/** The kernel lets go of SQLite's lock when the process ends, however it ends. */
function lockBySqlite(path: string, who?: string): DiskLock | undefined {
  const db = new Database(path, { timeout: 0 });
  try {
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
  if (who !== undefined) sayWho(path, who);
  return {
    release() {
      db.exec('ROLLBACK');
      db.close();
    },
  };
}

function openDatabase(path: string): DiskDatabase {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const db = new Database(path);
  return {
    db,
    checkpoint: () => void db.pragma('wal_checkpoint(PASSIVE)'),
    close: () => void db.close(),
  };
}
