// Changes of which it is not sure that they are edits, because the project has something else than the rows say, or because
// the directory is an older copy. Where what lies on disk is a version that the project had, it is no edit: the project wins.
import type { PathOp } from '../../core/commit/path-op.ts';
import { isFile } from '../../core/model/entry.ts';
import { parseSha, type Sha } from '../../core/model/ids.ts';
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';
import { sameVersion, type Version } from '../../core/sync/plan.ts';
import { findStale } from '../../core/sync/stale.ts';
import { leaveOut } from '../ignore/leave-out.ts';
import { type Site, toProjectPath } from '../site.ts';
import { copyOf } from '../stamp.ts';
import type { LocalChange } from './committer.ts';
import { type Draft, record } from './draft.ts';

export interface ContestedSite extends Pick<Site, 'prefix' | 'state' | 'lineage' | 'ignores' | 'problems' | 'clock'> {
  readonly stores: Pick<Site['stores'], 'objects' | 'nodes'>;
  readonly announcer: Pick<Site['announcer'], 'merged'>;
}

export interface Contested {
  readonly change: LocalChange;
  readonly op: PathOp;
  /** what the plan was made from */
  readonly base: Version;
  readonly remote: Version;
}

/** @param head  the commit that `current` names
 *  @param draft  gets what becomes of each
 *  @throws StoreUnavailableError; what the put of a file throws */
export async function decideContested(
  site: ContestedSite,
  contested: readonly Contested[],
  draft: Draft,
  head: Sha,
): Promise<void> {
  const { stores, state, lineage } = site;
  const found = new Map<RelPath, Version>();
  for (const { change } of contested) found.set(toProjectPath(site, change.path), change.now);
  const copy = copyOf(state);
  const base = recordsEndAt(site);
  const first = base === undefined && copy?.isCutOff ? joinedAt(site) : undefined;
  const asked = { head, base, ...(first && { first }), ...(copy?.commit && { copyOf: copy.commit }) };
  const stale = await findStale({ ...stores, lineage }, asked, found);
  // What gives way is in the project's history: its bytes are made sure to be in hot too.
  for (const { change } of contested) if (stale.has(toProjectPath(site, change.path))) await change.stored;
  state.transaction(() => {
    for (const { change, op, base, remote } of contested) {
      const { path } = change;
      // While history was asked, what came to disk may have changed the rows: then the answer is to another question.
      const isAsPlanned =
        sameVersion(state.rows.at(path)?.entry, base) && sameVersion(state.behind.at(path)?.entry, remote);
      const known = change.now ?? base;
      // The rules may have come while history was asked: what lies here says nothing of what the project has then.
      if (known && site.ignores.ignores(path, !isFile(known))) leaveOut(site, path);
      else if (!isAsPlanned) draft.again.push(path);
      else if (stale.has(toProjectPath(site, change.path))) {
        const isOutdated = change.now && !base && !remote;
        if (isOutdated) draft.outdated.push(path);
        if (isOutdated) recordOutdated(site, change);
        else record(site, change);
        draft.settled.push(path);
      } else {
        draft.ops.push(op);
        draft.changes.push(change);
      }
    }
  });
  if (draft.outdated.length === 0 || !state.base) return;
  const { commitSha, revision } = state.base;
  site.announcer.merged({ current: { commit_sha: commitSha }, revision }, commitSha);
}

/** What lies here is an older version of what the project has no more: its end is to come. */
function recordOutdated(site: ContestedSite, change: LocalChange): void {
  const { state, clock } = site;
  const { path } = change;
  // What the project has above it may be an empty directory, whose row cannot stay beside this one's.
  const above = ancestorsOf(path).flatMap((dir) => state.rows.at(dir)?.entry ?? []);
  record(site, change);
  // Without a base all is compared anew, and this is found again.
  if (!state.base) return;
  const { revision } = state.base;
  const note = (at: RelPath, entry: Version) => state.behind.put({ path: at, entry, revision, since: clock.now() });
  note(path, undefined);
  // What is to come there already is newer than the row.
  for (const entry of above) if (!state.behind.at(entry.path)) note(entry.path, entry);
}

/** The first commit that was to come here: what lay here before is nothing that this node brought. */
function joinedAt({ state }: ContestedSite): Sha | undefined {
  const joined = state.meta('joined');
  return joined === undefined ? undefined : parseSha(joined);
}

/** The last commit at which the rows were complete for sure; undefined: never. */
function recordsEndAt({ state }: ContestedSite): Sha | undefined {
  const settled = state.meta('settled');
  return settled === undefined ? undefined : parseSha(settled);
}
