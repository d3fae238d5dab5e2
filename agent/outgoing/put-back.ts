// Puts back into the project what this workspace deleted from it lately, because a person wants it back (I9): a commit like
// that of anybody else, which then comes to disk. What others made or deleted meanwhile stays as they left it.
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { deletedBy } from '../../core/history/deleted-by.ts';
import { protectObjects } from '../../core/history/protect-objects.ts';
import type { Actor, CurrentAt } from '../../core/model/commit.ts';
import type { Entry } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { type Site, toLocalEntry, toLocalPath } from '../site.ts';
import { ASKED_FOR } from '../state/behind-list.ts';
import { look } from '../watch/look.ts';
import { ProjectMissingError } from './committer.ts';

/** Repeatable: what is back is not put back again.
 *  @param after  a commit before the first of the deletions
 *  @throws StoreUnavailableError; ProjectMissingError; ObjectAbsentError, ObjectCorruptError  history cannot be read */
export async function putBack(site: Site, after: Sha): Promise<void> {
  const { stores, commits, project, node, signal } = site;
  const actor: Actor = { kind: 'node', id: node };
  for (;;) {
    signal.throwIfAborted();
    const at = await readCurrent(stores.index, project);
    if (!at) throw new ProjectMissingError(project);
    const entries = await findLost(site, { after, actor }, at);
    if (entries.length === 0) return;
    const ops = entries.map((entry) => ({ kind: 'put', entry, seen: 'absent' }) as const);
    const message = `Restore what was deleted on ${node} by accident: ${entries.length} paths`;
    // I4: onto nothing but what it was planned from, so that no newer version is replaced.
    const result = await commit(commits, { project, ops, actor, message, ifMatch: at.current.commit_sha, signal });
    if (result.kind === 'no-project') throw new ProjectMissingError(project);
    if (result.kind === 'mismatch') continue;
    site.heard.note(result.at);
    askFor(site, entries);
    return;
  }
}

/** As the project has them: what can come back. */
async function findLost(
  site: Site,
  asked: { readonly after: Sha; readonly actor: Actor },
  { current }: CurrentAt,
): Promise<Entry[]> {
  const { stores, commits, project, log } = site;
  const deleted = await deletedBy(stores, { head: current.commit_sha, ...asked });
  if (!deleted) {
    log.warn({ project, after: asked.after }, 'current went back: what was deleted before that is not put back');
    return [];
  }
  const own = deleted.filter(({ path }) => isGoneHere(site, path));
  const missing = await protectObjects(commits.objects, own);
  if (missing.size > 0) {
    log.warn({ project, paths: [...missing].slice(0, 10) }, `${missing.size} files have no bytes in hot any more`);
  }
  return own.filter(({ path }) => !missing.has(path));
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
