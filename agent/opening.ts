// Opens a workspace: its directory is recognised and locked, its records are read, and what a crash or a power loss left is
// set right, before anything is looked at.

import { newNameOf } from '../core/commit/new-name.ts';
import type { ProjectName } from '../core/model/ids.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import type { Disk, DiskLock } from './disk/disk.ts';
import { nodeDisk } from './disk/node-disk.ts';
import type { LookInside } from './inner-workspace.ts';
import { tidyKept } from './kept.ts';
import {
  clearStaging,
  lockWorkspace,
  NeverTakenError,
  openWorkspace,
  readMarker,
  renameMarker,
  WorkspaceRefusedError,
} from './marker.ts';
import { OpenWorkspace } from './open-workspace.ts';
import { beginCopy, beginCutOff, isOlderCopy } from './stamp.ts';
import type { Problems } from './state/problems.ts';
import type { WorkspaceState } from './state/state.ts';
import { openOwnState, stateFile } from './state/state-file.ts';
import type { Troubles } from './state/troubles.ts';
import type { WorkspaceHost } from './workspace-host.ts';
import type { WorkspaceSpec } from './workspace-spec.ts';

/** What is wrong with a workspace; outlives its closing. */
export interface Wrongs {
  readonly problems: Problems;
  readonly troubles: Troubles;
  readonly lookInside: LookInside;
}

/** A workspace that was recognised, and is locked for this agent. */
export interface Opened extends Wrongs {
  readonly disk: Disk;
  readonly root: string;
  readonly state: WorkspaceState;
  readonly lock: DiskLock;
  readonly workspace: string;
}

/** @throws WorkspaceGoneError, WorkspaceRefusedError, NeverTakenError, errors of the disk; the signal's reason */
export async function open(
  host: WorkspaceHost,
  spec: WorkspaceSpec,
  wrongs: Wrongs,
  signal: AbortSignal,
): Promise<OpenWorkspace> {
  const { root, project, prefix } = spec;
  const { log, tenant, disk = nodeDisk } = host;
  const { state, replaced } = openOwnState(disk, stateFile(host.stateDir, spec));
  const remembered = state.meta('workspace');
  let lock: DiskLock | undefined;
  try {
    if (replaced) log.warn({ root }, 'the state file was damaged; reading all files again');
    if (remembered === undefined && readMarker(disk, root) === undefined) {
      await wrongs.lookInside.requireNone(disk, root, signal);
    }
    const wasMade = readMarker(disk, root) !== undefined;
    const formerly = await formerName(host, spec, readMarker(disk, root)?.project);
    const workspace = openWorkspace(disk, root, { tenant, project, formerly, prefix }, remembered);
    lock = lockWorkspace(disk, root, host.node);
    renameMarker(disk, root, project);
    // Records that are lost, or of another directory or another time: what they have and this one lacks was not deleted here.
    const isCopy = wasMade && (remembered !== workspace || isOlderCopy(disk, root, state));
    if (isCopy) state.forget();
    const boot = disk.bootId();
    recover(host, spec, state, boot);
    // Before it is said until when something may have come without its record: a file that has another name in the agent's own
    // folder, because it was being placed or replaced, counts as changed when that one goes or moves.
    clearStaging(disk, root);
    tidyKept(host, disk, root, state);
    if (isCopy) {
      if (remembered !== undefined) log.warn({ root }, 'the directory is an older copy; comparing all files anew');
      beginCopy(disk, root, state);
    } else if (remembered !== undefined && wasCutOff(state, boot)) beginCutOff(disk, root, state);
    if (remembered !== workspace) state.setMeta('workspace', workspace);
    // Last: who is cut off before has to find that it was.
    state.setMeta('boot', boot ?? '');
    state.setMeta('open', 'yes');
    // A root that is a link itself is a person's choice; what is below is never followed.
    const opened = { ...wrongs, disk, root: disk.realPath(root), state, lock, workspace };
    return new OpenWorkspace(host, spec, opened, signal);
  } catch (error) {
    lock?.release();
    state.close();
    const isNew = error instanceof WorkspaceRefusedError && remembered === undefined;
    throw isNew ? new NeverTakenError(error.message) : error;
  }
}

/** The name in the directory's marker, where that is one which the project had before it was renamed: what the directory holds
 *  is the project's all the same, and is compared with it anew. */
async function formerName(
  { stores }: WorkspaceHost,
  { project }: WorkspaceSpec,
  found: ProjectName | undefined,
): Promise<ProjectName | undefined> {
  if (found === undefined || found === project) return undefined;
  try {
    return (await newNameOf(stores.index, found)) === project ? found : undefined;
  } catch (error) {
    // Refused then, and looked at again.
    if (error instanceof StoreUnavailableError) return undefined;
    throw error;
  }
}

/** Whether the agent did not close the workspace itself, or the machine went down since. */
function wasCutOff(state: WorkspaceState, boot: string | undefined): boolean {
  return state.meta('open') === 'yes' || boot === undefined || state.meta('boot') !== boot;
}

/** After a power loss, names may be gone whose records are here. Where boots cannot be told apart, each start counts as one. */
function recover({ clock, log }: WorkspaceHost, { mode }: WorkspaceSpec, state: WorkspaceState, boot?: string): void {
  if (boot === undefined || state.meta('boot') !== boot) {
    const count = state.landings.takeBack(state, clock.now(), mode === 'send');
    if (count > 0) log.warn({ count }, 'the machine went down: what came last is compared with the project again');
  }
}
