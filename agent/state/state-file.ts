// Where the state of a workspace lies, outside of its directory, and when it counts as lost.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';
import { type OpenedState, openState } from './open-state.ts';

/** A name for the state file that no other workspace of the node has. */
export function stateFile(stateDir: string, { project, root, prefix }: WorkspaceSpec): string {
  const hash = createHash('sha256').update(`${root}\0${prefix ?? ''}`);
  return join(stateDir, `${project}-${hash.digest('hex').slice(0, 12)}.db`);
}

/** Noted in the records before the first file of a workspace goes from the node (`assign/remove-workspace.ts`). */
export const REMOVING = 'removing';

/** Records of a removal that did not end say that files are here which are gone: they count as lost. */
export function openOwnState(disk: Disk, file: string): OpenedState {
  const opened = openState(disk, file);
  if (opened.state.meta(REMOVING) === undefined) return opened;
  opened.state.close();
  disk.removeDatabase(file);
  return openState(disk, file);
}
