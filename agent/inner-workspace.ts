// Workspaces that lie inside of another directory. Each of two that lie in one another would carry what the other does,
// without end. The inner one may be another agent's, so that its marker on disk tells of it: a directory that is to become a
// workspace is looked through once before it does, and the scan of one that is a workspace refuses to go on when it meets
// another that runs. A marker that nobody runs with any more, as in a copy of a workspace, stops no scan.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OWN_FOLDER } from '../core/model/own-folder.ts';
import type { Disk, DiskName } from './disk/disk.ts';
import { isDiskError } from './disk/disk-error.ts';
import { lstatIfThere } from './disk/disk-path.ts';
import { lockFile, markerFile, readMarker, WorkspaceRefusedError } from './marker.ts';

/** Names that the look goes through, in about a second; the scan goes through the rest. */
const MOST_NAMES = 500_000;
/** Names until others of this process have their turn: a few milliseconds. */
const NAMES_A_TURN = 2_000;

/** The look through a directory, which is tried again and again while it is refused. */
export class LookInside {
  readonly #mostNames: number;
  /** what it was refused for: while that is there, the rest need not be looked through again */
  #found: string | undefined;

  constructor(mostNames: number = MOST_NAMES) {
    this.#mostNames = mostNames;
  }

  /** @throws WorkspaceRefusedError  with both paths and the next step; the signal's reason */
  async requireNone(disk: Disk, root: string, signal: AbortSignal): Promise<void> {
    if (this.#found === undefined || !mayHaveMarker(disk, this.#found)) {
      this.#found = await findInside(disk, root, this.#mostNames, signal);
    }
    if (this.#found === undefined) return;
    throw new WorkspaceRefusedError(
      `${root} has the workspace ${this.#found} in it: each would carry what the other does, without end. Choose a ` +
        `directory that has none in it, or, if no agent syncs ${this.#found} any more, remove ${this.#found}/${OWN_FOLDER}.`,
    );
  }
}

/** Of a directory in a workspace, which has a folder of an agent's own in it.
 *  @throws WorkspaceRefusedError  an agent runs with it now */
export function requireNoneRunning(disk: Disk, root: string, inner: string): void {
  if (!isRunning(disk, inner)) return;
  throw new WorkspaceRefusedError(
    `${root} has the workspace ${inner} in it, which an agent syncs: each would carry what the other does, without end. ` +
      'End one of the two, or give it a directory outside of the other.',
  );
}

/** The nearest first. */
async function findInside(
  disk: Disk,
  root: string,
  mostNames: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const dirs = [root];
  let left = mostNames;
  let thisTurn = NAMES_A_TURN;
  for (const dir of dirs) {
    const names = namesIn(disk, dir);
    left -= names.length;
    if (left < 0) return undefined;
    // A directory counts as well: reading an empty one takes its time.
    thisTurn -= names.length + 1;
    if (thisTurn < 0) {
      await nextTurn();
      signal.throwIfAborted();
      thisTurn = NAMES_A_TURN;
    }
    for (const name of names) {
      if (!name.isDirectory()) continue;
      const text = name.name.toString('utf8');
      if (text !== OWN_FOLDER) dirs.push(`${dir}/${text}`);
      else if (dir !== root && mayHaveMarker(disk, dir)) return dir;
    }
  }
  return undefined;
}

/** What cannot be read, or is not there yet, cannot be looked through; the scan tells of it. */
function namesIn(disk: Disk, dir: string): readonly DiskName[] {
  try {
    return disk.readDirectory(dir);
  } catch (error) {
    if (isDiskError(error)) return [];
    throw error;
  }
}

/** Unknown is not absent: a folder that another user's agent keeps to itself counts. */
function mayHaveMarker(disk: Disk, dir: string): boolean {
  try {
    return lstatIfThere(disk, markerFile(dir)) !== undefined;
  } catch (error) {
    if (isDiskError(error)) return true;
    throw error;
  }
}

function isRunning(disk: Disk, dir: string): boolean {
  try {
    // Where there is no lock yet, trying it would make one.
    if (!readMarker(disk, dir) || !lstatIfThere(disk, lockFile(dir))) return false;
  } catch (error) {
    if (isDiskError(error)) return false;
    throw error;
  }
  const lock = disk.lock(lockFile(dir));
  lock?.release();
  return lock === undefined;
}
