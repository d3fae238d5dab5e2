// Lets go of a workspace that does not run and cannot be proven to be anywhere else, because its project does not exist (any
// more) or because its directory never became a workspace. What is in it stays where it is, and so does the marker that says
// what it was; only what nobody misses goes: the agent's records, and a directory that holds nothing.

import { OWN_FOLDER } from '../../core/model/own-folder.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Disk } from '../disk/disk.ts';
import { diskPath } from '../disk/disk-path.ts';
import { removeIfEmpty } from '../disk/remove-if-empty.ts';
import { listKept, listReplaced } from '../kept.ts';
import { lockWorkspace, markerFile, readMarker, WorkspaceRefusedError } from '../marker.ts';
import { openOwnState, stateFile } from '../state/state-file.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';

export interface LetGoIo {
  readonly disk: Disk;
  readonly stateDir: string;
  readonly spec: WorkspaceSpec;
}

/** @returns whether something is left in the directory
 *  @throws errors of the disk */
export function letGo({ disk, stateDir, spec }: LetGoIo): 'left' | 'empty' {
  const file = stateFile(stateDir, spec);
  const { state } = openOwnState(disk, file);
  const remembered = state.meta('workspace');
  state.close();
  const isOurs = remembered !== undefined && readMarker(disk, spec.root)?.workspace === remembered;
  const rest = isOurs ? removeEmpty(disk, disk.realPath(spec.root)) : 'left';
  disk.removeDatabase(file);
  return rest;
}

function removeEmpty(disk: Disk, root: string): 'left' | 'empty' {
  let lock: ReturnType<typeof lockWorkspace>;
  try {
    lock = lockWorkspace(disk, root);
  } catch (error) {
    // It is another agent's now.
    if (error instanceof WorkspaceRefusedError) return 'left';
    throw error;
  }
  try {
    const holdsFiles = disk.readDirectory(root).some(({ name }) => name.toString('utf8') !== OWN_FOLDER);
    if (holdsFiles || listKept(disk, root).length > 0 || listReplaced(disk, root).length > 0) return 'left';
    disk.unlink(markerFile(root));
  } finally {
    lock.release();
  }
  disk.removeTree(diskPath(root, OWN_FOLDER as RelPath));
  removeIfEmpty(disk, root);
  return 'empty';
}
