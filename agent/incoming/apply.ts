// Puts one remote version in place on disk. Each placement is one turn of the event loop: look once more, rename, look at
// what was replaced. So nothing of ours can come between, and what another program does in those microseconds is seen
// afterwards and kept (I8). Paths are checked for symlinked parents in each turn (I11).
import { type DirEntry, type FileEntry, isFile } from '../../core/model/entry.ts';
import { parentOf, type RelPath } from '../../core/model/rel-path.ts';
import type { Disk, DiskStat } from '../disk/disk.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { checkParents, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import {
  type ContentFacts,
  compareFingerprint,
  type FileClock,
  type Fingerprint,
  fingerprintOf,
  modifiedMs,
  NO_FINGERPRINT,
  sameContentFacts,
} from '../disk/fingerprint.ts';
import { stagingFolder } from '../marker.ts';
import type { Row } from '../state/file-rows.ts';
import type { DisplacedEdits } from './displaced-edits.ts';
import { makeParents, removeEmpty } from './parents.ts';
import { discard, NO_LINKS, settle, tryLink } from './taken-out.ts';

export type Placed =
  /** it is there; `fingerprint` belongs into its row */
  | { readonly kind: 'placed'; readonly fingerprint: Fingerprint }
  /** the disk does not hold what the row says: a local edit, which goes first */
  | { readonly kind: 'local-edit' }
  /** a directory lies where the file goes */
  | { readonly kind: 'directory-in-the-way' }
  /** a file lies where a directory above the path goes */
  | { readonly kind: 'file-in-the-way'; readonly at: RelPath }
  /** a symlink lies above the path (I11) */
  | { readonly kind: 'symlink-in-the-way'; readonly at: RelPath };

/** `absent`: there was nothing */
export type Removed = { readonly kind: 'removed' | 'absent' | 'local-edit' };

export interface PlaceIo {
  readonly disk: Disk;
  readonly root: string;
  readonly fileClock: FileClock;
  /** gets the edits that the disk did not let back; absent: who asks looks into staging himself */
  readonly displaced?: Pick<DisplacedEdits, 'add'>;
}

/** Seconds for `utimes`. Half a microsecond more, so that rounding on the way never falls into the millisecond before. */
export const fileTime = (entry: FileEntry): number => (entry.mtime + 0.0005) / 1000;

let serial = 0;
/** A name in staging that nothing else has. */
export const stagingName = (root: string, kind: 'get' | 'old'): string =>
  `${stagingFolder(root)}/${kind}-${process.pid}-${++serial}`;

/** Moves a staged file (bytes verified, synced, mode and mtime set) to its path.
 *  @param row  what the disk has to hold now: undefined = nothing */
export function placeFile(io: PlaceIo, entry: FileEntry, staged: string, row: Row | undefined): Placed {
  const parents = makeParents(io, entry.path);
  if (parents) return parents;
  const target = diskPath(io.root, entry.path);
  if (!row) return placeNew(io, staged, target);
  const there = lstatIfThere(io.disk, target);
  if (there?.isDirectory() && !isFile(row.entry)) {
    if (!removeEmpty(io, target)) return { kind: 'directory-in-the-way' };
    return placeNew(io, staged, target);
  }
  if (there?.isDirectory()) return { kind: 'directory-in-the-way' };
  if (!isFile(row.entry)) return there ? { kind: 'local-edit' } : placeNew(io, staged, target);
  if (!there || compareFingerprint(row.fingerprint, fingerprintOf(there)) !== 'same') return { kind: 'local-edit' };
  return replace(io, staged, entry, there);
}

/** A link never replaces anything, unlike a rename: whoever made a file there in the meantime keeps it. */
function placeNew(io: PlaceIo, staged: string, target: string): Placed {
  const given = io.disk.lstat(staged);
  try {
    io.disk.link(staged, target);
  } catch (error) {
    if (!isDiskError(error, 'EEXIST', ...NO_LINKS)) throw error;
    const there = lstatIfThere(io.disk, target);
    if (there) return { kind: there.isDirectory() ? 'directory-in-the-way' : 'local-edit' };
    if (isDiskError(error, 'EEXIST')) return { kind: 'local-edit' };
    // A file system without hard links: the smallest gap that is left.
    io.disk.rename(staged, target);
    return placedAt(io, target, given);
  }
  // From here on it is in place, whatever else fails: without its row it would look like somebody's new file.
  discard(io.disk, staged);
  return placedAt(io, target, given);
}

/** @param expected  what lies there, a moment ago */
function replace(io: PlaceIo, staged: string, { path, sha }: FileEntry, expected: DiskStat): Placed {
  const target = diskPath(io.root, path);
  const given = io.disk.lstat(staged);
  const old = stagingName(io.root, 'old');
  const kept = tryLink(io, target, old);
  io.disk.rename(staged, target);
  const placed = placedAt(io, target, given);
  if (!kept) return placed;
  // Written between the look and the rename, it goes back, and is committed like any other edit.
  const out = { path, file: old, replacedBy: sha, isUnedited: (stat: DiskStat) => sameContentFacts(stat, expected) };
  const isEdit = settle(io, out, (there) => given !== undefined && sameContentFacts(there, given)) === 'edited';
  return isEdit ? { kind: 'local-edit' } : placed;
}

/** It is in place. Where that is not what was put there, somebody was here since, and it is to be looked at (I8).
 *  @param given  what was put there */
function placedAt(io: PlaceIo, target: string, given: ContentFacts | undefined): Placed {
  const stat = lstatIfPossible(io.disk, target);
  const isGiven = stat && given && sameContentFacts(stat, given);
  return { kind: 'placed', fingerprint: isGiven ? io.fileClock.keep(stat) : NO_FINGERPRINT };
}

function lstatIfPossible(disk: Disk, path: string): DiskStat | undefined {
  try {
    return lstatIfThere(disk, path);
  } catch (error) {
    if (!isDiskError(error)) throw error;
    return undefined;
  }
}

/** Gives a file its mode and its time. A write shows in the time, unless it is that which is set: then nobody can tell
 *  that none came a moment before, and the file is to be read (I8).
 *  @param expected  what lies there, a moment ago */
export function setFacts(io: PlaceIo, entry: FileEntry, expected: DiskStat): Placed {
  const { disk } = io;
  const target = diskPath(io.root, entry.path);
  if (modifiedMs(expected) !== entry.mtime) {
    const now = lstatIfThere(disk, target);
    // The time of an edit is its own.
    if (now && sameContentFacts(now, expected)) {
      disk.setMode(target, entry.mode);
      disk.setTime(target, fileTime(entry));
    }
    return { kind: 'placed', fingerprint: NO_FINGERPRINT };
  }
  const isMode = (expected.mode & 0o777n) === BigInt(entry.mode);
  if (isMode) return placedAt(io, target, expected);
  disk.setMode(target, entry.mode);
  const mode = (expected.mode & ~0o777n) | BigInt(entry.mode);
  const { ino, size, mtimeNs } = expected;
  return placedAt(io, target, { ino, size, mtimeNs, mode });
}

/** The bytes are there already: only mode and time change. */
export function placeFacts(io: PlaceIo, entry: FileEntry, row: Row): Placed {
  const parents = checkParents(io.disk, io.root, entry.path);
  if (parents.kind !== 'real') return { kind: 'local-edit' };
  const target = diskPath(io.root, entry.path);
  const there = lstatIfThere(io.disk, target);
  if (!there?.isFile() || compareFingerprint(row.fingerprint, fingerprintOf(there)) !== 'same') {
    return { kind: 'local-edit' };
  }
  return setFacts(io, entry, there);
}

export function placeDirectory(io: PlaceIo, entry: DirEntry, row: Row | undefined): Placed {
  const parents = makeParents(io, entry.path);
  if (parents) return parents;
  const target = diskPath(io.root, entry.path);
  let there = lstatIfThere(io.disk, target);
  if (there?.isFile() && row && isFile(row.entry)) {
    if (removeFile(io, entry.path, row).kind === 'local-edit') return { kind: 'local-edit' };
    there = undefined;
  }
  if (there && !there.isDirectory()) return { kind: 'local-edit' };
  if (!there) io.disk.makeDirectory(target);
  io.disk.setMode(target, entry.mode);
  return { kind: 'placed', fingerprint: '' };
}

/** Removes what the row says lies there, and nothing else. Absent already is fine. */
export function removeFile(io: PlaceIo, path: RelPath, row: Row): Removed {
  if (checkParents(io.disk, io.root, path).kind !== 'real') return { kind: 'absent' };
  const target = diskPath(io.root, path);
  const there = lstatIfThere(io.disk, target);
  if (!there) return { kind: 'absent' };
  if (!there.isFile() || compareFingerprint(row.fingerprint, fingerprintOf(there)) !== 'same') {
    return { kind: 'local-edit' };
  }
  const old = stagingName(io.root, 'old');
  io.disk.rename(target, old);
  const isUnedited = (stat: DiskStat) => sameContentFacts(stat, there);
  const out = { path, file: old, replacedBy: undefined, isUnedited };
  // Also where it could not be put back: it is out of its place, and its row has to say so, else it would be taken for
  // deleted by somebody here.
  return { kind: settle(io, out, () => false) === 'edited' ? 'local-edit' : 'removed' };
}

/** A directory goes only while it is empty: whatever else is in it stays, and keeps it. */
export function removeDirectory(io: PlaceIo, path: RelPath): void {
  if (checkParents(io.disk, io.root, path).kind === 'real') removeEmpty(io, diskPath(io.root, path));
}

/** Removes the directories above `path` that are empty now, up to the first that is not or that `keep` names. */
export function pruneAbove(io: PlaceIo, path: RelPath, keep: (dir: RelPath) => boolean): void {
  for (let dir = parentOf(path); dir !== undefined && !keep(dir); dir = parentOf(dir)) {
    if (checkParents(io.disk, io.root, dir).kind !== 'real' || !removeEmpty(io, diskPath(io.root, dir))) return;
  }
}
