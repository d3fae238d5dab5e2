// Deletes a project with a grace time, and brings one back. `current` is what makes a project be there, so each of these
// first writes what a repetition needs, and moves `current` last: a crash in between leaves the project as it was.
import { isoTime } from '../model/clock.ts';
import type { CurrentAt } from '../model/commit.ts';
import { type DeletedProject, deletedProjectSchema } from '../model/deleted-project.ts';
import { type ProjectName, parseProjectName } from '../model/ids.ts';
import { currentKey, deletedKey, policyKey } from '../model/index-keys.ts';
import type { KeyValue, KvEntry } from '../store/key-value.ts';
import type { CommitIo } from './commit.ts';
import { encodeCurrent, readCurrent } from './current.ts';
import { readPolicy } from './policy.ts';

/** How long a deleted project can be brought back: 30 days. */
export const DELETE_GRACE_MS = 30 * 24 * 3600 * 1000;

export type DeleteResult =
  | { readonly kind: 'deleted'; readonly purgeAfter: number }
  /** someone committed meanwhile; look again before you delete what you have not seen */
  | { readonly kind: 'moved'; readonly at: CurrentAt }
  | { readonly kind: 'no-project' };

/** @param seen  the `current` that the caller decided on */
export async function deleteProject(
  io: CommitIo,
  seen: CurrentAt,
  graceMs: number = DELETE_GRACE_MS,
): Promise<DeleteResult> {
  const { project, current, revision } = seen;
  const now = io.clock.now();
  const record: DeletedProject = {
    current,
    policy: await readPolicy(io.index, project),
    deleted_at: isoTime(now),
    purge_after: isoTime(now + graceMs),
  };
  const key = deletedKey(project, current.commit_sha);
  await io.index.put(key, Buffer.from(JSON.stringify(record)));
  if (await io.index.delete(currentKey(project), revision)) {
    // A project that gets the name next starts with policies of its own.
    await io.index.delete(policyKey(project));
    return { kind: 'deleted', purgeAfter: now + graceMs };
  }
  await io.index.delete(key);
  const at = await readCurrent(io.index, project);
  return at ? { kind: 'moved', at } : { kind: 'no-project' };
}

export type UndeleteResult =
  | { readonly kind: 'restored'; readonly at: CurrentAt }
  /** a project of that name is there */
  | { readonly kind: 'exists' }
  | { readonly kind: 'not-deleted' };

/** Brings back the project that had the name last. */
export async function undeleteProject(io: CommitIo, project: ProjectName): Promise<UndeleteResult> {
  const records = (await listDeleted(io.index)).filter(({ name }) => name === project);
  const [newest] = records.sort((a, b) => (a.deleted.deleted_at < b.deleted.deleted_at ? 1 : -1));
  if (!newest) return { kind: 'not-deleted' };
  const { current, policy } = newest.deleted;
  const outcome = await io.index.compareAndSet(currentKey(project), encodeCurrent(current), 0);
  if (outcome.kind === 'moved') return { kind: 'exists' };
  await io.index.put(policyKey(project), Buffer.from(JSON.stringify(policy)));
  await io.index.delete(deletedKey(project, current.commit_sha));
  return { kind: 'restored', at: { project, current, revision: outcome.revision } };
}

export interface ListedDeletion {
  readonly name: ProjectName;
  readonly deleted: DeletedProject;
  readonly revision: number;
}

/** Deleted projects in their grace time; a name that was used again and deleted again has several. */
export async function listDeleted(index: Pick<KeyValue, 'keys' | 'get'>): Promise<ListedDeletion[]> {
  const found: ListedDeletion[] = [];
  for await (const key of index.keys('projects.*.deleted.*')) {
    const entry = await index.get(key);
    if (!entry) continue;
    const name = parseProjectName(key.split('.')[1] ?? '');
    found.push({ name, deleted: decodeDeleted(entry), revision: entry.revision });
  }
  return found;
}

/** Ends the grace time of those that are due; their objects are then sweep's. */
export async function purgeDeleted(io: Pick<CommitIo, 'index' | 'clock'>): Promise<ProjectName[]> {
  const purged: ProjectName[] = [];
  for (const { name, deleted, revision } of await listDeleted(io.index)) {
    if (Date.parse(deleted.purge_after) > io.clock.now()) continue;
    if (await io.index.delete(deletedKey(name, deleted.current.commit_sha), revision)) purged.push(name);
  }
  return purged;
}

function decodeDeleted(entry: KvEntry): DeletedProject {
  return deletedProjectSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
}
