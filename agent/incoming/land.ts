// Brings versions that are staged to their place, and removes what is gone: disk and rows in one turn of the event loop,
// many paths in one transaction. A path that cannot land yet is held with its reason, and the others go on.
import { dirname } from 'node:path';
import { unreachable } from '../../core/model/assert.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { parentOf, type RelPath } from '../../core/model/rel-path.ts';
import { sameVersion } from '../../core/sync/plan.ts';
import type { DirSync } from '../disk/dir-sync.ts';
import { isDiskFull } from '../disk/disk-error.ts';
import { childOf, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { NO_FINGERPRINT } from '../disk/fingerprint.ts';
import { awaitedRules, isRulesFile, readRules } from '../ignore/read-rules.ts';
import type { Site } from '../site.ts';
import { copyOf } from '../stamp.ts';
import type { Behind } from '../state/behind-list.ts';
import type { Row } from '../state/file-rows.ts';
import { placeDirectory, placeFacts, placeFile, pruneAbove, removeDirectory, removeFile } from './apply.ts';
import {
  APPLY_PROBLEMS,
  endProblem,
  type HoldIo,
  holdBehindIgnored,
  holdFor,
  holdForRules,
  RETRY_MS,
  waitForLocal,
} from './hold-for.ts';
import { findClash, isGoing, isRewritten } from './name-clash.ts';
import { type Moved, placeMoved } from './place-moved.ts';
import { discard } from './taken-out.ts';

export interface Staged {
  readonly behind: Behind;
  /** undefined: nothing had to be fetched */
  readonly file: string | undefined;
  /** where the file lies until now; it loses that name */
  readonly from?: RelPath;
}

export interface LandIo extends HoldIo {
  readonly dirSync: DirSync;
  /** directories that lost a name and were kept for what is to come into them; it may never come */
  readonly awaited: Set<RelPath>;
}

/** @returns how many came to disk
 *  @throws errors of the disk that are everyone's, such as no space */
export function placeAll(io: LandIo, all: readonly Staged[]): number {
  return landEach(
    io,
    all,
    ({ behind }) => behind.path,
    (one) => placeOne(io, one),
    ({ file }) => {
      if (file !== undefined) discard(io.site.disk, file);
    },
  );
}

/** @throws as `placeAll` */
export function removeAll(io: LandIo, all: readonly Behind[]): number {
  return landEach(
    io,
    all,
    ({ path }) => path,
    ({ path }) => removeOne(io, path),
    () => {},
  );
}

function landEach<T>(
  io: LandIo,
  all: readonly T[],
  pathOf: (one: T) => RelPath,
  land: (one: T) => boolean,
  tidy: (one: T) => void,
): number {
  const { site } = io;
  const left = new Set(all);
  let full: unknown;
  try {
    site.state.transaction(() => {
      for (const one of all) {
        const path = pathOf(one);
        try {
          if (!land(one)) continue;
          left.delete(one);
          io.dirSync.add(dirname(diskPath(site.root, path)));
        } catch (error) {
          if (holdFor(io, path, error)) continue;
          if (!isDiskFull(error)) throw error;
          // What landed before it has landed: without its row a removal would be taken for somebody's deletion here (I9).
          full = error;
          break;
        }
      }
    });
    if (full !== undefined) throw full;
  } finally {
    for (const one of left) tidy(one);
  }
  return all.length - left.size;
}

/** @returns whether something was put on disk */
function placeOne(io: LandIo, { behind, file, from }: Staged): boolean {
  const { site } = io;
  const { state } = site;
  const { path, entry } = behind;
  // What was noted when the fetch began may be overtaken by now.
  const noted = state.behind.at(path);
  if (!entry || !noted || !sameVersion(noted.entry, entry)) return false;
  const row = state.rows.at(path);
  if (sameVersion(row?.entry, entry)) {
    state.behind.drop(path);
    endProblem(io, path);
    return false;
  }
  if (isNameTaken(io, path)) return false;
  const was = from === undefined ? undefined : state.rows.at(from);
  const placed = placeInOrder(io, entry, file, row, was);
  switch (placed.kind) {
    case 'placed':
      if (was) forgetName(io, was.entry);
      // Its bytes may not be what they were said to be: the disk is asked.
      if (isFile(entry) && placed.fingerprint === NO_FINGERPRINT) io.localEdit(path);
      state.landings.add(path, row);
      state.rows.put(entry, isFile(entry) ? placed.fingerprint : NO_FINGERPRINT);
      state.behind.drop(path);
      if (isRulesFile(path)) takeRules(io, path);
      site.announcer.landed(noted.revision, row?.entry, entry);
      site.problems.clearIf(path, APPLY_PROBLEMS);
      return true;
    case 'local-edit':
      waitForLocal(io, path, path);
      return false;
    case 'directory-in-the-way':
      if (!holdBehindIgnored(io, path, path)) waitForLocal(io, path, path);
      return false;
    case 'file-in-the-way':
    case 'symlink-in-the-way':
      if (!holdBehindIgnored(io, path, placed.at)) waitForLocal(io, path, placed.at);
      return false;
    case 'source-changed':
      // It is fetched then, at once.
      io.holds.hold(path, site.clock.now(), path);
      if (from !== undefined) io.localEdit(from);
      return false;
    default:
      return unreachable(placed);
  }
}

/** They count with their record: no crash comes between. */
function takeRules({ site, holds }: LandIo, path: RelPath): void {
  readRules(site, path);
  holds.release(path);
}

/** The disk has no place of its own for this name. What takes it may be about to go, by the same commit: then it goes first. */
function isNameTaken(io: LandIo, path: RelPath): boolean {
  const { site, holds } = io;
  if (isRewritten(site, path)) {
    const reason =
      'This disk writes its name in another Unicode form, and it would come back as a new file: rename it.';
    site.problems.set(path, 'write-failed', reason, { retryInMs: RETRY_MS });
    holds.hold(path, site.clock.now() + RETRY_MS, path);
    return true;
  }
  const other = findClash(site, path);
  if (other === undefined || (isGoing(site, other) && removeAt(io, other, path))) return false;
  const reason = `This disk takes its name and that of ${other} for one: rename one of them, and it comes.`;
  site.problems.set(path, 'case-collision', reason, { retryInMs: RETRY_MS });
  holds.hold(path, site.clock.now() + RETRY_MS, other);
  return true;
}

/** A file, or a directory with all in it. */
const removeAt = (io: LandIo, path: RelPath, coming: RelPath): boolean =>
  io.site.state.rows.at(path) ? removeNoted(io, path, coming) : removeBelow(io, path, coming);

/** What is in the way may be about to go, by the same commit: then it goes first. */
function placeInOrder(
  io: LandIo,
  entry: Entry,
  file: string | undefined,
  row: Row | undefined,
  was: Row | undefined,
): Moved {
  const { site } = io;
  const place = (): Moved => {
    if (!isFile(entry)) return placeDirectory(site, entry, row);
    if (was) return placeMoved(site, entry, was, row);
    if (file !== undefined) return placeFile(site, entry, file, row);
    return row ? placeFacts(site, entry, row) : { kind: 'local-edit' };
  };
  const placed = place();
  if (placed.kind === 'directory-in-the-way' && removeBelow(io, entry.path, entry.path)) return place();
  if (placed.kind === 'file-in-the-way' && removeNoted(io, placed.at, entry.path)) return place();
  return placed;
}

/** A directory that becomes a file: all that it held has to be noted as gone, and be as the rows say. */
function removeBelow(io: LandIo, dir: RelPath, coming: RelPath): boolean {
  for (const { entry } of io.site.state.rows.under(dir).reverse())
    if (!removeNoted(io, entry.path, coming)) return false;
  removeDirectory(io.site, dir);
  return true;
}

/** @param coming  what comes in its place */
function removeNoted(io: LandIo, path: RelPath, coming: RelPath): boolean {
  const behind = io.site.state.behind.at(path);
  return behind !== undefined && behind.entry === undefined && removeOne(io, path, coming);
}

/** @returns whether something was removed */
function removeOne(io: LandIo, path: RelPath, coming?: RelPath): boolean {
  const { site } = io;
  const { state } = site;
  const row = state.rows.at(path);
  if (!row) {
    state.behind.drop(path);
    endProblem(io, path);
    return false;
  }
  const rules = awaitedRules(state, path);
  // What has their own place cannot wait for them.
  if (rules !== undefined && rules !== coming) {
    holdForRules(io, path, rules);
    return false;
  }
  let isOurs = true;
  if (isFile(row.entry)) {
    const { kind } = removeFile(site, path, row);
    if (kind === 'local-edit') {
      waitForLocal(io, path, path);
      return false;
    }
    isOurs = kind === 'removed';
  } else if (!state.behind.expectsBelow(path)) {
    isOurs = lstatIfThere(site.disk, diskPath(site.root, path)) !== undefined;
    removeDirectory(site, path);
  }
  // What is empty by a person's hand stays: it is to be found, and gets an entry. After a cut-off nobody knows whose hand it was.
  forgetName(io, row.entry, isOurs || copyOf(state)?.isCutOff === true);
  return true;
}

/** What lay at the entry's path is gone from disk; directories that are empty by that go too. */
function forgetName({ site, dirSync, awaited, localEdit }: LandIo, was: Entry, isOurs = true): void {
  const { state } = site;
  const { path } = was;
  site.announcer.landed(state.behind.at(path)?.revision ?? 0, was, undefined);
  state.landings.add(path, state.rows.at(path));
  state.rows.drop(path);
  // What is to come there since its end was noted is still to come.
  if (!state.behind.at(path)?.entry) state.behind.drop(path);
  // The watcher may not tell of what goes together with its directory.
  if (isRulesFile(path)) readRules(site, path);
  dirSync.add(dirname(diskPath(site.root, path)));
  site.problems.clearIf(path, APPLY_PROBLEMS);
  // It was deleted here first, which nobody had to keep: now that the project has it no more there is nothing to tell.
  if (site.problems.at(path)?.code === 'local-change') localEdit(path);
  const above = parentOf(path);
  if (above !== undefined && state.behind.expectsBelow(above)) awaited.add(above);
  if (isOurs) pruneAbove(site, path, (dir) => isNeeded(site, dir));
  else if (above !== undefined) localEdit(above);
}

function isNeeded({ state }: Site, dir: RelPath): boolean {
  return (
    state.rows.at(dir) !== undefined || state.behind.at(dir)?.entry !== undefined || state.behind.expectsBelow(dir)
  );
}

/** Removes directories that were kept for something that came elsewhere after all. */
export function pruneAwaited({ site, awaited }: LandIo): void {
  for (const dir of awaited) {
    if (site.state.behind.expectsBelow(dir)) continue;
    awaited.delete(dir);
    if (!isNeeded(site, dir)) pruneAbove(site, childOf(dir, 'gone'), (above) => isNeeded(site, above));
  }
}
