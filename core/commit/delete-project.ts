// Deletes a project with a grace time, brings one back, and renames one. `current` is what makes a project be there, so each
// of these first writes what a repetition needs, and moves `current` last: a crash in between leaves the project as it was.
import { isoTime } from '../model/clock.ts';
import { type Actor, type Commit, type CurrentAt, encodeCommit } from '../model/commit.ts';
import { type DeletedProject, deletedProjectSchema } from '../model/deleted-project.ts';
import { type ProjectName, parseProjectName } from '../model/ids.ts';
import type { KeyValue, KvEntry } from '../store/key-value.ts';
import { currentKey, deletedKey, policyKey } from '../store/nats-names.ts';
import { readCommit } from './chain.ts';
import type { CommitIo } from './commit.ts';
import { encodeCurrent, readCurrent } from './current.ts';

/** How long a deleted project can be brought back: 30 days. */
export const DELETE_GRACE_MS = 30 * 24 * 3600 * 1000;

export type DeleteResult =
  | { readonly kind: 'deleted'; readonly purgeAfter: number }
  /** someone committed meanwhile; look again before you delete what you have not seen */
  | { readonly kind: 'moved'; readonly at: CurrentAt }
  | { readonly kind: 'no-project' };

/** @param seen  the `current` that the caller decided on */
export async function deleteProject(io: CommitIo, seen: CurrentAt, graceMs = DELETE_GRACE_MS): Promise<DeleteResult> {
  const now = io.clock.now();
  const record: DeletedProject = {
    current: seen.current,
    deleted_at: isoTime(now),
    purge_after: isoTime(now + graceMs),
  };
  await io.index.put(deletedKey(seen.project), Buffer.from(JSON.stringify(record)));
  if (await io.index.delete(currentKey(seen.project), seen.revision))
    return { kind: 'deleted', purgeAfter: now + graceMs };
  const at = await readCurrent(io.index, seen.project);
  return at ? { kind: 'moved', at } : { kind: 'no-project' };
}

export type UndeleteResult =
  | { readonly kind: 'restored'; readonly at: CurrentAt }
  /** a project of that name is there */
  | { readonly kind: 'exists' }
  | { readonly kind: 'not-deleted' };

export async function undeleteProject(io: CommitIo, project: ProjectName): Promise<UndeleteResult> {
  const entry = await io.index.get(deletedKey(project));
  if (!entry) return { kind: 'not-deleted' };
  const { current } = decodeDeleted(entry);
  const outcome = await io.index.compareAndSet(currentKey(project), encodeCurrent(current), 0);
  if (outcome.kind === 'moved') return { kind: 'exists' };
  await io.index.delete(deletedKey(project));
  return { kind: 'restored', at: { project, current, revision: outcome.revision } };
}

/** Deleted projects that can still be brought back: those without a `current`. */
export async function listDeleted(index: KeyValue): Promise<{ name: ProjectName; deleted: DeletedProject }[]> {
  const found: { name: ProjectName; deleted: DeletedProject }[] = [];
  for await (const key of index.keys('projects.*.deleted')) {
    const name = parseProjectName(key.split('.')[1] ?? '');
    const [entry, at] = await Promise.all([index.get(key), readCurrent(index, name)]);
    if (entry && !at) found.push({ name, deleted: decodeDeleted(entry) });
  }
  return found;
}

/** Ends the grace time of those that are due; their objects are then sweep's. */
export async function purgeDeleted(io: CommitIo): Promise<ProjectName[]> {
  const purged: ProjectName[] = [];
  for (const { name, deleted } of await listDeleted(io.index)) {
    if (Date.parse(deleted.purge_after) > io.clock.now()) continue;
    await io.index.delete(policyKey(name));
    await io.index.delete(deletedKey(name));
    purged.push(name);
  }
  return purged;
}

export type RenameResult =
  | { readonly kind: 'renamed'; readonly at: CurrentAt }
  | { readonly kind: 'exists' }
  | { readonly kind: 'no-project' };

/** The new name starts with a commit that follows the old name's last: its history goes on. The old name is deleted with
 *  the usual grace. Commits that still come to the old name in between are taken along by trying again. */
export async function renameProject(
  io: CommitIo,
  from: ProjectName,
  to: ProjectName,
  actor: Actor,
): Promise<RenameResult> {
  for (;;) {
    const old = await readCurrent(io.index, from);
    const target = await readCurrent(io.index, to);
    if (target && !(old && (await isRenameOf(io, target, from)))) return { kind: 'exists' };
    if (!old) return { kind: 'no-project' };
    const at = await carryOver(io, old, to, actor, target);
    if (!at) continue;
    const policy = await io.index.get(policyKey(from));
    if (policy) await io.index.put(policyKey(to), policy.value);
    const deleted = await deleteProject(io, old);
    if (deleted.kind !== 'moved') return { kind: 'renamed', at };
  }
}

async function carryOver(
  io: CommitIo,
  old: CurrentAt,
  to: ProjectName,
  actor: Actor,
  target: CurrentAt | undefined,
): Promise<CurrentAt | undefined> {
  const next: Commit = {
    v: 1,
    project: to,
    manifest_sha: old.current.manifest_sha,
    parents: [old.current.commit_sha],
    actor,
    ts: isoTime(io.clock.now()),
    counts: { added: 0, updated: 0, deleted: 0, moved: 0 },
    files: old.current.files,
    bytes: old.current.bytes,
    message: `Rename ${old.project} to ${to}`,
  };
  const { sha, bytes } = encodeCommit(next);
  await io.objects.put(sha, bytes.length, bytes);
  const current = { ...old.current, commit_sha: sha, ts: next.ts };
  const outcome = await io.index.compareAndSet(currentKey(to), encodeCurrent(current), target?.revision ?? 0);
  return outcome.kind === 'set' ? { project: to, current, revision: outcome.revision } : undefined;
}

/** True when `target` is what an interrupted rename from `from` left, and nobody has built on it. */
async function isRenameOf(io: CommitIo, target: CurrentAt, from: ProjectName): Promise<boolean> {
  const head = await readCommit(io.objects, target.current.commit_sha);
  const parent = head.parents[0];
  return parent !== undefined && (await readCommit(io.objects, parent)).project === from;
}

function decodeDeleted(entry: KvEntry): DeletedProject {
  return deletedProjectSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
}
