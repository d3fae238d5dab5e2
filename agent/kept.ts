// What the agent took out of the way and what may be the only copy of somebody's edit: it lies in `.fs-sync/kept` for some
// weeks, in which a person can take it, and not for ever (`kept-ages.ts`). What history has is not kept.
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { OWN_FOLDER } from '../core/model/own-folder.ts';
import type { Disk, DiskStat } from './disk/disk.ts';
import { isDiskError } from './disk/disk-error.ts';
import { lstatIfThere } from './disk/disk-path.ts';
import { fingerprintOf, sameFile } from './disk/fingerprint.ts';
import { agesOfKept, DAY_MS } from './kept-ages.ts';
import { REPLACED, stagingFolder } from './marker.ts';
import type { FileRows } from './state/file-rows.ts';
import type { WorkspaceState } from './state/state.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** The rule for what the agent keeps, told wherever it says that it keeps something. */
export const KEPT_DAYS = 30;

export const keptFolder = (root: string): string => `${root}/${OWN_FOLDER}/kept`;

/** Characters of its name that are left: with the id before them 255 bytes hold any. The last ones have its extension. */
const KEPT_CHARACTERS = 50;

/** Moves a file out of the way without losing it; who looks for it knows it by its name. */
export function keepAside(disk: Disk, root: string, file: string): void {
  const kept = keptFolder(root);
  disk.makeDirectories(kept, 0o700);
  const name = [...basename(file)].slice(-KEPT_CHARACTERS).join('');
  disk.rename(file, `${kept}/${randomUUID()}-${name}`);
}

/** Call it between two turns of the event loop.
 *  @param displaced  files in staging that are still to go back to their places */
export function tidyKept(
  { clock, log }: Pick<WorkspaceHost, 'clock' | 'log'>,
  disk: Disk,
  root: string,
  state: Pick<WorkspaceState, 'rows' | 'meta' | 'setMeta'>,
  displaced: ReadonlySet<string> = new Set(),
): void {
  const kept = keepReplaced(disk, root, state.rows, displaced);
  if (kept > 0)
    log.warn({ root, kept }, `files that were being replaced are kept in .fs-sync/kept for ${KEPT_DAYS} days`);
  const gone = sweepKept(disk, root, state, clock.now());
  if (gone > 0) log.info({ root, gone }, `what had been kept in .fs-sync/kept for ${KEPT_DAYS} days is removed`);
}

/** Files in staging that were being replaced. Each placement is one turn of the event loop, so that between two turns these
 *  are left over: by a crash, a disk that failed, or an edit that a newer one overtook. */
export const listReplaced = (disk: Pick<Disk, 'readDirectory'>, root: string): readonly string[] =>
  disk
    .readDirectory(stagingFolder(root))
    .map(({ name }) => name.toString('utf8'))
    .filter((name) => name.startsWith(REPLACED))
    .map((name) => `${stagingFolder(root)}/${name}`);

/** @param rows  a file that one of them was made from is a version that the project had: it is removed
 *  @param displaced  these are left alone
 *  @returns how many were set aside */
export function keepReplaced(
  disk: Disk,
  root: string,
  rows: Pick<FileRows, 'ofInode'>,
  displaced: ReadonlySet<string> = new Set(),
): number {
  let kept = 0;
  for (const file of listReplaced(disk, root)) {
    if (displaced.has(file)) continue;
    const stat = lstatIfThere(disk, file);
    if (stat?.isFile() && isOfRow(stat, rows)) disk.unlink(file);
    else {
      keepAside(disk, root, file);
      kept++;
    }
  }
  return kept;
}

/** A fingerprint that another change could hide behind proves nothing. */
function isOfRow(stat: DiskStat, rows: Pick<FileRows, 'ofInode'>): boolean {
  const now = fingerprintOf(stat);
  return rows.ofInode(stat.ino).some(({ fingerprint }) => !fingerprint.startsWith('~') && sameFile(fingerprint, now));
}

/** Removes what has been kept for longer than that, by the times of the disk and by what the agent has seen itself: one
 *  clock that was wrong may not end the only copy. Moving it there set its ctime.
 *  @returns how many went */
function sweepKept(disk: Disk, root: string, state: Pick<WorkspaceState, 'meta' | 'setMeta'>, now: number): number {
  let gone = 0;
  const files = listKept(disk, root);
  const ages = agesOfKept(
    state,
    files.map((file) => basename(file)),
    now,
  );
  for (const file of files) {
    if ((ages.get(basename(file)) ?? 0) < KEPT_DAYS * DAY_MS) continue;
    const stat = lstatIfThere(disk, file);
    if (!stat || now - Number(stat.ctimeNs / 1_000_000n) < KEPT_DAYS * DAY_MS) continue;
    disk.removeTree(file);
    gone++;
  }
  return gone;
}

export function listKept(disk: Pick<Disk, 'readDirectory'>, root: string): readonly string[] {
  const kept = keptFolder(root);
  try {
    return disk.readDirectory(kept).map(({ name }) => `${kept}/${name.toString('utf8')}`);
  } catch (error) {
    if (isDiskError(error, 'ENOENT')) return [];
    throw error;
  }
}
