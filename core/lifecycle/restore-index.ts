// Disaster: NATS is empty, cold has everything. Brings every project back to its last restore point: commits and manifest
// nodes are copied to hot, each file's copy in cold is proven and recorded, and only then the project gets its `current`.
// Files stay in cold until somebody reads them, and are told so. Said again after a stop it goes on; a project that is there is left alone. One
// that was deleted comes back as deleted, with what is left of its grace.
import { isInChain, walkChain } from '../commit/chain.ts';
import { readCurrent } from '../commit/current.ts';
import { listDeleted } from '../commit/delete-project.ts';
import { listProjects } from '../commit/project.ts';
import { startProject } from '../commit/start-project.ts';
import { rememberAnnounced } from '../event/announce.ts';
import { walkNodes, walkTree } from '../manifest/walk.ts';
import { isoTime } from '../model/clock.ts';
import type { DeletedProject } from '../model/deleted-project.ts';
import { isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { deletedKey } from '../model/index-keys.ts';
import { messageOf } from '../model/message-of.ts';
import { mimeOf } from '../model/mime.ts';
import {
  projectOfFormerPoint,
  projectOfRestorePoint,
  RESTORE_POINTS,
  type RestorePoint,
} from '../model/restore-point.ts';
import { readObject } from '../store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../store/store-errors.ts';
import { archivedEvent } from '../tier/archive-object.ts';
import { atOnce } from '../tier/at-once.ts';
import { evictedEvent } from '../tier/evict.ts';
import { changeRecord, coldOf, readRecord } from '../tier/object-records.ts';
import { bringBackPins } from '../tier/pins.ts';
import { writeTier } from '../tier/project-tier.ts';
import { readPointAt } from '../tier/read-restore-point.ts';
import type { TierIo } from '../tier/tier-io.ts';

export interface RestoredProject {
  readonly project: ProjectName;
  readonly outcome:
    | { readonly kind: 'restored'; readonly point: RestorePoint; readonly unproven: readonly UnprovenFile[] }
    /** it can be brought back until its grace ends */
    | { readonly kind: 'deleted'; readonly point: RestorePoint; readonly unproven: readonly UnprovenFile[] }
    /** it is in the index */
    | { readonly kind: 'exists' }
    /** another project's history goes on from it: it was renamed */
    | { readonly kind: 'renamed' }
    /** it is not back; the others are not kept waiting by it */
    | { readonly kind: 'failed'; readonly reason: string };
}

export interface UnprovenFile {
  readonly path: string;
  readonly sha: Sha;
  readonly reason: string;
}

export interface RestoreIndexOptions {
  readonly signal: AbortSignal;
  /** default: all that have a restore point */
  readonly project?: ProjectName;
  readonly onProgress?: (project: ProjectName, files: number) => void;
}

/** All of it is small: nodes and commits, and questions about objects. */
const AT_ONCE = 64;

const movedAt = ({ current }: RestorePoint): number => Date.parse(current.ts);

/** What is wrong with one project is that project's outcome. Said again, it brings back what failed.
 *  @throws StoreUnavailableError  cold cannot say which restore points there are; the signal's reason */
export async function restoreIndex(io: TierIo, options: RestoreIndexOptions): Promise<readonly RestoredProject[]> {
  const { signal } = options;
  const restored: RestoredProject[] = [];
  const points: RestorePoint[] = [];
  const each = async (project: ProjectName, work: () => Promise<RestoredProject['outcome'] | undefined>) => {
    try {
      const outcome = await work();
      if (outcome) restored.push({ project, outcome });
    } catch (error) {
      signal.throwIfAborted();
      restored.push({ project, outcome: { kind: 'failed', reason: messageOf(error) } });
    }
  };
  for await (const key of io.cold.listDocuments(RESTORE_POINTS)) {
    const project = projectOfRestorePoint(key) ?? projectOfFormerPoint(key);
    if (!project || (options.project ?? project) !== project) continue;
    await each(project, async () => {
      const point = await readPointAt(io.cold, key, project);
      if (point) points.push(point);
      return undefined;
    });
  }
  // The newest first: what an older one's history goes on in is known by then. A deleted one has no right to its name.
  points.sort((a, b) => Number(b.deleted === undefined) - Number(a.deleted === undefined) || movedAt(b) - movedAt(a));
  const passed = new Set<Sha>();
  for (const point of points) await each(point.project, () => outcomeOf(io, point, passed, options));
  return restored;
}

/** @param passed  commits of projects that are back, or were there; this one's are added */
async function outcomeOf(
  io: TierIo,
  point: RestorePoint,
  passed: Set<Sha>,
  options: RestoreIndexOptions,
): Promise<RestoredProject['outcome']> {
  const { current } = point;
  const isThere = await isInIndex(io, point);
  if (!isThere && passed.has(current.commit_sha)) return { kind: 'renamed' };
  const outcome: RestoredProject['outcome'] = isThere ? { kind: 'exists' } : await restoreProject(io, point, options);
  try {
    for await (const { sha } of walkChain(io.cold, current.commit_sha)) passed.add(sha);
  } catch (error) {
    // What cold has lost of one that is there is mended by a reconcile; nothing has to come back for it.
    if (!(error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) throw error;
  }
  return outcome;
}

/** A deleted one needs no free name: only to be brought back among the others. */
async function isInIndex({ index, hot }: TierIo, { project, current, deleted }: RestorePoint): Promise<boolean> {
  const at = await readCurrent(index, project);
  if (!deleted) return at !== undefined;
  if (await index.get(deletedKey(project, current.commit_sha))) return true;
  return at !== undefined && (await isInChain(hot, at.current.commit_sha, current.commit_sha));
}

/** Projects that NATS knows, deleted ones in their grace too: where there is none, it is empty. */
export async function projectsOf(index: TierIo['index']): Promise<readonly ProjectName[]> {
  return [...(await listProjects(index)), ...(await listDeleted(index)).map(({ name }) => name)];
}

export async function hasRestorePoints(cold: Pick<TierIo['cold'], 'listDocuments'>): Promise<boolean> {
  for await (const key of cold.listDocuments(RESTORE_POINTS)) if (projectOfRestorePoint(key)) return true;
  return false;
}

async function restoreProject(
  io: TierIo,
  point: RestorePoint,
  { signal, onProgress }: RestoreIndexOptions,
): Promise<RestoredProject['outcome']> {
  const { project, current, policy } = point;
  const { manifest_sha: root, commit_sha: head } = current;
  const fromCold = { getNode: (sha: Sha) => readObject(io.cold, sha) };
  const copy = async (sha: Sha) => {
    const bytes = await readObject(io.cold, sha);
    await io.hot.put(sha, bytes.length, bytes, { signal });
  };
  await atOnce(walkNodes(fromCold, root), AT_ONCE, signal, copy);
  await atOnce(commitsOf(io, head), AT_ONCE, signal, copy);

  const unproven: UnprovenFile[] = [];
  let files = 0;
  let onlyInCold = 0;
  const since = isoTime(io.clock.now());
  await atOnce(walkTree(fromCold, root), AT_ONCE, signal, async (entry) => {
    if (!isFile(entry)) return;
    const { path, sha, size } = entry;
    const check = await io.cold.check(sha, { sizeBytes: size });
    // Another project may have it, and then a repair may have read the copy: no HEAD vouches for it again (I3).
    if ((await readRecord(io.index, sha))?.cold_damaged !== undefined) {
      unproven.push({ path, sha, reason: 'what cold has was read, and is damaged' });
    } else if (check.kind === 'proven') {
      const inHot = (await io.hot.stat(sha)).kind === 'present';
      const record = await changeRecord(io.index, sha, (was) => ({
        ...(was ?? { size, mime: mimeOf(path), created: since }),
        cold: { ...coldOf(check.proof), ...(check.proof.checksumMatched ? {} : { unread: true as const }) },
        ...(inHot ? {} : { evicted: { since, told: true } }),
      }));
      // Pages know from the events what is where, and the events of before are lost.
      const archived = record && archivedEvent(io, project, sha, record);
      const events = archived ? [archived] : [];
      await io.events.publish(inHot ? events : [...events, evictedEvent(io, project, sha, { size, since })]);
      if (!inHot) onlyInCold += 1;
    } else {
      const reason = check.kind === 'absent' ? 'cold does not have it' : `what cold has is not it: ${check.detail}`;
      unproven.push({ path, sha, reason });
    }
    files += 1;
    onProgress?.(project, files);
  });
  // Its history was told once. Told again, it would call hot what is only in cold, and have archived what is no more.
  // Where another project has the name by now, these are its own.
  if (!(await readCurrent(io.index, project))) {
    await rememberAnnounced(io.index, project, { sha: head, ts: current.ts });
    await bringBackPins(io.index, project, point.pins ?? []);
    if (onlyInCold > 0) await writeTier(io.index, project, 'cold', io.clock.now());
  }
  if (point.deleted) {
    const record: DeletedProject = { current, policy, ...point.deleted };
    await io.index.compareAndSet(deletedKey(project, head), Buffer.from(JSON.stringify(record)), 0);
    return { kind: 'deleted', point, unproven };
  }
  const started = await startProject({ ...io, objects: io.hot }, project, current, policy);
  return started.kind === 'exists' ? { kind: 'exists' } : { kind: 'restored', point, unproven };
}

async function* commitsOf({ cold }: TierIo, head: Sha): AsyncIterable<Sha> {
  for await (const { sha } of walkChain(cold, head)) yield sha;
}
