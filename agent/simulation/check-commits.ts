// What has to hold for every commit of a history: its bytes can be read, none that was current is missing, what it deletes
// somebody took away, also when a person is to be asked first, and what lost a conflict is beside the winner by that policy.
import { diffTrees } from '../../core/manifest/diff.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import type { Commit } from '../../core/model/commit.ts';
import { UNASKED } from '../../core/model/delete-threshold.ts';
import { type Entry, type FileEntry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { readObject } from '../../core/store/object-store.ts';
import { HistoryError } from './history-error.ts';
import type { SimNode } from './sim-node.ts';
import { localPath } from './tree.ts';
import type { World } from './world.ts';

export interface Link {
  readonly sha: Sha;
  readonly commit: Commit;
}

/** @param commits  the newest first
 *  @returns all content that can be read from history
 *  @throws HistoryError */
export async function checkCommits(world: World, commits: readonly Link[]): Promise<ReadonlySet<Sha>> {
  const readable = new Set<Sha>();
  for (const link of commits) await checkContent(world, link, readable);
  const chain = new Set(commits.map(({ sha }) => sha));
  for (const head of world.heads) {
    if (!chain.has(head))
      throw new HistoryError('lost commit', `commit ${head.slice(0, 8)} was current and is not in history`);
  }
  const mostFiles = Math.max(...commits.map(({ commit }) => commit.files));
  for (const [i, link] of commits.entries()) {
    const before = commits[i + 1];
    const node = world.nodes.find(({ name }) => name === link.commit.actor.id);
    if (!before || !node) continue;
    const allowedAt = commits.findIndex(({ sha }) => sha === node.allowedAt);
    const isAllowed = node.allowedAt !== undefined && (allowedAt < 0 || i < allowedAt);
    await checkDeletions(world, node, link, before, isAllowed ? Number.POSITIVE_INFINITY : mostFiles);
  }
  return readable;
}

async function checkContent({ io, objects, plan }: World, { sha, commit }: Link, readable: Set<Sha>): Promise<void> {
  const here = new Set<Sha>();
  for await (const entry of walkTree(io.nodes, commit.manifest_sha)) {
    if (!isFile(entry)) continue;
    here.add(entry.sha);
    if (readable.has(entry.sha)) continue;
    await readObject(objects, entry.sha).catch((cause: unknown) => {
      throw new HistoryError('lost', `${entry.path} of commit ${sha.slice(0, 8)} cannot be read`, { cause });
    });
    readable.add(entry.sha);
  }
  if (!plan.ways.keepsBoth) return;
  for (const { path, lost } of commit.conflicts ?? []) {
    if (lost === null || here.has(lost)) continue;
    throw new HistoryError('not kept', `what lost at ${path} in ${sha.slice(0, 8)} is not beside the winner`);
  }
}

/** I9: a node commits as deleted only what somebody there removed, and asks before it is much.
 *  @param held  what that is measured by: the most files that there ever were, or no limit where a person allowed it */
async function checkDeletions(
  world: World,
  node: SimNode,
  { sha, commit }: Link,
  before: Link,
  held: number,
): Promise<void> {
  const put: Entry[] = [];
  let added = 0;
  const updated: FileEntry[] = [];
  const removed: FileEntry[] = [];
  for await (const change of diffTrees(world.io.nodes, before.commit.manifest_sha, commit.manifest_sha)) {
    if (change.kind === 'added' && isFile(change.entry)) added++;
    if (change.kind === 'updated' && isFile(change.entry)) updated.push(change.entry);
    if (change.kind !== 'removed') put.push(change.entry);
    else if (isFile(change.was)) removed.push(change.was);
  }
  const madeRoom = ({ path }: FileEntry) =>
    put.some((at) => at.path.startsWith(`${path}/`) || path.startsWith(`${at.path}/`));
  const gone = removed.filter((file) => !madeRoom(file));
  for (const { path } of gone) {
    const local = localPath(node, path);
    const isTheirs = local !== undefined && node.books.removed.has(local);
    if (isTheirs || world.forgottenDeletions.has(path)) continue;
    throw new HistoryError(
      'deleted',
      `${node.name} deleted ${path} in ${sha.slice(0, 8)}, and nobody there removed it`,
    );
  }
  // What came stands for what went, whatever its name and its bytes are by now; so does what moved over another file.
  const movedOver = updated.filter((entry) => gone.some((file) => file.sha === entry.sha));
  const lost = gone.length - added - movedOver.length;
  const { threshold } = world.plan.ways;
  if (threshold === UNASKED) return;
  const { files, share } = threshold;
  if (lost <= files || lost <= share * held) return;
  throw new HistoryError(
    'not asked',
    `${node.name} deleted ${lost} files in ${sha.slice(0, 8)}, and nobody allowed it`,
  );
}
