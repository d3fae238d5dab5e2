// Puts back into the project what this workspace deleted from it lately, because a person wants it back (I9): a commit like
// that of anybody else, which then comes to disk. What others made or deleted meanwhile stays as they left it.
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { deletedBy, MAX_FOLLOWED } from '../../core/history/deleted-by.ts';
import { protectObjects } from '../../core/history/protect-objects.ts';
import { diffTrees } from '../../core/manifest/diff.ts';
import type { Change } from '../../core/manifest/tree.ts';
import { unreachable } from '../../core/model/assert.ts';
import type { Actor, CurrentAt } from '../../core/model/commit.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';
import { type Site, toLocalEntry, toLocalPath } from '../site.ts';
import { ASKED_FOR } from '../state/behind-list.ts';
import { look } from '../watch/look.ts';
import { ProjectMissingError } from './committer.ts';
import { endNotRestored, noteNotRestored } from './not-restored.ts';

/** A lost race is tried again after up to so long, twice as long each time. */
const PAUSE_MS = 20;
const MAX_PAUSE_MS = 1_000;

/** Repeatable: what is back is not put back again. What cannot come back stays as a problem of the workspace.
 *  @param after  Commits before the deletions, the oldest first. Where `current` went back behind one, what followed that
 *  commit is in no history; what was deleted since the next one is.
 *  @throws StoreUnavailableError; ProjectMissingError; ObjectAbsentError, ObjectCorruptError  history cannot be read */
export async function putBack(site: Site, after: readonly Sha[]): Promise<void> {
  const { stores, commits, project, node, signal, clock } = site;
  endNotRestored(site);
  const actor: Actor = { kind: 'node', id: node };
  let at = await currentOf(site);
  const plan = await findLost(site, after, actor, at);
  for (let lostRaces = 0; plan.free.length > 0; lostRaces++) {
    signal.throwIfAborted();
    const ops = plan.free.map((entry) => ({ kind: 'put', entry, seen: 'absent' }) as const);
    const message = `Restore what was deleted on ${node} by accident: ${ops.length} paths`;
    // I4: onto nothing but what it was planned from, so that no newer version is replaced.
    const result = await commit(commits, { project, ops, actor, message, ifMatch: at.current.commit_sha, signal });
    if (result.kind === 'no-project') throw new ProjectMissingError(project);
    if (result.kind !== 'mismatch') {
      site.heard.note(result.at);
      break;
    }
    const pauseMs = Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** lostRaces) * (commits.random ?? Math.random)();
    await clock.sleep(pauseMs, signal);
    const now = await currentOf(site);
    // The objects are proven; only what others did meanwhile is looked at.
    await plan.giveWay(diffTrees(stores.nodes, at.current.manifest_sha, now.current.manifest_sha));
    at = now;
  }
  askFor(site, [...plan.free, ...plan.back]);
}

async function currentOf({ stores, project }: Site): Promise<CurrentAt> {
  const at = await readCurrent(stores.index, project, { newest: true });
  if (!at) throw new ProjectMissingError(project);
  return at;
}

/** What comes back: as the project had it, and where nobody put or deleted anything since. */
class PutBackPlan {
  constructor(
    public free: readonly Entry[],
    /** in the project again, perhaps by a try that was cut off before it was asked for */
    readonly back: readonly Entry[],
  ) {}

  async giveWay(changes: AsyncIterable<Change>): Promise<void> {
    const touched = new Set<RelPath>();
    const files = new Set<RelPath>();
    const above = new Set<RelPath>();
    for await (const change of changes) {
      const { path } = change.kind === 'removed' ? change.was : change.entry;
      touched.add(path);
      if (change.kind === 'removed') continue;
      if (isFile(change.entry)) files.add(path);
      for (const dir of ancestorsOf(path)) above.add(dir);
    }
    this.free = this.free.filter(
      ({ path }) => !touched.has(path) && !above.has(path) && !ancestorsOf(path).some((dir) => files.has(dir)),
    );
  }
}

async function findLost(
  site: Site,
  [after, ...later]: readonly Sha[],
  actor: Actor,
  at: CurrentAt,
): Promise<PutBackPlan> {
  if (after === undefined) return new PutBackPlan([], []);
  const { stores, commits, contents } = site;
  const asked = { after, actor };
  const deleted = await deletedBy(stores, { head: at.current.commit_sha, ...asked });
  switch (deleted.kind) {
    case 'not-before':
      notRestored(site, 'What went before this question is not found: the project went back to an older state.', asked);
      return findLost(site, later, actor, at);
    case 'too-long':
      notRestored(site, `What went before this question is more than ${MAX_FOLLOWED} commits ago.`, asked);
      return new PutBackPlan([], []);
    case 'found': {
      const own = deleted.gone.filter(({ path }) => isGoneHere(site, path));
      // Reading brings back what is only in cold; what no tier has any more stays away.
      const { put } = commits.objects;
      const missing = await protectObjects({ put, get: contents.get }, own);
      if (missing.size > 0) {
        const [first] = missing;
        const what = `${missing.size} files did not come back, ${first} among them: no tier has their bytes.`;
        notRestored(site, what, asked, [...missing]);
      }
      const free = own.filter(({ path }) => !missing.has(path));
      return new PutBackPlan(
        free,
        deleted.back.filter(({ path }) => isGoneHere(site, path)),
      );
    }
    default:
      return unreachable(deleted);
  }
}

/** @param missing  project paths; none: nobody knows which */
function notRestored(
  site: Site,
  what: string,
  { after }: { readonly after: Sha },
  missing: readonly RelPath[] = [],
): void {
  site.log.warn({ project: site.project, after }, what);
  const next = `Restore them from the project's history, to commit ${after.slice(0, 12)} or one before it, or from a copy.`;
  const here = missing.flatMap((path) => toLocalPath(site, path) ?? []);
  noteNotRestored(site, `${what} ${next}`, here);
}

/** What was made here anew, and not committed yet, is the newer one. */
function isGoneHere(site: Site, projectPath: RelPath): boolean {
  const path = toLocalPath(site, projectPath);
  return path !== undefined && look(site.disk, site.root, path).kind === 'absent';
}

/** To a workspace that only sends nothing comes unasked. */
function askFor(site: Site, entries: readonly Entry[]): void {
  const { state, clock, mode } = site;
  if (mode !== 'send') return;
  state.transaction(() => {
    for (const projectEntry of entries) {
      const entry = toLocalEntry(site, projectEntry);
      if (!entry || state.rows.at(entry.path)) continue;
      state.behind.put({ path: entry.path, entry, revision: ASKED_FOR, since: clock.now() });
    }
  });
}
