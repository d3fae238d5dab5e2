// Brings an object's bytes into the workspace's staging folder, on the same file system as their place: verified (I6),
// with mode and time set and synced to disk, so that only a rename is left.

import { createHash } from 'node:crypto';
import type { FileEntry } from '../../core/model/entry.ts';
import { shaOf } from '../../core/model/ids.ts';
import { collect, type ObjectStore } from '../../core/store/object-store.ts';
import { ObjectCorruptError } from '../../core/store/store-errors.ts';
import type { Disk } from '../disk/disk.ts';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import { fileTime, stagingName } from './apply.ts';

export interface StageIo {
  readonly disk: Disk;
  readonly root: string;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly signal: AbortSignal;
}

/** @returns the staged file
 *  @throws ObjectAbsentError, ObjectCorruptError, StoreUnavailableError, and the disk's errors; nothing is left behind */
export async function stage(io: StageIo, entry: FileEntry): Promise<string> {
  const staged = stagingName(io.root, 'get');
  try {
    if (entry.size <= SMALL_BYTES) await stageSmall(io, entry, staged);
    else await stageLarge(io, entry, staged);
    return staged;
  } catch (error) {
    discard(io.disk, staged);
    throw error;
  }
}

export function discard(disk: Pick<Disk, 'unlink'>, staged: string): void {
  try {
    disk.unlink(staged);
  } catch {
    // It may not have been made, or be in place by now; what is left is cleared at the next start.
  }
}

async function stageSmall(io: StageIo, entry: FileEntry, staged: string): Promise<void> {
  const { bytes } = await io.objects.get(entry.sha, { signal: io.signal });
  const content = await collect(bytes);
  requireSame(entry, content.length, shaOf(content));
  const file = io.disk.open(staged, 'create');
  try {
    for (let at = 0; at < content.length; ) at += file.write(content, at);
    file.setMode(entry.mode);
    file.setTime(fileTime(entry));
    await file.sync();
  } finally {
    file.close();
  }
}

async function stageLarge(io: StageIo, entry: FileEntry, staged: string): Promise<void> {
  const { bytes } = await io.objects.get(entry.sha, { signal: io.signal });
  const file = io.disk.open(staged, 'create');
  try {
    const hash = createHash('sha256');
    let total = 0;
    for await (const part of bytes) {
      // A size that runs over is refused before it fills the disk.
      total += part.length;
      if (total > entry.size) break;
      hash.update(part);
      for (let at = 0; at < part.length; ) at += await file.writeLater(part, at);
    }
    requireSame(entry, total, hash.digest('hex'));
    file.setMode(entry.mode);
    file.setTime(fileTime(entry));
    await file.sync();
  } finally {
    file.close();
  }
}

/** I6, once more where it counts: the store verifies what it reads, and this verifies what goes to disk. */
function requireSame(entry: FileEntry, size: number, sha: string): void {
  if (size !== entry.size) {
    throw new ObjectCorruptError(entry.sha, 'hot', `has ${size} bytes where the manifest says ${entry.size}`);
  }
  if (sha !== entry.sha) throw new ObjectCorruptError(entry.sha, 'hot', 'the bytes have another SHA-256');
}
