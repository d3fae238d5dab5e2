// Looks at a directory tree and finds where it differs from what is remembered. It decides nothing: each difference is
// a hint, and whoever takes the hint looks again. Works in slices, so that 100,000 files never hold up the event loop.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isFile } from '../../core/model/entry.ts';
import { isOwn } from '../../core/model/own-folder.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { DiskName } from '../disk/disk.ts';
import { readFault, TOO_LONG } from '../disk/disk-error.ts';
import { childOf, decodeName, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { compareFingerprint, fingerprintOf } from '../disk/fingerprint.ts';
import { leaveOut } from '../ignore/leave-out.ts';
import { RULES_FILE } from '../ignore/parse-rules.ts';
import { readRules } from '../ignore/read-rules.ts';
import { requireNoneRunning } from '../inner-workspace.ts';
import type { Site } from '../site.ts';
import type { Row } from '../state/file-rows.ts';
import type { Problems } from '../state/problems.ts';
import type { Watcher } from './watcher.ts';

export interface ScanIo {
  readonly site: Site;
  readonly watcher: Pick<Watcher, 'watch' | 'forget'>;
  /** this path differs from what is remembered */
  hint(path: RelPath): void;
  /** Waits while too many hints are under way. */
  room(): Promise<void>;
}

/** A slice of work between two turns of the event loop. */
const SLICE_MS = 8;

/** Looks at `start` and all that is below it.
 *  @throws WorkspaceRefusedError  another workspace that runs lies in it */
export async function scan(io: ScanIo, start: RelPath | ''): Promise<void> {
  const look: Look = { met: new Set(), seen: new Set(), unknown: [], nothing: false };
  const stack: (RelPath | '')[] = [start];
  const slice = new Slice(io);
  const { state, problems } = io.site;
  for (let dir = stack.pop(); dir !== undefined; dir = stack.pop()) {
    stack.push(...lookInto(io, dir, look));
    if (slice.isOver()) await slice.next();
  }
  if (look.nothing) return;
  // Rows of directories that are not there any more. A directory that could not be read says nothing about its rows.
  for (const dir of [...state.rows.dirs(start)]) {
    if (look.seen.has(dir) || look.unknown.some((at) => dir === at || dir.startsWith(`${at}/`))) continue;
    for (const row of state.rows.in(dir).values()) missing(io, row);
    if (slice.isOver()) await slice.next();
  }
  problems.endScan(start, look.met);
}

class Slice {
  readonly #io: ScanIo;
  #startedAt: number;

  constructor(io: ScanIo) {
    this.#io = io;
    this.#startedAt = io.site.clock.now();
  }

  /** Also when the clock was set back. */
  isOver(): boolean {
    const elapsedMs = this.#io.site.clock.now() - this.#startedAt;
    return elapsedMs < 0 || elapsedMs >= SLICE_MS;
  }

  async next(): Promise<void> {
    await nextTurn();
    await this.#io.room();
    this.#io.site.signal.throwIfAborted();
    this.#startedAt = this.#io.site.clock.now();
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
  const { disk, root, state, problems, ignores } = io.site;
  let names: readonly DiskName[];
  let mode: bigint;
  try {
    const stat = lstatIfThere(disk, diskPath(root, dir));
    if (!stat?.isDirectory()) {
      if (dir !== '' && stat?.isFile()) lookAt(io, dir, state.rows.at(dir));
      else if (dir !== '') io.hint(dir);
      return [];
    }
    mode = stat.mode & 0o777n;
    io.watcher.watch(dir, stat.ino);
    names = disk.readDirectory(diskPath(root, dir));
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

  lookForRules(io, dir, names.some(isRulesName));
  const rows = state.rows.in(dir);
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
    if (isOwn(path)) {
      if (dir !== '') requireNoneRunning(disk, root, diskPath(root, dir));
      continue;
    }
    const row = rows.get(found.name);
    rows.delete(found.name);
    // A file that is followed was judged when it came, and when the rules changed.
    const isFollowed = row !== undefined && isFile(row.entry) && dirent.isFile() && ignores.areApplied;
    if (!isFollowed && ignores.ignores(path, dirent.isDirectory())) {
      // It keeps its directory from being empty, and so from being carried or removed as such.
      carried++;
      leaveAlone(io, path, row, dirent.isDirectory());
      continue;
    }
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
  for (const row of rows.values()) missing(io, row);
  if (dir !== '') lookAtEmptiness(io, dir, carried === 0, Number(mode));
  return below;
}

const RULES_NAME = Buffer.from(RULES_FILE);

const isRulesName = ({ name }: DiskName): boolean => name.length === RULES_NAME.length && name.equals(RULES_NAME);

/** Rules that nobody has read yet count before the directory's names do. Those that changed, or are gone, may be about to
 *  be written: whoever takes the hint waits for that. */
function lookForRules({ site, hint }: ScanIo, dir: RelPath | '', areThere: boolean): void {
  const areKnown = site.ignores.knows(dir);
  if (areThere && !areKnown) readRules(site, childOf(dir, RULES_FILE));
  if (!areThere && areKnown) hint(childOf(dir, RULES_FILE));
}

/** Ignored: not read, not watched, and its row is no reason to conclude anything. */
function leaveAlone(io: ScanIo, path: RelPath, row: Row | undefined, isDirectory: boolean): void {
  if (isDirectory) io.watcher.forget(path);
  io.site.problems.clearUnder(path);
  // A file of that name is gone, even where the directory in its place is ignored.
  if (row && isDirectory && isFile(row.entry)) missing(io, row);
  else if (row) leaveOut(io.site, path);
}

/** What a row remembers is not on disk. */
function missing(io: ScanIo, { entry }: Row): void {
  if (io.site.ignores.ignores(entry.path, !isFile(entry))) leaveOut(io.site, entry.path);
  else io.hint(entry.path);
}

function lookAt(io: ScanIo, path: RelPath, row: Row | undefined): void {
  if (!row || !isAsRemembered(io, path, row)) io.hint(path);
}

function isAsRemembered({ site: { disk, root } }: ScanIo, path: RelPath, row: Row): boolean {
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
  const entry = io.site.state.rows.at(dir)?.entry;
  const known = entry !== undefined && 'dir' in entry;
  if (empty !== known || (known && entry.mode !== mode)) io.hint(dir);
}

export function setKindProblem(problems: Problems, path: RelPath, kind: { isSymbolicLink(): boolean }): void {
  if (kind.isSymbolicLink()) problems.set(path, 'symlink', SYMLINK);
  else problems.set(path, 'special-file', SPECIAL);
}

const BAD_NAME = 'Its name is not valid UTF-8, shown here with \\xNN: rename it.';
const SYMLINK =
  'It is a symbolic link, which is not carried: put a file or a directory in its place, or name it in a .fsignore.';
const SPECIAL = 'It is a socket, a device or a pipe, which is not carried: move it out, or name it in a .fsignore.';
