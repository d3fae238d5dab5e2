// Writes the tree of one commit into a directory: every file staged beside its place, verified (I6), and moved there. What
// cannot be written is told by path, and the others go on.

import type { CommitIo } from '../../core/commit/commit.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import { type Entry, type FileEntry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { isOwn, OWN_FOLDER } from '../../core/model/own-folder.ts';
import { comparePaths, type RelPath } from '../../core/model/rel-path.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../../core/store/store-errors.ts';
import type { Disk } from '../disk/disk.ts';
import { isDiskFull, writeFault } from '../disk/disk-error.ts';
import { diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { type FileClock, type Fingerprint, NO_FINGERPRINT } from '../disk/fingerprint.ts';
import { type Placed, placeDirectory, placeFile } from '../incoming/apply.ts';
import { Gate } from '../incoming/gate.ts';
import { stage } from '../incoming/stage.ts';
import { discard } from '../incoming/taken-out.ts';
import { stagingFolder } from '../marker.ts';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import { toLocalEntry } from '../site.ts';
import { patiently } from './patience.ts';
import type { Amount } from './progress.ts';

export interface MaterializeIo {
  readonly disk: Disk;
  /** absolute; it exists */
  readonly root: string;
  readonly fileClock: FileClock;
  readonly stores: Pick<CommitIo, 'objects' | 'nodes' | 'clock'>;
  readonly signal: AbortSignal;
  /** a file or a link in the place of a file is replaced; else it is left, and told */
  readonly overwrite: boolean;
  /** The entry is on disk, as a reader of the directory finds it. */
  placed(entry: Entry, fingerprint: Fingerprint): void;
  progress(done: Amount): void;
}

export interface Unwritten {
  readonly path: RelPath;
  readonly reason: string;
}

const SMALL_FETCHES = 32;
const LARGE_FETCHES = 2;

/** @param prefix  only what is below this directory, with paths that begin there
 *  @returns what could not be written
 *  @throws StoreUnavailableError, errors of the disk that are everyone's, such as no space */
export async function materialize(io: MaterializeIo, manifest: Sha, prefix: RelPath | undefined): Promise<Unwritten[]> {
  const { disk, root } = io;
  const unwritten: Unwritten[] = [];
  disk.makeDirectories(stagingFolder(root), 0o700);
  try {
    const entries = walkTree(io.stores.nodes, manifest, { prefix })[Symbol.asyncIterator]();
    const large = new Gate(LARGE_FETCHES);
    let failed = false;
    const work = async () => {
      while (!failed) {
        const next = await entries.next();
        if (next.done) return;
        const entry = toLocalEntry({ prefix }, next.value);
        if (!entry) continue;
        io.signal.throwIfAborted();
        const reason = await write(io, entry, large);
        if (reason !== undefined) unwritten.push({ path: entry.path, reason });
      }
    };
    const workers = Array.from({ length: SMALL_FETCHES }, () =>
      work().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    );
    const ended = await Promise.allSettled(workers);
    const failure = ended.find((one) => one.status === 'rejected');
    if (failure) throw failure.reason;
  } finally {
    disk.removeTree(`${root}/${OWN_FOLDER}`);
  }
  return unwritten.sort((a, b) => comparePaths(a.path, b.path));
}

/** @returns why it is not there; undefined: it is */
async function write(io: MaterializeIo, entry: Entry, large: Gate): Promise<string | undefined> {
  if (isOwn(entry.path)) return `${OWN_FOLDER} is kept for the agent's own files`;
  try {
    const placed = isFile(entry) ? await writeFile(io, entry, large) : placeDirectory(io, entry, undefined);
    if (placed.kind !== 'placed') return inTheWay(placed);
    io.placed(entry, isFile(entry) ? placed.fingerprint : NO_FINGERPRINT);
    io.progress({ files: isFile(entry) ? 1 : 0, bytes: isFile(entry) ? entry.size : 0 });
    return undefined;
  } catch (error) {
    if (error instanceof ObjectAbsentError) {
      if (error.tier === 'cold') return 'its bytes are in no tier: repair the project';
      return 'its bytes are not in hot: promote the project, or rehydrate it';
    }
    if (error instanceof ObjectCorruptError) return `${error.message}: repair the project`;
    const fault = writeFault(error);
    if (!fault || isDiskFull(error)) throw error;
    return fault.reason;
  }
}

async function writeFile(io: MaterializeIo, entry: FileEntry, large: Gate): Promise<Placed> {
  const { disk, root, stores, signal } = io;
  const isLarge = entry.size > SMALL_BYTES;
  if (isLarge) await large.enter();
  try {
    const stageIo = { disk, root, objects: stores.objects, signal };
    const staged = await patiently(stores.clock, signal, () => stage(stageIo, entry));
    try {
      return place(io, entry, staged);
    } finally {
      discard(disk, staged);
    }
  } finally {
    if (isLarge) large.leave();
  }
}

function place(io: MaterializeIo, entry: FileEntry, staged: string): Placed {
  const placed = placeFile(io, entry, staged, undefined);
  if (placed.kind !== 'local-edit' || !io.overwrite) return placed;
  // What is there is a file, or a link that is replaced itself; a directory was told as one.
  const target = diskPath(io.root, entry.path);
  io.disk.rename(staged, target);
  const stat = lstatIfThere(io.disk, target);
  return stat ? { kind: 'placed', fingerprint: io.fileClock.keep(stat) } : placed;
}

function inTheWay(placed: Exclude<Placed, { kind: 'placed' }>): string {
  switch (placed.kind) {
    case 'local-edit':
      return 'something else lies there';
    case 'directory-in-the-way':
      return 'a directory lies there';
    case 'file-in-the-way':
      return `${placed.at} is a file and not a directory`;
    case 'symlink-in-the-way':
      return `${placed.at} is a symbolic link, which is not followed`;
  }
}
