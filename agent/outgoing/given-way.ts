// Tells the people of a node which files that only it had gave way to the project's: they leave its disk, and only history
// has them from then on.
import type { GaveWay } from '../../core/commit/resolve-ops.ts';
import { isFile } from '../../core/model/entry.ts';
import { seenIn } from '../../core/sync/plan.ts';
import type { Site } from '../site.ts';

/** How many of them the log names. */
const TOLD_PATHS = 10;

export function tellGivenWay({ log, project }: Pick<Site, 'log' | 'project'>, gaveWay: readonly GaveWay[]): void {
  const lost = gaveWay.flatMap(({ entry, to }) => (isFile(entry) && seenIn(to) !== entry.sha ? [entry.path] : []));
  if (lost.length === 0) return;
  const files = lost.length === 1 ? '1 file that was' : `${lost.length} files that were`;
  const paths = lost.slice(0, TOLD_PATHS);
  log.warn(
    { project, paths },
    `${files} only here gave way to what the project has: restore from history what is wanted`,
  );
}
