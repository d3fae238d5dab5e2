// The port of the file system: the verbs that the agent uses, and no more. Most are synchronous, because I8 rests on it:
// what is looked at and changed within one turn of the event loop has nothing of ours in between. Only what may take long
// (large reads and writes, syncing to the device) goes off the main thread. Failures carry Node's codes (`ENOENT`,
// `ENOSPC`, …), on every implementation; `disk.contract.ts` is the suite that each of them passes.
import type { Database } from 'better-sqlite3';

/** What `lstat` and `fstat` say. */
export interface DiskStat {
  readonly ino: bigint;
  /** how many names the file has, wherever they are */
  readonly nlink: bigint;
  readonly size: bigint;
  /** kind and permissions, as the system has them */
  readonly mode: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

export interface DiskName {
  /** as the directory has it: any bytes but `/` and NUL */
  readonly name: Buffer;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** `read`: follows no link in the file's own place, and a pipe there does not block. `create`: throws EEXIST where there is
 *  something. `overwrite`: makes the file, or empties it. `append`: makes the file, or goes on at its end. What is made has
 *  mode 600. */
export type OpenHow = 'read' | 'create' | 'overwrite' | 'append';

export interface DiskFile {
  stat(): DiskStat;
  /** @returns how many bytes were read; 0 at the end */
  read(into: Uint8Array, offset: number, length: number, position: number): number;
  /** Writes `bytes` from `offset` on, where the last write ended.
   *  @returns how many were written */
  write(bytes: Uint8Array, offset: number): number;
  /** `read`, off the main thread. */
  readLater(into: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** `write`, off the main thread. */
  writeLater(bytes: Uint8Array, offset: number): Promise<number>;
  setMode(mode: number): void;
  /** @param seconds  since 1970, with a fraction */
  setTime(seconds: number): void;
  /** Resolves when its bytes and facts are on the device. */
  sync(): Promise<void>;
  /** `sync`, within the turn: for what is written once. */
  syncNow(): void;
  close(): void;
}

export interface DiskLock {
  release(): void;
}

/** A database of the agent's own. */
export interface DiskDatabase {
  readonly db: Database;
  /** Makes durable what was written so far. */
  checkpoint(): void;
  close(): void;
}

/** Paths are absolute. Every verb throws the system's error with its code, unless its line says otherwise. */
export interface Disk {
  /** Follows no link in the path's own place. @returns undefined when there is nothing (ENOENT) */
  lstat(path: string): DiskStat | undefined;
  readDirectory(path: string): readonly DiskName[];
  realPath(path: string): string;
  /** What the agent may still write to the file system of this path. */
  freeBytes(path: string): number;
  readText(path: string): string;
  open(path: string, how: OpenHow): DiskFile;
  /** A second name for a file. Never replaces: EEXIST. */
  link(from: string, to: string): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** One directory; EEXIST where there is something. */
  makeDirectory(path: string): void;
  /** With all that are missing above it; fine when it is there. @param mode  of those that are made; default 777 less the umask */
  makeDirectories(path: string, mode?: number): void;
  /** Only an empty one. */
  removeDirectory(path: string): void;
  /** With all that is in it; fine when there is nothing. */
  removeTree(path: string): void;
  setMode(path: string, mode: number): void;
  /** Follows no link. @param seconds  since 1970, with a fraction */
  setTime(path: string, seconds: number): void;
  /** Makes the names in a directory durable; nothing when it is gone or cannot be read. */
  syncDirectory(path: string): Promise<void>;
  /** `syncDirectory`, within the turn. */
  syncDirectoryNow(path: string): void;
  /** A lock that goes with the process, however that ends. The file under it stays.
   *  @param who  told by `lockedBy`
   *  @returns undefined when another one holds it */
  lock(path: string, who?: string): DiskLock | undefined;
  /** Who said last that it took the lock; undefined: nobody did, or that cannot be read. */
  lockedBy(path: string): string | undefined;
  /** Another one after each start of the machine; undefined: not known. */
  bootId(): string | undefined;
  /** Opens or makes an SQLite database, with the directories above it.
   *  @throws SqliteError  it is damaged, or there is no room */
  openDatabase(path: string): DiskDatabase;
  /** Removes a database that is not open. */
  removeDatabase(path: string): void;
}
