// Disaster: NATS is empty, cold has everything. Brings every project back to its last restore point: commits and manifest
// nodes are copied to hot, each file's copy in cold is proven and recorded, and only then the project gets its `current`.
// Files stay in cold until somebody reads them, and are told so. Said again after a stop it goes on; a project that is there is left alone. One
// that was deleted comes back as deleted, with what is left of its grace.
import { walkChain } from '../commit/chain.ts';
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
import { mimeOf } from '../model/mime.ts';
import { projectOfRestorePoint, RESTORE_POINTS, type RestorePoint } from '../model/restore-point.ts';
import { readObject } from '../store/object-store.ts';
import { archivedEvent } from '../tier/archive-object.ts';
import { atOnce } from '../tier/at-once.ts';
import { evictedEvent } from '../tier/evict.ts';
import { changeRecord, coldOf } from '../tier/object-records.ts';
import { bringBackPins } from '../tier/pins.ts';
import { writeTier } from '../tier/project-tier.ts';
import { readRestorePoint } from '../tier/restore-points.ts';
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
    | { readonly kind: 'renamed' };
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

const AT_ONCE = 16;

/** @throws StoreUnavailableError, ObjectAbsentError, ObjectCorruptError  cold has no good copy of a node or commit */
export async function restoreIndex(io: TierIo, options: RestoreIndexOptions): Promise<readonly RestoredProject[]> {
  const points: RestorePoint[] = [];
  for await (const key of io.cold.listDocuments(RESTORE_POINTS)) {
    const project = projectOfRestorePoint(key);
    const point = project && (await readRestorePoint(io.cold, project));
    if (point && (options.project === undefined || options.project === project)) points.push(point);
  }
  // The newest first: what an older one's history goes on in is known by then.
  points.sort((a, b) => (a.current.ts < b.current.ts ? 1 : -1));
  const passed = new Set<Sha>();
  const restored: RestoredProject[] = [];
  for (const point of points) {
    const { project, current } = point;
    if (await readCurrent(io.index, project)) restored.push({ project, outcome: { kind: 'exists' } });
    else if (passed.has(current.commit_sha)) restored.push({ project, outcome: { kind: 'renamed' } });
    else restored.push({ project, outcome: await restoreProject(io, point, options) });
    for await (const { sha } of walkChain(io.cold, current.commit_sha)) passed.add(sha);
  }
  return restored;
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
    if (check.kind === 'proven') {
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
  await rememberAnnounced(io.index, project, { sha: head, ts: current.ts });
  await bringBackPins(io.index, project, point.pins ?? []);
  if (onlyInCold > 0) await writeTier(io.index, project, 'cold', io.clock.now());
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
