// Which events a reader wants: of a project, of a workspace, at or below a path, of some types. A `reset` always comes,
// since it says that others were missed.
import type { RelPath } from '../../core/model/rel-path.ts';
import { isUnder } from '../../core/model/rel-path.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';
import type { FeedEvent, FeedEventType } from './feed-event.ts';

export interface FeedFilter {
  readonly project?: string | undefined;
  /** the directory of one workspace, where a project has several on the node */
  readonly root?: string | undefined;
  /** within the workspace */
  readonly path?: RelPath | undefined;
  readonly types?: readonly FeedEventType[] | undefined;
}

export const wantsWorkspace =
  ({ project, root }: FeedFilter) =>
  (spec: WorkspaceSpec): boolean =>
    (project === undefined || spec.project === project) && (root === undefined || spec.root === root);

/** @returns the event with the paths that are wanted; undefined when it has none */
export function selectEvent(event: FeedEvent, { path, types }: FeedFilter): FeedEvent | undefined {
  if (event.type === 'reset') return event;
  if (types && !types.includes(event.type)) return undefined;
  if (path === undefined) return event;
  const isWanted = (at: RelPath | undefined) => at !== undefined && (at === path || isUnder(at, path));
  if (event.type === 'held') {
    const paths = event.paths.filter((one) => isWanted(one.path));
    return paths.length > 0 ? { ...event, paths } : undefined;
  }
  // Of a move, either end counts.
  const paths = event.paths.filter((one) => isWanted(one.path) || isWanted(one.from));
  // What is not listed may be below the path too: then the reader has to look.
  if (paths.length === 0 && !event.more) return undefined;
  return { ...event, count: paths.length, paths };
}
