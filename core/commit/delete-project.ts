// Deletes a project with a grace time, and brings one back. `current` is what makes a project be there, so each of these
// first writes what a repetition needs, and moves `current` last: a crash in between leaves the project as it was.
import { assert } from '../model/assert.ts';
import { isoTime } from '../model/clock.ts';
import type { CurrentAt } from '../model/commit.ts';
import { type DeletedProject, deletedProjectSchema } from '../model/deleted-project.ts';
import { type ProjectName, parseProjectName } from '../model/ids.ts';
import { currentKey, deletedKey, policyKey } from '../model/index-keys.ts';
import type { KeyValue, KvEntry } from '../store/key-value.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { askAgain } from './ask-again.ts';
import { isInChain } from './chain.ts';
import type { CommitIo } from './commit.ts';
import { readCurrent } from './current.ts';
import { readPolicy } from './policy.ts';
import { startProject } from './start-project.ts';

/** How long a deleted project can be brought back: 30 days. */
export const DELETE_GRACE_MS = 30 * 24 * 3600 * 1000;

export type DeleteResult =
  | { readonly kind: 'deleted'; readonly purgeAfter: number }
  /** someone committed meanwhile; look again before you delete what you have not seen */
  | { readonly kind: 'moved'; readonly at: CurrentAt }
  | { readonly kind: 'no-project' };

/** @param seen  the `current` that the caller decided on
 *  @param renamedTo  the name under which it goes on
 *  @returns `deleted` also when an earlier try, or somebody else, has deleted what was seen */
export async function deleteProject(
  io: CommitIo,
  seen: CurrentAt,
  graceMs: number = DELETE_GRACE_MS,
  renamedTo?: ProjectName,
): Promise<DeleteResult> {
  const { project, current, revision } = seen;
  const [policy, now] = await Promise.all([io.index.get(policyKey(project)), readCurrent(io.index, project)]);
  if (now?.revision !== revision) return settle(io, seen, undefined);
  const deletedAt = io.clock.now();
  const record: DeletedProject = {
    current,
    policy: await readPolicy(io.index, project),
    deleted_at: isoTime(deletedAt),
    purge_after: isoTime(deletedAt + graceMs),
    ...(renamedTo !== undefined && { renamed_to: renamedTo }),
  };
  const key = deletedKey(project, current.commit_sha);
  const recorded = await io.index.put(key, Buffer.from(JSON.stringify(record)));
  try {
    if (!(await io.index.delete(currentKey(project), revision))) return settle(io, seen, recorded);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    const result = await askAgain(io.clock, () => settle(io, seen, recorded));
    if (result.kind !== 'moved' || result.at.revision !== revision) return result;
    return deleteProject(io, seen, graceMs, renamedTo);
  }
  // A project that gets the name next starts with policies of its own; `startProject` sees to that where this is not reached.
  if (policy) await io.index.delete(policyKey(project), policy.revision);
  return { kind: 'deleted', purgeAfter: deletedAt + graceMs };
}

/** What became of what was seen, when it is not known that this call deleted it.
 *  @param recorded  revision of the record that this call wrote */
async function settle(io: CommitIo, seen: CurrentAt, recorded: number | undefined): Promise<DeleteResult> {
  const { project, current } = seen;
  const key = deletedKey(project, current.commit_sha);
  const [record, now] = await Promise.all([io.index.get(key), readCurrent(io.index, project)]);
  if (!now && !record) return { kind: 'no-project' };
  if (record && !(now && (await isInChain(io.objects, now.current.commit_sha, current.commit_sha)))) {
    return { kind: 'deleted', purgeAfter: Date.parse(decodeDeleted(record).purge_after) };
  }
  assert(now, 'what is not deleted is there');
  // The record of a deletion that is not to be. While `current` is still what was seen, another's deletion may rely on it.
  const isNobodys = now.current.commit_sha !== current.commit_sha || record?.revision === recorded;
  if (record && isNobodys) await io.index.delete(key, record.revision);
  return { kind: 'moved', at: now };
}

export type UndeleteResult =
  | { readonly kind: 'restored'; readonly at: CurrentAt }
  /** a project of that name is there */
  | { readonly kind: 'exists' }
  | { readonly kind: 'not-deleted' };

/** Brings back the project that had the name last, of those that do not go on under another name. */
export async function undeleteProject(io: CommitIo, project: ProjectName): Promise<UndeleteResult> {
  const all = await deletionsOf(io.index, project);
  const newest = all.find(({ deleted }) => deleted.renamed_to === undefined) ?? all[0];
  if (!newest) return { kind: 'not-deleted' };
  const { current, policy } = newest.deleted;
  const { kind, at } = await startProject(io, project, current, policy);
  // An earlier try may have brought it back, and then it has only its record left to lose.
  if (kind === 'exists' && !(await isInChain(io.objects, at.current.commit_sha, current.commit_sha))) {
    return { kind: 'exists' };
  }
  await io.index.delete(deletedKey(project, current.commit_sha), newest.revision);
  return { kind: 'restored', at };
}

export interface ListedDeletion {
  readonly name: ProjectName;
  readonly deleted: DeletedProject;
  readonly revision: number;
}

/** Deleted projects in their grace time; a name that was used again and deleted again has several. */
export const listDeleted = (index: Pick<KeyValue, 'keys' | 'get'>): Promise<ListedDeletion[]> => listed(index, '*');

/** Those that had this name, the newest first. */
export async function deletionsOf(
  index: Pick<KeyValue, 'keys' | 'get'>,
  project: ProjectName,
): Promise<ListedDeletion[]> {
  const found = await listed(index, project);
  return found.sort((a, b) => (a.deleted.deleted_at < b.deleted.deleted_at ? 1 : -1));
}

async function listed(index: Pick<KeyValue, 'keys' | 'get'>, project: ProjectName | '*'): Promise<ListedDeletion[]> {
  const found: ListedDeletion[] = [];
  for await (const key of index.keys(`projects.${project}.deleted.*`)) {
    const entry = await index.get(key);
    if (!entry) continue;
    const name = parseProjectName(key.split('.')[1] ?? '');
    found.push({ name, deleted: decodeDeleted(entry), revision: entry.revision });
  }
  return found;
}

/** @throws z.ZodError, SyntaxError  it is none that this version understands */
export function decodeDeleted(entry: KvEntry): DeletedProject {
  return deletedProjectSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
}
