// Moves a file on disk where the project's moved, instead of fetching what is here already. Whatever another program does
// to either name meanwhile is kept (I8).
import { type FileEntry, isFile } from '../../core/model/entry.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { DiskStat } from '../disk/disk.ts';
import { checkParents, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { compareFingerprint, fingerprintOf } from '../disk/fingerprint.ts';
import type { Row } from '../state/file-rows.ts';
import { type Placed, type PlaceIo, placeFile, setFacts, stagingName } from './apply.ts';
import { makeParents } from './parents.ts';
import { discard, settle, tryLink } from './taken-out.ts';

/** What has no other name is never dropped. */
const itself = { replacedBy: undefined, isUnedited: () => false };

export type Moved = Placed | { readonly kind: 'source-changed' };

/** The bytes are here already, under a name that the path's file had before: the file moves, its bytes do not.
 *  @param was  what the disk has to hold at the old name
 *  @param row  what it has to hold at the new one; undefined = nothing */
export function placeMoved(io: PlaceIo, entry: FileEntry, was: Row, row: Row | undefined): Moved {
  const { disk, root } = io;
  const source = diskPath(root, was.entry.path);
  const before = checkParents(disk, root, was.entry.path).kind === 'real' ? lstatIfThere(disk, source) : undefined;
  if (!before?.isFile() || compareFingerprint(was.fingerprint, fingerprintOf(before)) !== 'same') {
    return { kind: 'source-changed' };
  }
  // A second name changes the times of the source: it gets none before its place is free.
  const parents = makeParents(io, entry.path);
  if (parents) return parents;
  const isDirectory = lstatIfThere(disk, diskPath(root, entry.path))?.isDirectory() === true;
  if (isDirectory && !(row && !isFile(row.entry))) return { kind: 'directory-in-the-way' };
  const linked = stagingName(root, 'get');
  const isLinked = tryLink(io, source, linked);
  // Its only name, for a moment: what is called so outlives even a crash.
  const staged = isLinked ? linked : stagingName(root, 'old');
  if (!isLinked) disk.rename(source, staged);
  let isPlaced = false;
  try {
    const placed = placeFile(io, entry, staged, row);
    isPlaced = placed.kind === 'placed';
    if (!isPlaced) return placed;
  } finally {
    if (!isPlaced && isLinked) discard(disk, staged);
    else if (!isPlaced) settle(io, { ...itself, path: was.entry.path, file: staged }, () => false);
  }
  if (isLinked) takeAway(io, was.entry.path, before);
  // Written through the old name meanwhile: the edit is in place, under the new one, and is taken like any other.
  return setFacts(io, entry, before);
}

/** Removes a name of the file; another file that came under it meanwhile stays. */
function takeAway(io: PlaceIo, path: RelPath, expected: DiskStat): void {
  const file = stagingName(io.root, 'old');
  io.disk.rename(diskPath(io.root, path), file);
  const isUnedited = ({ ino }: DiskStat) => ino === expected.ino;
  settle(io, { path, file, replacedBy: undefined, isUnedited }, () => false);
}
