// Brings an object's bytes into the workspace's staging folder, on the same file system as their place: verified (I6),
// with mode and time set and synced to disk, so that only a rename is left. A large one that is cut in the middle goes on
// there at the next try (`part.ts`).
import type { FileEntry } from '../../core/model/entry.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { collect, type ObjectStore } from '../../core/store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import type { Disk } from '../disk/disk.ts';
import type { GroupSync } from '../disk/group-sync.ts';
import type { Transfers } from '../limits/transfers.ts';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import { fileTime, stagingName } from './apply.ts';
import { Part, partPath } from './part.ts';
import { discard } from './taken-out.ts';

export interface StageIo {
  readonly disk: Disk;
  readonly root: string;
  readonly objects: Pick<ObjectStore, 'get'>;
  /** what fetches share; default: nothing is limited */
  readonly transfers?: Transfers;
  /** what small files are synced by; default: each by itself */
  readonly syncs?: GroupSync;
  /** Ends a fetch that began before the commit came. @returns what it has, open */
  readonly takeEarly?: (sha: Sha) => Promise<Part | undefined>;
  readonly signal: AbortSignal;
}

/** @returns the staged file
 *  @throws ObjectAbsentError, ObjectCorruptError, StoreUnavailableError, NoRoomError, and the disk's errors; nothing is left
 *          behind but what a further try goes on from */
export async function stage(io: StageIo, entry: FileEntry): Promise<string> {
  const { transfers, signal } = io;
  if (entry.size > SMALL_BYTES) return stageLarge(io, entry);
  return transfers ? transfers.wholeFile(entry.size, signal, () => stageSmall(io, entry)) : stageSmall(io, entry);
}

async function stageSmall(io: StageIo, entry: FileEntry): Promise<string> {
  await io.transfers?.take(entry.size, io.signal);
  const { bytes, isVerified } = await io.objects.get(entry.sha, { signal: io.signal, unverified: true });
  const content = await collect(bytes);
  requireSame(entry, content.length, isVerified ? entry.sha : shaOf(content));
  return stageBytes(io, entry, content);
}

/** @param content  verified */
export async function stageBytes(io: StageIo, entry: FileEntry, content: Uint8Array): Promise<string> {
  const staged = stagingName(io.root, 'get');
  try {
    const file = io.disk.open(staged, 'create');
    try {
      for (let at = 0; at < content.length; ) at += file.write(content, at);
      file.setMode(entry.mode);
      file.setTime(fileTime(entry));
      await (io.syncs ? io.syncs.sync(file) : file.sync());
    } finally {
      file.close();
    }
    return staged;
  } catch (error) {
    discard(io.disk, staged);
    throw error;
  }
}

/** Parts that somebody in this process fills, each with what resolves when that is over. */
const inWork = new Map<string, Promise<unknown>>();

/** One at a time of the same object: it has one part. */
async function stageLarge(io: StageIo, entry: FileEntry): Promise<string> {
  const path = partPath(io.root, entry.sha);
  for (let other = inWork.get(path); other; other = inWork.get(path)) await other;
  const filling = goOn(io, entry).finally(() => inWork.delete(path));
  inWork.set(
    path,
    filling.catch(() => {}),
  );
  return filling;
}

export const isInWork = (root: string, sha: Sha): boolean => inWork.has(partPath(root, sha));

async function goOn(io: StageIo, entry: FileEntry): Promise<string> {
  const { transfers, signal } = io;
  // Before this one's turn: the other may still wait for its own.
  const begun = await io.takeEarly?.(entry.sha);
  try {
    return await (transfers ? transfers.stream(signal, () => fill(io, entry, begun)) : fill(io, entry, begun));
  } finally {
    begun?.close();
  }
}

async function fill(io: StageIo, entry: FileEntry, begun: Part | undefined): Promise<string> {
  const first = await fillPart(io, entry, begun);
  if (first.kind === 'staged') return first.file;
  // The bytes that were kept may be what is wrong: once more, without them.
  const second = first.hadBytes ? await fillPart(io, entry, undefined) : first;
  if (second.kind === 'staged') return second.file;
  throw second.error;
}

type Filled =
  | { readonly kind: 'staged'; readonly file: string }
  /** it is not what it should be, and is gone */
  | { readonly kind: 'corrupt'; readonly error: ObjectCorruptError; readonly hadBytes: boolean };

async function fillPart(io: StageIo, entry: FileEntry, begun: Part | undefined): Promise<Filled> {
  const part = begun ?? (await Part.open(io.disk, io.root, entry, io.signal));
  const hadBytes = part.sizeBytes > 0;
  try {
    if (part.sizeBytes < entry.size) await addRest(io, entry, part);
    requireSame(entry, part.sizeBytes, part.sha());
    return { kind: 'staged', file: await part.finish(entry) };
  } catch (error) {
    if (!(canGoOn(io, error) && part.sizeBytes > 0)) part.discard();
    if (error instanceof ObjectCorruptError) return { kind: 'corrupt', error, hadBytes };
    throw error;
  } finally {
    part.close();
  }
}

/** What did come is right, as far as anybody knows. A full disk gets it back: others need the room. */
const canGoOn = ({ signal }: StageIo, error: unknown): boolean =>
  signal.aborted || error instanceof StoreUnavailableError || error instanceof ObjectAbsentError;

/** Only what is missing is asked for. */
async function addRest({ objects, transfers, signal }: StageIo, entry: FileEntry, part: Part): Promise<void> {
  const range = part.sizeBytes > 0 && { start: part.sizeBytes, end: entry.size };
  const { sizeBytes, bytes } = await objects.get(entry.sha, {
    signal,
    unverified: true,
    passing: true,
    ...(range && { range }),
  });
  if (sizeBytes !== entry.size) throw wrongSize(entry, sizeBytes);
  for await (const bytesOfPart of bytes) {
    await transfers?.take(bytesOfPart.length, signal);
    // What runs over is refused before it fills the disk.
    if (part.sizeBytes + bytesOfPart.length > entry.size) {
      throw wrongSize(entry, part.sizeBytes + bytesOfPart.length);
    }
    await part.add(bytesOfPart);
  }
}

/** I6, where it counts: what goes to disk is verified here, unless the store has done it before it gave the bytes. */
function requireSame(entry: FileEntry, size: number, sha: string): void {
  if (size !== entry.size) throw wrongSize(entry, size);
  if (sha !== entry.sha) throw new ObjectCorruptError(entry.sha, 'hot', 'the bytes have another SHA-256');
}

const wrongSize = ({ sha, size }: FileEntry, found: number): ObjectCorruptError =>
  new ObjectCorruptError(sha, 'hot', `has ${found} bytes where the manifest says ${size}`);
