// Stages bytes that are on this disk already. They are hashed on the way (I6), so that a copy of a file that changes under
// the reader is never placed; then the bytes are fetched like any others.
import { createHash } from 'node:crypto';
import type { FileEntry } from '../../core/model/entry.ts';
import { shaOf } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { DiskFile } from '../disk/disk.ts';
import { isDiskError, isDiskFull } from '../disk/disk-error.ts';
import { checkParents, diskPath } from '../disk/disk-path.ts';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import { fileTime, stagingName } from './apply.ts';
import { type StageIo, stageBytes } from './stage.ts';
import { discard } from './taken-out.ts';

const PART_BYTES = 512 * 1024;

/** @param from  the file that has the bytes; undefined: none
 *  @returns the staged file; undefined when the bytes are not there after all
 *  @throws the disk's errors when there is no room */
export async function stageCopy(io: StageIo, entry: FileEntry, from: RelPath | undefined): Promise<string | undefined> {
  if (from === undefined) return undefined;
  const { transfers, signal } = io;
  const isLarge = entry.size > SMALL_BYTES;
  const copy = async () => {
    if (checkParents(io.disk, io.root, from).kind !== 'real') return undefined;
    const source = diskPath(io.root, from);
    return isLarge ? copyLarge(io, entry, source) : copySmall(io, entry, source);
  };
  try {
    if (!transfers) return await copy();
    return await (isLarge ? transfers.copy(signal, copy) : transfers.wholeFile(entry.size, signal, copy));
  } catch (error) {
    if (isDiskFull(error) || !isDiskError(error)) throw error;
    return undefined;
  }
}

/** Read whole before it is written: one file is open at a time. */
async function copySmall(io: StageIo, entry: FileEntry, source: string): Promise<string | undefined> {
  const content = Buffer.allocUnsafeSlow(entry.size);
  const from = io.disk.open(source, 'read');
  try {
    for (let at = 0; at < content.length; ) {
      const count = await from.readLater(content, at, content.length - at, at);
      if (count === 0) return undefined;
      at += count;
    }
  } finally {
    from.close();
  }
  return shaOf(content) === entry.sha ? stageBytes(io, entry, content) : undefined;
}

async function copyLarge(io: StageIo, entry: FileEntry, source: string): Promise<string | undefined> {
  const staged = stagingName(io.root, 'get');
  let isWhole = false;
  const from = io.disk.open(source, 'read');
  try {
    const to = io.disk.open(staged, 'create');
    try {
      if ((await copyBytes(io, entry, from, to)) !== entry.sha) return undefined;
      to.setMode(entry.mode);
      to.setTime(fileTime(entry));
      await to.sync();
      isWhole = true;
      return staged;
    } finally {
      to.close();
    }
  } finally {
    from.close();
    if (!isWhole) discard(io.disk, staged);
  }
}

/** @returns the SHA-256 of what was copied, at most the entry's size */
async function copyBytes({ signal }: StageIo, { size }: FileEntry, from: DiskFile, to: DiskFile): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(PART_BYTES, size)));
  for (let at = 0; at < size; ) {
    signal.throwIfAborted();
    const count = await from.readLater(buffer, 0, Math.min(buffer.length, size - at), at);
    if (count === 0) break;
    const part = buffer.subarray(0, count);
    hash.update(part);
    for (let written = 0; written < count; ) written += await to.writeLater(part, written);
    at += count;
  }
  return hash.digest('hex');
}
