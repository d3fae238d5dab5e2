// Reads one file and puts its bytes into hot. I7: `fstat` before and a look by name after have to agree, or nothing is said
// about the file. Small files are read in one go; large ones are read twice, first for the sha and then for the put, which
// verifies the sha, so that memory stays flat; the file is looked at after each.
//
// A put that was cut is made again from its start: what it left are chunks under a name of that attempt, without the
// metadata that would name them, and the store clears them away.

import { createHash } from 'node:crypto';
import type { FileEntry } from '../../core/model/entry.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { takeChunkMemory } from '../../core/store/chunk-memory.ts';
import type { ChunkPlaces, ObjectStore } from '../../core/store/object-store.ts';
import { ObjectCorruptError } from '../../core/store/store-errors.ts';
import type { Disk, DiskFile, DiskStat } from '../disk/disk.ts';
import { isDiskError, type PathFault, readFault } from '../disk/disk-error.ts';
import { diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { type FileClock, type Fingerprint, modifiedMs, sameLook } from '../disk/fingerprint.ts';
import type { Transfers } from '../limits/transfers.ts';

/** Up to this many bytes a file is one round trip, and many are under way at once; above, it is a stream of its own. */
export const SMALL_BYTES = 1024 * 1024;
/** Read within the turn: from the page cache that is several times faster than a round through the thread pool. */
const AT_ONCE_BYTES = 128 * 1024;
const PART_BYTES = 512 * 1024;
/** As large as the store's chunks, so that it need not copy them. */
const PUT_PART_BYTES = 768 * 1024;
const PACED_BYTES = 64 * 1024;

export type Upload =
  | { readonly kind: 'uploaded'; readonly entry: FileEntry; readonly fingerprint: Fingerprint }
  /** it changed while it was read: look again when it rests */
  | { readonly kind: 'changed' }
  /** it is gone, or is no file any more */
  | { readonly kind: 'gone' }
  | { readonly kind: 'problem'; readonly fault: PathFault };

export interface UploadIo {
  readonly disk: Disk;
  readonly root: string;
  readonly objects: Pick<ObjectStore, 'put'>;
  readonly fileClock: FileClock;
  /** what uploads share; default: nothing is limited */
  readonly transfers?: Transfers;
  readonly signal: AbortSignal;
  /** True: the bytes are in hot already and stay there, because what is current names them; they need no put. */
  isKnown(sha: Sha): boolean;
  /** Of a small file, as soon as it is read: what it is can be put to use while its bytes are on their way.
   *  @param stored  resolves when they are in hot; rejects as `upload` does */
  read?(entry: FileEntry, fingerprint: Fingerprint, stored: Promise<unknown>): void;
  /** Of a large file, while its bytes are on their way: so many of them are there. */
  placed?(sha: Sha, sizeBytes: number, chunks: ChunkPlaces): void;
}

/** @param sizeBytes  how much room it takes, as far as one knows before it is read; absent: the disk is asked
 *  @throws StoreUnavailableError, StoreFullError, StoreDeniedError of the put */
export async function upload(io: UploadIo, path: RelPath, sizeBytes?: number): Promise<Upload> {
  const { disk, transfers, signal } = io;
  const file = diskPath(io.root, path);
  try {
    if (!transfers) return await uploadNow(io, path, file);
    const roomBytes = sizeBytes ?? Number(lstatIfThere(disk, file)?.size ?? 0n);
    const now = () => uploadNow(io, path, file);
    return await (roomBytes > SMALL_BYTES
      ? transfers.stream(signal, now)
      : transfers.wholeFile(roomBytes, signal, now));
  } catch (error) {
    if (isDiskError(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return { kind: 'gone' };
    const fault = readFault(error);
    if (fault) return { kind: 'problem', fault };
    throw error;
  }
}

async function uploadNow(io: UploadIo, path: RelPath, file: string): Promise<Upload> {
  const read = readAtOnce(io, file) ?? (await readInParts(io, file));
  if (read.kind !== 'read') return read;
  const { sha, stat, bytes } = read;
  if (!stillNamed(io.disk, file, stat)) return { kind: 'changed' };
  const entry: FileEntry = {
    path,
    sha,
    size: Number(stat.size),
    mode: Number(stat.mode & 0o777n),
    mtime: modifiedMs(stat),
  };
  const fingerprint = io.fileClock.keep(stat);
  if (bytes && !io.isKnown(sha)) {
    await io.transfers?.take(bytes.length, io.signal);
    const stored = io.objects.put(sha, bytes.length, bytes, { signal: io.signal, unverified: true });
    io.read?.(entry, fingerprint, stored);
    await stored;
  }
  return { kind: 'uploaded', entry, fingerprint };
}

type Read =
  | {
      readonly kind: 'read';
      readonly sha: Sha;
      readonly stat: DiskStat;
      /** absent: they are put already */
      readonly bytes?: Uint8Array;
    }
  | { readonly kind: 'changed' }
  | { readonly kind: 'gone' };

/** @returns undefined when the file is too large for one turn */
function readAtOnce({ disk, fileClock }: UploadIo, path: string): Read | undefined {
  const file = disk.open(path, 'read');
  try {
    const before = file.stat();
    if (!before.isFile()) return { kind: 'gone' };
    if (before.size > AT_ONCE_BYTES) return undefined;
    const bytes = readWhole(file, Number(before.size));
    if (!bytes) return { kind: 'changed' };
    // Where a change within a tick does not show, two equal reads prove that the bytes lay there together.
    if (fileClock.isFresh(before) && !readWhole(file, bytes.length)?.equals(bytes)) return { kind: 'changed' };
    // What changed meanwhile shows in the look by name, which follows in this turn.
    return { kind: 'read', sha: shaOf(bytes), stat: before, bytes };
  } finally {
    file.close();
  }
}

/** @returns undefined when the file is shorter by now */
function readWhole(file: DiskFile, size: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let at = 0; at < size; ) {
    const count = file.read(bytes, at, size - at, at);
    if (count === 0) return undefined;
    at += count;
  }
  return bytes;
}

async function readInParts(io: UploadIo, path: string): Promise<Read> {
  const file = io.disk.open(path, 'read');
  try {
    const before = file.stat();
    if (!before.isFile()) return { kind: 'gone' };
    const size = Number(before.size);
    const hash = createHash('sha256');
    let total = 0;
    for await (const part of parts(file, size, io.signal, true)) {
      hash.update(part);
      total += part.length;
    }
    const sha = hash.digest('hex') as Sha;
    if (total !== size || !unchanged(file, before)) return { kind: 'changed' };
    if (!io.isKnown(sha)) {
      try {
        const bytes = () => whileUnchanged(file, before, paced(io, parts(file, size, io.signal, false)));
        await io.objects.put(sha, size, bytes, {
          signal: io.signal,
          placed: (chunks) => io.placed?.(sha, size, chunks),
        });
      } catch (error) {
        // Where it does not show in the file's times, the store counted and hashed other bytes than the first pass did.
        if (error instanceof FileChangedError || error instanceof ObjectCorruptError) return { kind: 'changed' };
        throw error;
      }
      if (!unchanged(file, before)) return { kind: 'changed' };
    }
    return { kind: 'read', sha, stat: before };
  } finally {
    file.close();
  }
}

/** The next part is read while the consumer is at work on one.
 *  @param reuse  the consumer is done with a part when it asks for the next: two buffers serve all */
async function* parts(
  file: DiskFile,
  size: number,
  signal: AbortSignal,
  reuse: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  const partBytes = Math.min(reuse ? PART_BYTES : PUT_PART_BYTES, size);
  const spare: Buffer[] = [];
  const readAt = async (at: number): Promise<Buffer> => {
    const bytes = Math.min(partBytes, size - at);
    const buffer = spare.pop() ?? (reuse ? Buffer.allocUnsafeSlow(bytes) : takeChunkMemory(bytes));
    const wanted = Math.min(buffer.length, size - at);
    let filled = 0;
    while (filled < wanted) {
      const count = await file.readLater(buffer, filled, wanted - filled, at + filled);
      if (count === 0) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  };
  const ahead = (at: number): Promise<Buffer> | undefined => {
    const part = at < size ? readAt(at) : undefined;
    // A consumer that ends early leaves it to nobody.
    part?.catch(() => {});
    return part;
  };
  let reading = ahead(0);
  for (let at = 0; reading; ) {
    signal.throwIfAborted();
    const part: Buffer = await reading;
    if (part.length === 0) return;
    at += part.length;
    reading = ahead(at);
    yield part;
    if (reuse) spare.push(part);
  }
}

/** Under a limit a part goes in small pieces, so that one sees it go. */
async function* paced({ transfers, signal }: UploadIo, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const part of bytes) {
    const pieceBytes = transfers?.isLimited ? PACED_BYTES : part.length;
    for (let at = 0; at < part.length; at += pieceBytes) {
      const piece = part.subarray(at, at + pieceBytes);
      await transfers?.take(piece.length, signal);
      yield piece;
    }
  }
}

class FileChangedError extends Error {
  override name = 'FileChangedError';
}

/** Under a limit a put takes long: one whose file has changed by now would be thrown away, and ends at once. */
async function* whileUnchanged(
  file: DiskFile,
  before: DiskStat,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const part of bytes) {
    if (!unchanged(file, before)) throw new FileChangedError('the file changed while it was put');
    yield part;
  }
}

const unchanged = (file: DiskFile, before: DiskStat): boolean => sameLook(file.stat(), before);

/** The path still names the file that was read. */
function stillNamed(disk: Disk, file: string, stat: DiskStat): boolean {
  const now = lstatIfThere(disk, file);
  return now !== undefined && sameLook(now, stat);
}
