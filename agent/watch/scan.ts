// Looks at a directory tree and finds where it differs from what is remembered. It decides nothing: each difference is
// a hint, and whoever takes the hint looks again. Works in slices, so that 100,000 files never hold up the event loop.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/model/clock.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Disk, DiskName } from '../disk/disk.ts';
import { readFault, TOO_LONG } from '../disk/disk-error.ts';
import { childOf, decodeName, diskPath, isOwn, lstatIfThere } from '../disk/disk-path.ts';
import { compareFingerprint, fingerprintOf } from '../disk/fingerprint.ts';
import type { Problems } from '../state/problems.ts';
import type { Row, WorkspaceState } from '../state/state.ts';
import type { Watcher } from './watcher.ts';

export interface ScanIo {
  readonly disk: Disk;
  readonly root: string;
  readonly state: WorkspaceState;
  readonly problems: Problems;
  readonly watcher: Pick<Watcher, 'watch'>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** this path differs from what is remembered */
  hint(path: RelPath): void;
  /** Waits while too many hints are under way. */
  room(): Promise<void>;
}

/** A slice of work between two turns of the event loop. */
const SLICE_MS = 8;

/** Looks at `start` and all that is below it. */
export async function scan(io: ScanIo, start: RelPath | ''): Promise<void> {
  const look: Look = { met: new Set(), seen: new Set(), unknown: [], nothing: false };
  const stack: (RelPath | '')[] = [start];
  const slice = new Slice(io);
  for (let dir = stack.pop(); dir !== undefined; dir = stack.pop()) {
    stack.push(...lookInto(io, dir, look));
    if (slice.isOver()) await slice.next();
  }
  if (look.nothing) return;
  // Rows of directories that are not there any more. A directory that could not be read says nothing about its rows.
  for (const dir of [...io.state.dirsWithRows(start)]) {
    if (look.seen.has(dir) || look.unknown.some((at) => dir === at || dir.startsWith(`${at}/`))) continue;
    for (const { entry } of io.state.rowsIn(dir).values()) io.hint(entry.path);
    if (slice.isOver()) await slice.next();
  }
  io.problems.endScan(start, look.met);
}

class Slice {
  readonly #io: ScanIo;
  #startedAt: number;

  constructor(io: ScanIo) {
    this.#io = io;
    this.#startedAt = io.clock.now();
  }

  /** Also when the clock was set back. */
  isOver(): boolean {
    const elapsedMs = this.#io.clock.now() - this.#startedAt;
    return elapsedMs < 0 || elapsedMs >= SLICE_MS;
  }

  async next(): Promise<void> {
    await nextTurn();
    await this.#io.room();
    this.#io.signal.throwIfAborted();
    this.#startedAt = this.#io.clock.now();
  }
}

interface Look {
  /** problems that were met */
  readonly met: Set<string>;
  /** directories that were read */
  readonly seen: Set<string>;
  /** directories that could not be read, and paths that are not carried: what is below them is unknown */
  readonly unknown: RelPath[];
  /** the root itself could not be read */
  nothing: boolean;
}

/** One directory, within one turn: what it holds is compared to rows that cannot move meanwhile.
 *  @returns its directories */
function lookInto(io: ScanIo, dir: RelPath | '', look: Look): RelPath[] {
  const { state, problems } = io;
  let names: readonly DiskName[];
  let mode: bigint;
  try {
    const stat = lstatIfThere(io.disk, diskPath(io.root, dir));
    if (!stat?.isDirectory()) {
      if (dir !== '') io.hint(dir);
      return [];
    }
    mode = stat.mode & 0o777n;
    io.watcher.watch(dir, stat.ino);
    names = io.disk.readDirectory(diskPath(io.root, dir));
  } catch (error) {
    const fault = readFault(error);
    if (!fault) throw error;
    // Its own row waits like those below: unknown is never absent.
    if (dir === '') look.nothing = true;
    else look.unknown.push(dir);
    problems.set(dir === '' ? '.' : dir, fault.code, fault.reason);
    return [];
  }
  look.seen.add(dir);
  problems.clearIf(dir === '' ? '.' : dir, ['unreadable']);

  const rows = state.rowsIn(dir);
  const below: RelPath[] = [];
  let carried = 0;
  for (const dirent of names) {
    const found = decodeName(dir, dirent.name);
    if (found.kind !== 'name') {
      const shown = childOf(dir, found.kind === 'bad-name' ? found.shown : found.name);
      look.met.add(shown);
      if (found.kind === 'bad-name') problems.set(shown, 'bad-name', BAD_NAME);
      else problems.set(shown, 'name-too-long', TOO_LONG);
      continue;
    }
    const path = childOf(dir, found.name);
    if (isOwn(path)) continue;
    const row = rows.get(found.name);
    rows.delete(found.name);
    if (dirent.isDirectory()) {
      carried++;
      below.push(path);
      if (row && 'sha' in row.entry) io.hint(path);
    } else if (dirent.isFile()) {
      carried++;
      lookAt(io, path, row);
    } else {
      look.met.add(path);
      look.unknown.push(path);
      setKindProblem(problems, path, dirent);
    }
  }
  for (const { entry } of rows.values()) io.hint(entry.path);
  if (dir !== '') lookAtEmptiness(io, dir, carried === 0, Number(mode));
  return below;
}

function lookAt(io: ScanIo, path: RelPath, row: Row | undefined): void {
  if (!row || !isAsRemembered(io, path, row)) io.hint(path);
}

function isAsRemembered({ disk, root }: ScanIo, path: RelPath, row: Row): boolean {
  try {
    const stat = lstatIfThere(disk, diskPath(root, path));
    return stat !== undefined && compareFingerprint(row.fingerprint, fingerprintOf(stat)) === 'same';
  } catch {
    // Whoever takes the hint meets the same error and names it.
    return false;
  }
}

/** A directory has an entry only while it is empty, and then its mode counts. */
function lookAtEmptiness(io: ScanIo, dir: RelPath, empty: boolean, mode: number): void {
  const entry = io.state.row(dir)?.entry;
  const known = entry !== undefined && 'dir' in entry;
  if (empty !== known || (known && entry.mode !== mode)) io.hint(dir);
}

export function setKindProblem(problems: Problems, path: RelPath, kind: { isSymbolicLink(): boolean }): void {
  if (kind.isSymbolicLink()) problems.set(path, 'symlink', SYMLINK);
  else problems.set(path, 'special-file', SPECIAL);
}

const BAD_NAME = 'Its name is not valid UTF-8, shown here with \\xNN: rename it.';
const SYMLINK = 'It is a symbolic link, which is not carried: put a file or a directory in its place.';
const SPECIAL = 'It is a socket, a device or a pipe, which is not carried: remove it or move it out.';
