// The bytes of a large object as far as they came, in staging under the object's sha: a fetch that is cut (the agent is
// killed, NATS goes away, the workspace closes) goes on where it stopped. Nothing in a part is trusted: what is there is
// hashed again, and the hash over the whole decides (I6). It loses that name before it is placed, so that no crash leaves
// a part that is a file of the workspace too.
import { createHash, type Hash } from 'node:crypto';
import type { FileEntry } from '../../core/model/entry.ts';
import { type Sha, shaSchema } from '../../core/model/ids.ts';
import type { Disk, DiskFile } from '../disk/disk.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { PART, stagingFolder } from '../marker.ts';
import { fileTime, stagingName } from './apply.ts';
import { discard } from './taken-out.ts';

const READ_BYTES = 512 * 1024;
/** A fraction of a second of what a disk writes. */
const SYNC_EVERY_BYTES = 64 * 1024 * 1024;

export const partPath = (root: string, sha: Sha): string => `${stagingFolder(root)}/${PART}${sha}`;

/** @returns the sha of a name in staging; undefined: a part of what is no object */
export function partSha(name: string): Sha | undefined | 'no part' {
  return name.startsWith(PART) ? shaSchema.safeParse(name.slice(PART.length)).data : 'no part';
}

/** A staged file, never placed, is a part that is whole: when its turn comes it is read, not fetched. */
export function backToPart(disk: Disk, root: string, sha: Sha, staged: string): void {
  try {
    disk.rename(staged, partPath(root, sha));
  } catch (error) {
    if (!isDiskError(error)) throw error;
    discard(disk, staged);
  }
}

/** The file is larger than what is free on the disk. */
export class NoRoomError extends Error {
  override name = 'NoRoomError';
  readonly code = 'ENOSPC';
  constructor(
    readonly neededBytes: number,
    readonly freeBytes: number,
  ) {
    super(`${neededBytes} bytes are to come, and the disk has room for ${freeBytes}`);
  }
}

/** What is to come, under whatever name. */
export type Content = Pick<FileEntry, 'sha' | 'size'>;

export class Part {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #path: string;
  readonly #file: DiskFile;
  readonly #hash: Hash = createHash('sha256');
  #sizeBytes = 0;
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;
  #syncFault: unknown;
  #isClosed = false;

  private constructor(disk: Disk, root: string, path: string) {
    this.#disk = disk;
    this.#root = root;
    this.#path = path;
    this.#file = disk.open(path, 'append');
  }

  /** With what is there of it read and hashed.
   *  @throws NoRoomError  the rest does not fit */
  static async open(disk: Disk, root: string, { sha, size }: Content, signal: AbortSignal): Promise<Part> {
    const path = partPath(root, sha);
    const there = disk.lstat(path);
    if (there && (!there.isFile() || there.size > BigInt(size))) disk.removeTree(path);
    // It may have got its file's mode already, which need not be one to write with.
    else if (there) disk.setMode(path, 0o600);
    const part = new Part(disk, root, path);
    try {
      await part.#readBack(signal);
      const neededBytes = size - part.sizeBytes;
      const freeBytes = disk.freeBytes(root);
      if (neededBytes > freeBytes) throw new NoRoomError(neededBytes, freeBytes);
      return part;
    } catch (error) {
      part.close();
      // One that cannot be read is of no use; nor is an empty one.
      const isOfUse = part.sizeBytes > 0 && (signal.aborted || error instanceof NoRoomError);
      if (!isOfUse) part.discard();
      throw error;
    }
  }

  async #readBack(signal: AbortSignal): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    for (;;) {
      signal.throwIfAborted();
      const count = await this.#file.readLater(buffer, 0, buffer.length, this.#sizeBytes);
      if (count === 0) return;
      this.#hash.update(buffer.subarray(0, count));
      this.#sizeBytes += count;
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async add(bytes: Uint8Array): Promise<void> {
    // Hashed while a thread writes.
    const writing = this.#write(bytes);
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
    await writing;
    this.#unsyncedBytes += bytes.length;
    if (this.#unsyncedBytes >= SYNC_EVERY_BYTES && !this.#syncing) this.#syncSoFar();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) at += await this.#file.writeLater(bytes, at);
  }

  /** The disk writes while the rest still comes, and the sync at the end has little left to wait for. */
  #syncSoFar(): void {
    this.#unsyncedBytes = 0;
    const end = (fault?: unknown) => {
      this.#syncFault ??= fault;
      this.#syncing = undefined;
    };
    this.#syncing = this.#file.sync().then(() => end(), end);
  }

  /** Of all that is in it; nothing can be added after that. */
  sha(): string {
    return this.#hash.digest('hex');
  }

  /** @returns the staged file, with mode and time and on the device */
  async finish(entry: FileEntry): Promise<string> {
    this.#file.setMode(entry.mode);
    this.#file.setTime(fileTime(entry));
    await this.#syncing;
    // The system tells of what it could not write once only.
    if (this.#syncFault !== undefined) throw this.#syncFault;
    await this.#file.sync();
    const staged = stagingName(this.#root, 'get');
    this.#disk.rename(this.#path, staged);
    return staged;
  }

  /** Once more is fine. */
  close(): void {
    if (!this.#isClosed) this.#file.close();
    this.#isClosed = true;
  }

  discard(): void {
    discard(this.#disk, this.#path);
  }
}
