// What a workspace is: a directory of this node that holds a project, or a part of one.
import type { DeleteThreshold } from '../core/model/delete-threshold.ts';
import type { ProjectName } from '../core/model/ids.ts';
import type { WorkspaceMode } from '../core/model/node-desired.ts';
import type { RelPath } from '../core/model/rel-path.ts';

export interface WorkspaceSpec {
  readonly project: ProjectName;
  /** absolute, without a `/` at its end */
  readonly root: string;
  /** the part of the project that the workspace holds; absent: all of it */
  readonly prefix?: RelPath;
  /** default: both ways */
  readonly mode?: WorkspaceMode;
  /** I9: what may be deleted without being asked; default: as the node says */
  readonly deleteThreshold?: DeleteThreshold;
}
