// Commits a batch of local changes: plans each path three ways, asks history about those that both sides changed, and
// records in the rows what the commit made true.
import { type CommitResult, commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import type { PathOp } from '../../core/commit/path-op.ts';
import { getEntry } from '../../core/manifest/get.ts';
import { unreachable } from '../../core/model/assert.ts';
import { isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { ancestorsOf, parentOf, type RelPath } from '../../core/model/rel-path.ts';
import { orderOps, planPath, sameVersion, type Version } from '../../core/sync/plan.ts';
import type { Fingerprint } from '../disk/fingerprint.ts';
import { leaveOut } from '../ignore/leave-out.ts';
import { readMarker, WorkspaceGoneError } from '../marker.ts';
import { type Site, toLocalEntry, toProjectEntry, toProjectPath } from '../site.ts';
import { type Copy, copyOf } from '../stamp.ts';
import { Tally } from '../subscribe/tally.ts';
import { look } from '../watch/look.ts';
import { type Contested, decideContested } from './contested.ts';
import { type Draft, record } from './draft.ts';
import { FirstMeetings, insisting } from './first-meetings.ts';
import { tellGivenWay } from './given-way.ts';
import { dropWithoutPlace } from './in-the-place.ts';

/** What is on disk at a path and differs from its base row. */
export interface LocalChange {
  readonly path: RelPath;
  readonly now: Version;
  readonly fingerprint: Fingerprint;
  /** I1: resolves when its bytes are in hot; absent: they are */
  readonly stored?: Promise<unknown>;
  /** milliseconds since 1970 */
  readonly since: number;
}

/** The project does not exist (any more); nothing is wrong with the workspace. */
export class ProjectMissingError extends Error {
  override name = 'ProjectMissingError';
  constructor(project: string) {
    super(
      `The project ${project} does not exist: create it (npx fs-sync project create ${project}), and the workspace goes on by itself.`,
    );
  }
}

export interface Committed {
  /** what is not committed, because the workspace only receives */
  readonly kept: readonly LocalChange[];
  /** paths whose base moved */
  readonly moved: readonly RelPath[];
  /** paths that have to be looked at again: what was committed for them took no effect, or changed what others are */
  readonly again: readonly RelPath[];
}

/** @param settled  gets the paths that need no commit as soon as their rows say so, whatever becomes of the others
 *  @param outdated  gets those of them that others deleted from the project: they are to go from disk too
 *  @param proven  what cold has proven of what a strict project's batch brings
 *  @throws StoreUnavailableError  repeating the batch without the settled paths is safe
 *  @throws WorkspaceGoneError, ProjectMissingError */
export async function commitChanges(
  site: Site,
  batch: readonly LocalChange[],
  settled: Set<RelPath>,
  outdated: Set<RelPath>,
  proven: ReadonlySet<Sha>,
): Promise<Committed> {
  // I9: what looks deleted may only be a directory that is not mounted.
  if (!site.isThere()) throw new WorkspaceGoneError(site.root, readMarker(site.disk, site.root));
  const { draft, contested } = planBatch(site, batch);
  for (const path of draft.settled) settled.add(path);
  if (contested.length > 0) {
    // An older one would judge by a history without what others just did.
    const head = await readCurrent(site.stores.index, site.project, { newest: true });
    if (!head) throw new ProjectMissingError(site.project);
    await decideContested(site, contested, draft, head.current.commit_sha);
    for (const path of draft.outdated) outdated.add(path);
  }
  for (const path of draft.settled) settled.add(path);
  dropWithoutPlace(site.state.rows, draft);
  // What an earlier try intended is decided by now.
  if (draft.ops.length === 0) {
    site.state.intents.clear();
    return { moved: draft.settled, again: draft.again, kept: [] };
  }
  if (site.mode === 'receive') return { moved: draft.settled, again: draft.again, kept: draft.changes };
  site.state.intents.set(draft.changes.flatMap(({ now, fingerprint }) => (now ? [{ entry: now, fingerprint }] : [])));
  const objects = Promise.all(draft.changes.map(({ stored }) => stored));
  // The commit may end before it asks for them.
  objects.catch(() => {});
  const result = await commit(site.commits, {
    project: site.project,
    ops: orderOps(draft.ops).map((op) => toProjectOp(site, op)),
    objects,
    proven,
    actor: { kind: 'node', id: site.node },
    ...(site.heard.at && { lastHeard: site.heard.at }),
    signal: site.signal,
  });
  if (result.kind === 'no-project' || result.kind === 'mismatch') throw new ProjectMissingError(site.project);
  site.heard.note(result.at);
  await dropIneffective(site, result, draft);
  recordCommitted(site, result, draft);
  const moved = [...draft.settled, ...draft.changes.map(({ path }) => path)];
  return { moved, again: draft.again, kept: [] };
}

/** A file and something below its path were found at different times: one of them is not there any more, and would take from
 *  the project what others put there. */
function impossibleTogether(batch: readonly LocalChange[]): ReadonlySet<RelPath> {
  const files = new Set(batch.flatMap(({ path, now }) => (now && isFile(now) ? [path] : [])));
  const found = new Set<RelPath>();
  for (const { path, now } of batch) {
    if (!now) continue;
    for (const above of ancestorsOf(path)) if (files.has(above)) found.add(above).add(path);
  }
  return found;
}

function planBatch(site: Site, batch: readonly LocalChange[]): { draft: Draft; contested: Contested[] } {
  const { state } = site;
  const draft: Draft = { ops: [], changes: [], settled: [], again: [], outdated: [] };
  const copy = copyOf(state);
  const time = site.stores.clock.now();
  const contested: Contested[] = [];
  const deleted = new Set(batch.flatMap(({ path, now }) => (now ? [] : [path])));
  const meetings = new FirstMeetings(state, deleted);
  const impossible = impossibleTogether(batch);
  state.transaction(() => {
    for (const found of batch) {
      const { path } = found;
      if (impossible.has(path)) {
        draft.again.push(path);
        continue;
      }
      const base = state.rows.at(path)?.entry;
      // A directory only looks empty when what the project has in it is left out here; a file that it replaced is gone.
      const looksEmpty = found.now && !isFile(found.now) && state.leftOut.hasBelow(path);
      const change = looksEmpty ? { ...found, now: undefined } : found;
      const { now } = change;
      // The rules may have come after the look.
      const known = found.now ?? base;
      if (known && site.ignores.ignores(path, !isFile(known))) {
        leaveOut(site, path);
        continue;
      }
      // A deletion that is no longer true: the path came back, or its row went with a file that became a directory.
      if (!now && (!base || !isGone(site, path, base))) continue;
      // A directory gets an entry when all that it held is gone from the project too; until then it has none.
      if (
        now &&
        !isFile(now) &&
        state.rows.hasUnder(path) &&
        state.rows.under(path).some(({ entry }) => !deleted.has(entry.path))
      ) {
        draft.again.push(path);
        continue;
      }
      const behind = state.behind.at(path);
      const step = planPath(path, base, { kind: 'changed', now }, behind ? behind.entry : base);
      switch (step.kind) {
        case 'commit': {
          const op = meetings.has(change) ? step.op : insisting(step.op);
          if (step.conflict || (copy && mayBeTheirs(copy, change, base, time)))
            contested.push({ change, op, base, remote: behind?.entry });
          else {
            draft.ops.push(op);
            draft.changes.push(change);
          }
          break;
        }
        case 'record':
          record(site, change);
          state.behind.drop(path);
          draft.settled.push(path);
          break;
        case 'adopt':
        case 'yield':
        case 'apply':
          // The base becomes what lies on disk; the project's version then replaces it like any other.
          record(site, change);
          draft.settled.push(path);
          break;
        case 'nothing':
        case 'wait':
          break;
        default:
          unreachable(step);
      }
    }
  });
  return { draft, contested };
}

/** A file of an old copy that the project has no more was deleted by others, unless it was made here; and so was one that was
 *  brought right before the agent was cut off. An empty directory is somebody's who emptied it. What is gone is
 *  gone by a person's hand: history cannot tell it from what others deleted, because this node may have deleted it before. */
function mayBeTheirs(copy: Copy, { now, fingerprint }: LocalChange, base: Version, time: number): boolean {
  return now !== undefined && !base && (isFile(now) || !copy.isCutOff) && copy.mayBeOld(fingerprint, time);
}

type Recorded = Extract<CommitResult, { kind: 'committed' | 'unchanged' }>;

/** An empty directory is not committed over files that others put into it meanwhile: then nothing is to be recorded. */
async function dropIneffective(site: Site, { at, gaveWay }: Recorded, draft: Draft): Promise<void> {
  const givenWay = new Set(gaveWay.map(({ entry }) => entry.path));
  for (let i = draft.ops.length - 1; i >= 0; i--) {
    const op = draft.ops[i];
    if (op?.kind !== 'put' || isFile(op.entry)) continue;
    const path = toProjectPath(site, op.entry.path);
    if (givenWay.has(path) || (await getEntry(site.stores.nodes, at.current.manifest_sha, path))) continue;
    draft.ops.splice(i, 1);
    draft.changes.splice(i, 1);
    draft.again.push(op.entry.path);
  }
}

function recordCommitted(site: Site, result: Recorded, draft: Draft): void {
  const { state } = site;
  const { ops, changes, again } = draft;
  const { at } = result;
  const from = state.base?.commitSha ?? null;
  const changed = new Tally();
  const gaveWay = new Map(result.gaveWay.map(({ entry, to }) => [entry.path, to && toLocalEntry(site, to)]));
  let merged = false;
  state.transaction(() => {
    const filesBefore = state.rows.totals.files;
    state.intents.clear();
    for (const [i, change] of changes.entries()) {
      const op = ops[i];
      const put = op?.kind === 'put' ? op.entry : undefined;
      const projectPath = toProjectPath(site, change.path);
      const isReplaced = gaveWay.has(projectPath);
      const entry = isReplaced ? gaveWay.get(projectPath) : put;
      if (!isReplaced) changed.add(state.rows.at(change.path)?.entry, change.now);
      if (change.now && !isReplaced) state.leftOut.answer(change.path);
      if (!change.now) state.leftOut.drop(change.path);
      record(site, change);
      // The directory that it left may be empty now, and then needs an entry of its own.
      const left = change.now ? undefined : firstThere(site, change.path);
      if (left !== undefined) again.push(left);
      // It came back while its deletion was committed: to look at the disk once more finds it.
      if (!change.now && !isGone(site, change.path, undefined)) again.push(change.path);
      // What is to take its place may lie above or below it.
      if (isReplaced) state.leftOut.drop(change.path);
      else if (change.now) state.behind.answer(change.path, at.revision);
      else state.behind.answerAt(change.path, at.revision);
      // A merge of two edits is not on disk as it was committed, nor is what a copy gave way to.
      if (!sameVersion(entry, change.now)) {
        state.behind.put({ path: change.path, entry, revision: at.revision, since: site.clock.now() });
        merged = true;
      }
    }
    // A directory may have got its entry while what it held was to go, and stayed.
    state.rows.dropAbove(ops.flatMap((op) => (op.kind === 'put' ? [op.entry.path] : [])));
    state.addOwnFiles(state.rows.totals.files - filesBefore);
    // What the policy wrote beside is not on disk yet: the way from project to disk finds it, from the old base.
    const isWhole = result.kind === 'committed' && result.besides.length === 0;
    if (result.kind === 'committed') {
      const { manifest_sha } = result.commit;
      const own = { commitSha: result.commitSha, manifestSha: manifest_sha, revision: at.revision };
      if (isWhole && result.onto === state.base?.commitSha) state.setBase(own);
      else state.setAhead(own);
    } else if (at.current.manifest_sha !== state.base?.manifestSha) {
      // Others made the same changes: the rows are as their commit left them.
      const { commit_sha, manifest_sha } = at.current;
      state.setAhead({ commitSha: commit_sha, manifestSha: manifest_sha, revision: at.revision });
    }
  });
  if (merged) site.announcer.merged(at, from);
  tellGivenWay(site, result.gaveWay);
  if (result.kind === 'committed') site.announcer.committed(result.commitSha, changed);
  site.log.debug({ project: site.project, ops: ops.length, commit: at.current.commit_sha }, 'committed');
}

/** The lowest directory above the path that is on disk. */
function firstThere({ disk, root }: Site, path: RelPath): RelPath | undefined {
  let dir = parentOf(path);
  while (dir !== undefined && look(disk, root, dir).kind === 'absent') dir = parentOf(dir);
  return dir;
}

/** Whether what the base has at the path is still gone from disk. */
function isGone({ disk, root }: Site, path: RelPath, base: Version): boolean {
  const found = look(disk, root, path);
  if (found.kind === 'absent') return true;
  // A directory in place of a file: the file is gone.
  return found.kind === 'directory' && base !== undefined && isFile(base);
}

function toProjectOp(site: Site, op: PathOp): PathOp {
  switch (op.kind) {
    case 'put':
      return { ...op, entry: toProjectEntry(site, op.entry) };
    case 'delete':
      return { ...op, path: toProjectPath(site, op.path) };
    case 'move':
      return { ...op, from: toProjectPath(site, op.from), to: toProjectPath(site, op.to) };
    default:
      return unreachable(op);
  }
}
