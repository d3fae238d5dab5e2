// What lies at a settled path, compared to its base row, within one turn, so that both are as they are at one time. What
// differs becomes ready for a commit, a file once its bytes were read; what may be about to change is looked at again later.
import { isFile } from '../../core/model/entry.ts';
import { baseName, type RelPath } from '../../core/model/rel-path.ts';
import { sameVersion } from '../../core/sync/plan.ts';
import type { DiskStat } from '../disk/disk.ts';
import { compareFingerprint, fingerprintOf, modifiedMs, NO_FINGERPRINT } from '../disk/fingerprint.ts';
import { leaveOut } from '../ignore/leave-out.ts';
import { isRulesFile, readRules } from '../ignore/read-rules.ts';
import { isBriefName } from '../ignore/temporary-names.ts';
import type { Row } from '../state/file-rows.ts';
import { KIND_PROBLEMS, READ_PROBLEMS } from '../state/problems.ts';
import { isEmptyDirectory } from '../watch/look.ts';
import { isUntouched, movedFrom } from './moves.ts';
import { isBaseCurrent } from './uploads.ts';
import type { Way } from './way.ts';

/** A file that was made or emptied a moment ago is about to be written. */
const EMPTY_FILE_MS = 100;
/** A new file whose name says that it is gone in a moment. */
const BRIEF_MS = 1_000;
/** A file that is found by polling is whole when it was left alone for so long, or is taken as it is after so long. */
const POLLED_QUIET_MS = 1_000;
const POLLED_AT_MOST_MS = 10_000;
/** A path that vanished may be on its way back: some editors remove a file and write it anew. */
export const VANISHED_MS = 20;
/** A large file waits so long for one that is under way. */
const NO_PLACE_RETRY_MS = 50;

export interface FoundIo extends Way {
  /** The path is to be looked at again after so long. @param waitedMs  for how long it waits already */
  later(path: RelPath, ms: number, waitedMs: number): void;
  /** Whether a file of this size may be uploaded now. */
  hasPlace(sizeBytes: number): boolean;
  /** @param was  the row of the name that the file had before */
  upload(path: RelPath, sizeBytes: number, waitedMs: number, was: Row | undefined): void;
}

export function takeAbsent(io: FoundIo, path: RelPath, waitedMs: number): void {
  const { site, peers, ready, moves, local, later } = io;
  const { state, problems } = site;
  const kept = local.at(path);
  // What is known to be gone, and kept so, stays its problem.
  if (!kept || kept.now) problems.clear(path);
  peers.watcher.forget(path);
  // Its commit is under way and has no row yet: what is missing then would not show, and the path would stay in the project.
  if (ready.isCommitting(path)) {
    later(path, VANISHED_MS, waitedMs);
    return;
  }
  for (const at of ready.putsWithin(path)) {
    ready.drop(at);
    moves.drop(at);
  }
  if (kept?.now) local.drop(path);
  const row = state.rows.at(path);
  const below = state.rows.hasUnder(path) ? state.rows.under(path) : [];
  const gone = row ? [row, ...below] : below;
  // Nothing is missing here any more.
  if (gone.length === 0) local.drop(path);
  const isUnknownRules = !row && isRulesFile(path);
  if (gone.length === 0 && !isUnknownRules) return;
  if (waitedMs < VANISHED_MS) {
    later(path, VANISHED_MS - waitedMs, waitedMs);
    return;
  }
  takeGone(io, gone);
  if (isUnknownRules) readRules(site, path);
}

/** @param gone  rows of what is not there any more, for sure */
function takeGone({ site, ready }: FoundIo, gone: readonly Row[]): void {
  // What goes together with its rules is still judged by them.
  for (const { entry } of gone) {
    if (site.ignores.ignores(entry.path, !isFile(entry))) leaveOut(site, entry.path);
    else ready.set(entry.path, undefined, NO_FINGERPRINT);
  }
  for (const { entry } of gone) if (isRulesFile(entry.path)) readRules(site, entry.path);
}

export function takeFile(io: FoundIo, path: RelPath, stat: DiskStat, waitedMs: number): void {
  const { site, peers, ready, moves, local, later } = io;
  const { state, problems, stores } = site;
  problems.clearIf(path, KIND_PROBLEMS);
  const fingerprint = fingerprintOf(stat);
  const row = state.rows.at(path);
  // The clock itself, which gives files their times, not the steady one.
  const restedMs = stores.clock.now() - modifiedMs(stat);
  const isAboutToBeWritten = stat.size === 0n && restedMs < EMPTY_FILE_MS && waitedMs < EMPTY_FILE_MS;
  if (isRulesFile(path) && !isAboutToBeWritten) readRules(site, path);
  // Nothing can lie below it: what is known there is gone, though nobody may have looked there (I9).
  if (!row && state.rows.hasUnder(path)) takeGone(io, state.rows.under(path));
  if (row && compareFingerprint(row.fingerprint, fingerprint) === 'same') {
    ready.drop(path);
    problems.clearIf(path, READ_PROBLEMS);
    local.drop(path);
    peers.released([path]);
    return;
  }
  const known = ready.at(path) ?? ready.committingAt(path) ?? local.at(path);
  if (known?.now && compareFingerprint(known.fingerprint, fingerprint) === 'same') return;
  const isBrief = row === undefined && isBriefName(baseName(path)) && waitedMs < BRIEF_MS;
  // A poll cannot tell when a file was written, only the file's own time can; the clock that gave it may be another's.
  const isPolled = peers.watcher.kind === 'polling' && waitedMs < POLLED_AT_MOST_MS;
  const isBeingWritten = isPolled && Math.abs(restedMs) < POLLED_QUIET_MS;
  if (isAboutToBeWritten || isBrief || isBeingWritten) {
    later(path, isAboutToBeWritten ? EMPTY_FILE_MS : BRIEF_MS, waitedMs);
    return;
  }
  const was = movedFrom(site, path, stat);
  if (was) {
    moves.add(was.entry.path, path);
    ready.set(was.entry.path, undefined, NO_FINGERPRINT);
    if (isBaseCurrent(site) && isUntouched(was, stat)) {
      ready.set(path, { ...was.entry, path }, was.fingerprint);
      return;
    }
  }
  const sizeBytes = Number(stat.size);
  if (io.hasPlace(sizeBytes)) io.upload(path, sizeBytes, waitedMs, was);
  else later(path, NO_PLACE_RETRY_MS, waitedMs);
}

export function takeDirectory(io: FoundIo, path: RelPath, inode: bigint, mode: number, waitedMs: number): void {
  const { site, peers, ready, later } = io;
  const { state, problems, disk, root } = site;
  problems.clearIf(path, KIND_PROBLEMS);
  const row = state.rows.at(path);
  // A file that became a directory is gone.
  if (row && isFile(row.entry)) ready.set(path, undefined, NO_FINGERPRINT);
  const wasUnreadable = problems.at(path)?.code === 'unreadable';
  if (peers.watcher.watch(path, inode) === 'new' || wasUnreadable) {
    problems.clearIf(path, ['unreadable']);
    peers.scan(path);
    return;
  }
  const empty = isEmptyDirectory(disk, root, path);
  const now = { path, dir: true, mode } as const;
  if (empty === 'gone') later(path, VANISHED_MS, waitedMs);
  else if (empty && !sameVersion(row?.entry, now)) ready.set(path, now, NO_FINGERPRINT);
  else if (!row || !isFile(row.entry)) {
    ready.drop(path);
    const waiting = state.behind.at(path)?.entry;
    // A file is to come here: what is in the way has to be found, and is settled first.
    if (!empty && waiting && isFile(waiting)) peers.scan(path);
    // Its mode may be what changed, and what could not be written into it may be written now.
    else peers.released([path]);
  }
}

/** What lies there is ignored. */
export function leaveAlone({ site, ready }: Way, path: RelPath, isDirectory: boolean): void {
  const row = site.state.rows.at(path);
  ready.drop(path);
  // A file of that name is gone, even where the directory in its place is ignored.
  if (row && isDirectory && isFile(row.entry)) ready.set(path, undefined, NO_FINGERPRINT);
  else leaveOut(site, path);
}
