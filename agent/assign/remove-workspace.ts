// Removes a workspace that is not running from the node. Everything is checked before the first file goes, and each file
// once more when it goes: only what is as the records say is removed, so that an edit, or a file that appeared meanwhile,
// stays and stops the rest. Before the first file goes the records are marked: an agent that is killed half-way then takes
// what is left for a workspace whose records were lost, which deletes nothing in the project.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isFile } from '../../core/model/entry.ts';
import { isOwn, OWN_FOLDER } from '../../core/model/own-folder.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Disk } from '../disk/disk.ts';
import { childOf, decodeName, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { compareFingerprint, fileClock, fingerprintOf } from '../disk/fingerprint.ts';
import { removeIfEmpty } from '../disk/remove-if-empty.ts';
import { type PlaceIo, pruneAbove, removeDirectory, removeFile } from '../incoming/apply.ts';
import { keptFolder, listKept, listReplaced } from '../kept.ts';
import { lockWorkspace, markerFile, readMarker, stagingFolder } from '../marker.ts';
import type { WorkspaceState } from '../state/state.ts';
import { openOwnState, REMOVING, stateFile } from '../state/state-file.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';
import type { Proof } from './prove-held.ts';

export type Removal =
  | { readonly kind: 'removed' }
  /** `why` ends a sentence; what was removed before comes back when the workspace runs again */
  | { readonly kind: 'kept'; readonly why: string };

export interface RemoveIo {
  readonly disk: Disk;
  readonly stateDir: string;
  readonly spec: WorkspaceSpec;
  readonly signal: AbortSignal;
  /** Asked when nothing moves the records any more, and before the first file goes. */
  prove(state: WorkspaceState): Promise<Proof>;
}

/** Files that go between two turns of the event loop. */
const SLICE = 100;

/** @throws WorkspaceRefusedError  another agent has it; StoreUnavailableError of the proof; errors of the disk */
export async function removeWorkspace(io: RemoveIo): Promise<Removal> {
  const { disk, spec, stateDir } = io;
  const file = stateFile(stateDir, spec);
  const { state } = openOwnState(disk, file);
  try {
    const marker = readMarker(disk, spec.root);
    if (!marker || marker.workspace !== state.meta('workspace'))
      return kept(`${spec.root} is not the workspace any more`);
    const root = disk.realPath(spec.root);
    const lock = lockWorkspace(disk, root);
    try {
      const strange = findStrange(disk, root, state);
      if (strange !== undefined) return kept(strange);
      const proof = await io.prove(state);
      if (proof.kind === 'unproven') return kept(proof.why);
      state.setMeta(REMOVING, 'yes');
      state.checkpoint();
      const stopped = await removeFiles(io, root, state);
      if (stopped !== undefined) return kept(stopped);
      // Last: until here the directory is known for what it is.
      disk.unlink(markerFile(root));
    } finally {
      lock.release();
    }
    disk.removeTree(diskPath(root, OWN_FOLDER as RelPath));
    removeIfEmpty(disk, root);
  } finally {
    state.close();
  }
  disk.removeDatabase(file);
  return { kind: 'removed' };
}

const kept = (why: string): Removal => ({ kind: 'kept', why });

/** @returns what is on disk and not in the records as it is there; undefined: nothing */
function findStrange(disk: Disk, root: string, state: WorkspaceState): string | undefined {
  if (listKept(disk, root).length > 0) {
    return `files that were set aside because they may be the only copy of an edit lie in ${keptFolder(root)}: take or delete them`;
  }
  if (listReplaced(disk, root).length > 0) return replacedLies(root);
  const stack: (RelPath | '')[] = [''];
  let files = 0;
  for (let dir = stack.pop(); dir !== undefined; dir = stack.pop()) {
    for (const dirent of disk.readDirectory(diskPath(root, dir))) {
      const found = decodeName(dir, dirent.name);
      if (found.kind !== 'name') return `a file with a name that is not carried lies in ${dir === '' ? root : dir}`;
      const path = childOf(dir, found.name);
      if (isOwn(path)) continue;
      if (dirent.isDirectory()) {
        if (!state.rows.at(path) && !state.rows.hasUnder(path)) return `${path} is not in the project`;
        stack.push(path);
      } else if (!isAsRecorded(disk, root, path, state)) return `${path} is not in the project as it is here`;
      else files++;
    }
  }
  if (files !== state.rows.totals.files) return 'a file was deleted here that the project still has';
  const gone = emptyDirectories(state).find((path) => !lstatIfThere(disk, diskPath(root, path))?.isDirectory());
  return gone && `${gone} was deleted here and the project still has it`;
}

const replacedLies = (root: string): string => `a file that was being replaced lies in ${stagingFolder(root)}`;

function emptyDirectories(state: WorkspaceState): RelPath[] {
  const rows = [...state.rows.dirs('')].flatMap((dir) => [...state.rows.in(dir).values()]);
  return rows.filter(({ entry }) => !isFile(entry)).map(({ entry }) => entry.path);
}

function isAsRecorded(disk: Disk, root: string, path: RelPath, state: WorkspaceState): boolean {
  const row = state.rows.at(path);
  const stat = lstatIfThere(disk, diskPath(root, path));
  if (!row || !isFile(row.entry) || !stat?.isFile()) return false;
  return compareFingerprint(row.fingerprint, fingerprintOf(stat)) === 'same';
}

/** @returns why it stopped; undefined when nothing but the workspace's own folder is left */
async function removeFiles(io: RemoveIo, root: string, state: WorkspaceState): Promise<string | undefined> {
  const place: PlaceIo = { disk: io.disk, root, fileClock: fileClock(false) };
  const directories = [...state.rows.dirs('')].reverse();
  let removed = 0;
  for (const dir of directories) {
    for (const row of state.rows.in(dir).values()) {
      const { path } = row.entry;
      if (isFile(row.entry)) {
        if (removeFile(place, path, row).kind === 'local-edit') return `${path} was changed meanwhile`;
      } else removeDirectory(place, path);
      pruneAbove(place, path, () => false);
      if (++removed % SLICE > 0) continue;
      await nextTurn();
      if (io.signal.aborted) return 'the agent stops';
    }
  }
  // An edit that came between the look and the removal, and could not go back.
  if (listReplaced(io.disk, root).length > 0) return replacedLies(root);
  const left = io.disk.readDirectory(root).find(({ name }) => name.toString('utf8') !== OWN_FOLDER);
  return left && `${left.name.toString('utf8')} came meanwhile`;
}
