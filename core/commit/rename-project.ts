// Renames a project: the new name starts with a commit that follows the old name's last, so its history goes on, and the
// old name is deleted with the usual grace. Two names cannot be swapped in one step, so a rename that was cut off, or said
// again, is recognised by that commit and completed.
import { isoTime } from '../model/clock.ts';
import { type Actor, type Commit, type CurrentAt, encodeCommit } from '../model/commit.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { currentKey, policyKey } from '../model/index-keys.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { isInChain, walkChain } from './chain.ts';
import type { CommitIo } from './commit.ts';
import { encodeCurrent, readCurrent } from './current.ts';
import { DELETE_GRACE_MS, deleteProject } from './delete-project.ts';
import { carryMarks } from './marks.ts';
import { decodePolicy } from './policy.ts';
import { startProject } from './start-project.ts';

export type RenameResult =
  | { readonly kind: 'renamed'; readonly at: CurrentAt }
  /** another project has the name */
  | { readonly kind: 'exists' }
  | { readonly kind: 'no-project' };

/** How far back the commit of an earlier try is looked for. */
const LOOK_BACK = 1_000;

/** Commits that still come to the old name in between are taken along, unless the new name has moved on by itself. */
export async function renameProject(
  io: CommitIo,
  from: ProjectName,
  to: ProjectName,
  actor: Actor,
): Promise<RenameResult> {
  for (;;) {
    const [old, target] = await Promise.all([readCurrent(io.index, from), readCurrent(io.index, to)]);
    const next = await decide(io, old, target, from);
    switch (next.kind) {
      case 'done':
      case 'exists':
      case 'no-project':
        return next.kind === 'done' ? { kind: 'renamed', at: next.at } : next;
      case 'carry': {
        await carryOver(io, next.old, to, actor, target);
        break;
      }
      case 'delete-old': {
        await carryMarks(io.index, from, to);
        const deleted = await deleteProject(io, next.old, DELETE_GRACE_MS, to);
        if (deleted.kind !== 'moved') return { kind: 'renamed', at: next.at };
      }
    }
  }
}

type NextStep =
  | { readonly kind: 'carry'; readonly old: CurrentAt }
  | { readonly kind: 'delete-old'; readonly old: CurrentAt; readonly at: CurrentAt }
  | { readonly kind: 'done'; readonly at: CurrentAt }
  | { readonly kind: 'exists' }
  | { readonly kind: 'no-project' };

async function decide(
  io: CommitIo,
  old: CurrentAt | undefined,
  target: CurrentAt | undefined,
  from: ProjectName,
): Promise<NextStep> {
  if (!target) return old ? { kind: 'carry', old } : { kind: 'no-project' };
  const origin = await originOf(io, target, from);
  if (!origin) return { kind: 'exists' };
  if (!old) return { kind: 'done', at: target };
  if (origin.parent === old.current.commit_sha) return { kind: 'delete-old', old, at: target };
  const isAhead = await isInChain(io.objects, old.current.commit_sha, origin.parent);
  const isUntouched = origin.rename === target.current.commit_sha;
  return isAhead && isUntouched ? { kind: 'carry', old } : { kind: 'exists' };
}

/** The commit with which `target` took over from the name `from`, and the one it followed. */
async function originOf(
  io: CommitIo,
  target: CurrentAt,
  from: ProjectName,
): Promise<{ readonly rename: Sha; readonly parent: Sha } | undefined> {
  let newer: Sha | undefined;
  let looked = 0;
  for await (const { sha, commit } of walkChain(io.objects, target.current.commit_sha)) {
    if (commit.project !== target.project) {
      return newer && commit.project === from ? { rename: newer, parent: sha } : undefined;
    }
    newer = sha;
    if (++looked > LOOK_BACK) return undefined;
  }
  return undefined;
}

async function carryOver(
  io: CommitIo,
  old: CurrentAt,
  to: ProjectName,
  actor: Actor,
  target: CurrentAt | undefined,
): Promise<void> {
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
  if (!target) {
    const policy = await io.index.get(policyKey(old.project));
    await startProject(io, to, current, policy && decodePolicy(policy.value));
    return;
  }
  try {
    await io.index.compareAndSet(currentKey(to), encodeCurrent(current), target.revision);
  } catch (error) {
    // Who calls looks at what there is now, whatever the answer would have been.
    if (!(error instanceof StoreUnavailableError)) throw error;
  }
}
