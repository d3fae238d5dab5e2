// Which conflicts a commit lists. Each file that lost is one of its own, also where a whole directory had to make way for a
// file, or gave way to one: a directory that holds files has no entry, and whoever follows a path, restores it or looks for
// it in history goes by that path. A commit stays small all the same, and no directory hides the conflict beside it.
import { type Commit, MAX_LISTED_CONFLICTS } from '../model/commit.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { Beside } from './keep-both.ts';
import type { ReplacedUnseen } from './resolve-ops.ts';

/** Lists as many as may be, in their order, and says how many it does not list. */
export function listedConflicts(
  conflicts: readonly ReplacedUnseen[],
  besides: readonly Beside[],
): Pick<Commit, 'conflicts' | 'unlisted_conflicts'> {
  if (conflicts.length === 0) return {};
  const kept = new Map(besides.map(({ of, op }) => [of, op.entry.path]));
  const unlisted = conflicts.length - MAX_LISTED_CONFLICTS;
  return {
    conflicts: (unlisted > 0 ? chosen(conflicts) : conflicts).map((conflict) => {
      const { path, won, lost } = conflict;
      const keptAt = kept.get(conflict);
      return { path, won, lost, ...(keptAt !== undefined && { kept: keptAt }) };
    }),
    ...(unlisted > 0 && { unlisted_conflicts: unlisted }),
  };
}

/** Where not all have room, the first of each place that something won comes before what else was lost to the same. */
function chosen(conflicts: readonly ReplacedUnseen[]): readonly ReplacedUnseen[] {
  const firsts = new Map<RelPath, ReplacedUnseen>();
  for (const conflict of conflicts) if (!firsts.has(conflict.beside)) firsts.set(conflict.beside, conflict);
  const listed = new Set([...firsts.values()].slice(0, MAX_LISTED_CONFLICTS));
  for (const conflict of conflicts) {
    if (listed.size === MAX_LISTED_CONFLICTS) break;
    listed.add(conflict);
  }
  return conflicts.filter((conflict) => listed.has(conflict));
}
