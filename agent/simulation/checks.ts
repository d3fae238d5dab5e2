// What has to hold when a history is over: everybody is in sync with the same tree, and nothing that anybody finished
// writing, or that was ever committed, is gone.
import { walkChain } from '../../core/commit/chain.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { diffTrees } from '../../core/manifest/diff.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import type { Commit } from '../../core/model/commit.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { readObject } from '../../core/store/object-store.ts';
import { OWN_FOLDER } from '../disk/disk-path.ts';
import { EMPTY, filesOf } from './books.ts';
import { PROJECT, ROOT, type SimNode } from './sim-node.ts';
import { HistoryError, type World } from './world.ts';

const LIMIT_MS = 3 * 60_000;

/** Until a look at all directories finds nothing new any more.
 *  @throws HistoryError */
export async function converge(world: World): Promise<void> {
  for (let head: string | undefined; head === undefined || head !== world.head; ) {
    await untilInSync(world);
    head = world.head;
    await rescanAll(world);
    await untilInSync(world);
  }
}

/** What no hint told of, a full look finds. */
async function rescanAll(world: World): Promise<void> {
  let looked = false;
  void Promise.all(world.nodes.map((node) => node.rescan())).then(() => {
    looked = true;
  });
  for (let waitedMs = 0; !looked; waitedMs += 100) {
    if (waitedMs > LIMIT_MS) throw new HistoryError('stuck', 'a look at the whole directory never ends');
    await world.run(100);
  }
}

async function untilInSync(world: World): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 200) {
    await world.run(200);
    const statuses = world.nodes.map(({ status }) => status);
    if (statuses.every((status) => status?.state === 'in-sync' && status.base === world.head)) return;
    if (waitedMs > LIMIT_MS) {
      const told = world.nodes.map(({ name, status }) => `${name}: ${JSON.stringify(status)}`);
      throw new HistoryError('stuck', `not in sync after ${LIMIT_MS} ms; current is ${world.head}\n${told.join('\n')}`);
    }
  }
}

/** @throws HistoryError */
export async function check(world: World): Promise<void> {
  const { nodes, objects, io } = world;
  const current = await readCurrent(io.index, PROJECT);
  if (!current) throw new HistoryError('lost', 'the project is gone');
  const tree = new Map<string, string>();
  for await (const entry of walkTree(io.nodes, current.current.manifest_sha)) tree.set(entry.path, shown(entry));
  for (const node of nodes) {
    same(`the disk of ${node.name} and the project`, treeOf(node), tree);
    checkOwnThings(node);
  }

  const readable = new Set<Sha>();
  const commits: { sha: Sha; commit: Commit }[] = [];
  for await (const link of walkChain(objects, current.current.commit_sha)) commits.push(link);
  for (const { sha, commit } of commits) {
    for await (const entry of walkTree(io.nodes, commit.manifest_sha)) {
      if (!isFile(entry) || readable.has(entry.sha)) continue;
      await readObject(objects, entry.sha).catch((cause: unknown) => {
        throw new HistoryError('lost', `${entry.path} of commit ${sha.slice(0, 8)} cannot be read`, { cause });
      });
      readable.add(entry.sha);
    }
  }
  const chain = new Set(commits.map(({ sha }) => sha));
  for (const head of world.heads) {
    if (!chain.has(head))
      throw new HistoryError('lost commit', `commit ${head.slice(0, 8)} was current and is not in history`);
  }
  for (const node of nodes) {
    const kept = new Set(filesOf(node.machine, node.user, `${ROOT}/${OWN_FOLDER}/kept`).values());
    for (const [sha, path] of node.books.owed) {
      if (readable.has(sha) || kept.has(sha)) continue;
      throw new HistoryError('lost', `what ${node.name} had at ${path} (${sha.slice(0, 8)}) is lost`);
    }
  }
  await checkDeletions(world, commits);
}

/** I9: a node commits as deleted only what somebody there removed. */
async function checkDeletions(world: World, commits: readonly { sha: Sha; commit: Commit }[]): Promise<void> {
  for (const [i, { sha, commit }] of commits.entries()) {
    const parent = commits[i + 1];
    const node = world.nodes.find(({ name }) => name === commit.actor.id);
    if (!parent || !node) continue;
    const put: string[] = [];
    const removed: string[] = [];
    for await (const change of diffTrees(world.io.nodes, parent.commit.manifest_sha, commit.manifest_sha)) {
      if (change.kind !== 'removed') put.push(change.entry.path);
      else if (isFile(change.was)) removed.push(change.was.path);
    }
    for (const path of removed) {
      const madeRoom = put.some((at) => at.startsWith(`${path}/`) || path.startsWith(`${at}/`));
      if (madeRoom || node.books.removed.has(path)) continue;
      throw new HistoryError(
        'deleted',
        `${node.name} deleted ${path} in ${sha.slice(0, 8)}, and nobody there removed it`,
      );
    }
  }
}

function checkOwnThings(node: SimNode): void {
  const { user, machine } = node;
  // What the agent writes for itself passes through there at any time.
  const names = user.readDirectory(`${ROOT}/${OWN_FOLDER}/staging`).map(({ name }) => name.toString());
  const staged = names.filter((name) => /^(get|old)-/.test(name));
  if (staged.length > 0) throw new HistoryError('left over', `staging of ${node.name} holds ${staged.join(', ')}`);
  if (node.status?.problem_count !== 0) {
    throw new HistoryError('left over', `${node.name} still has problems: ${JSON.stringify(node.status?.problems)}`);
  }
  const outside = [...filesOf(machine, user, '/outside').keys()];
  const content = Buffer.from(machine.readFile('/outside/file')).toString();
  if (outside.join() !== 'file' || content !== 'outside') {
    throw new HistoryError('outside', `${node.name} wrote outside of its workspace: ${outside.join(', ')}`);
  }
}

/** Everything on a disk that is carried, as a manifest would have it. */
function treeOf(node: SimNode): Map<string, string> {
  const tree = new Map<string, string>();
  const files = node.files();
  const walk = (dir: string, prefix: string): number => {
    let count = 0;
    for (const entry of node.user.readDirectory(dir)) {
      const name = entry.name.toString('utf8');
      if (prefix === '' && name === OWN_FOLDER) continue;
      count++;
      const path = `${prefix}${name}`;
      const stat = node.user.lstat(`${dir}/${name}`);
      const mode = Number((stat?.mode ?? 0n) & 0o777n).toString(8);
      if (!entry.isDirectory()) {
        tree.set(path, `${files.get(path) ?? EMPTY} ${mode} ${(stat?.mtimeNs ?? 0n) / 1_000_000n}`);
      } else if (walk(`${dir}/${name}`, `${path}/`) === 0) tree.set(path, `directory ${mode}`);
    }
    return count;
  };
  walk(ROOT, '');
  return tree;
}

const shown = (entry: Entry): string =>
  isFile(entry) ? `${entry.sha} ${entry.mode.toString(8)} ${entry.mtime}` : `directory ${entry.mode.toString(8)}`;

function same(what: string, disk: ReadonlyMap<string, string>, project: ReadonlyMap<string, string>): void {
  const paths = [...new Set([...disk.keys(), ...project.keys()])].filter(
    (path) => disk.get(path) !== project.get(path),
  );
  if (paths.length === 0) return;
  const lines = paths.map((path) => `  ${path}: ${disk.get(path) ?? 'nothing'} | ${project.get(path) ?? 'nothing'}`);
  throw new HistoryError('diverged', `${what} differ:\n${lines.join('\n')}`);
}
