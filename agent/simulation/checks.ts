// When a history is over: everybody comes to rest with the same commit, and what has to hold then is checked.
import { walkChain } from '../../core/commit/chain.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { OWN_FOLDER } from '../../core/model/own-folder.ts';
import { filesOf } from './books.ts';
import { checkCommits } from './check-commits.ts';
import { checkTrees } from './check-trees.ts';
import { mustBeAsLeft } from './hands.ts';
import { HistoryError } from './history-error.ts';
import { answerQuestion } from './requests.ts';
import { at, PROJECT, type SimNode } from './sim-node.ts';
import { clearTheWay } from './tidy-up.ts';
import type { World } from './world.ts';

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
    for (const node of world.nodes) lookAfter(world, node);
    const statuses = world.nodes.map(({ status }) => status);
    if (statuses.every((status) => status?.state === 'in-sync' && status.base === world.head)) return;
    if (waitedMs > LIMIT_MS) {
      const told = world.nodes.map(({ name, status }) => `${name}: ${JSON.stringify(status)}`);
      throw new HistoryError('stuck', `not in sync after ${LIMIT_MS} ms; current is ${world.head}\n${told.join('\n')}`);
    }
  }
}

/** What only a person can do: answer, and take away what is ignored and in the way. */
function lookAfter(world: World, node: SimNode): void {
  const { people } = world;
  if (node.status?.question && people.chance(0.3)) answerQuestion(world, node, people);
  for (const { path, code, reason } of node.status?.problems ?? []) {
    if (code === 'write-failed' && reason.startsWith('Ignored files')) clearTheWay(world, node, path);
  }
}
/** Everybody has the same tree, and nothing that anybody finished writing, or that was ever committed, is gone.
 *  @throws HistoryError */
export async function check(world: World): Promise<void> {
  const { nodes, objects, index } = world;
  const current = await readCurrent(index, PROJECT);
  if (!current) throw new HistoryError('lost', 'the project is gone');
  await checkTrees(world, current.current.manifest_sha);
  for (const node of nodes) {
    mustBeAsLeft(world, node);
    checkOwnThings(world, node);
  }
  const commits = [];
  for await (const link of walkChain(objects, current.current.commit_sha)) commits.push(link);
  const readable = await checkCommits(world, commits);
  for (const node of nodes) {
    const kept = new Set(filesOf(node.machine, node.user, at(`${OWN_FOLDER}/kept`)).values());
    // What is ignored is nowhere else.
    const here = new Set(node.files().values());
    for (const [sha, path] of node.books.owed) {
      if (readable.has(sha) || kept.has(sha) || here.has(sha)) continue;
      throw new HistoryError('lost', `what ${node.name} had at ${path} (${sha.slice(0, 8)}) is lost`);
    }
  }
}

function checkOwnThings({ wentBack }: World, node: SimNode): void {
  const { user, machine } = node;
  // What the agent writes for itself passes through there at any time.
  const names = user.readDirectory(at(`${OWN_FOLDER}/staging`)).map(({ name }) => name.toString());
  const staged = names.filter((name) => /^(get|old)-/.test(name));
  if (staged.length > 0) throw new HistoryError('left over', `staging of ${node.name} holds ${staged.join(', ')}`);
  // Somebody may have put anything under the name of the rules, and what the stores forgot cannot be put back.
  const problems = node.status?.problems.filter(
    ({ code }) => code !== 'ignore-rule' && !(code === 'not-restored' && wentBack),
  );
  if (problems?.length !== 0)
    throw new HistoryError('left over', `${node.name} still has problems: ${JSON.stringify(problems)}`);
  const outside = [...filesOf(machine, user, '/outside').keys()];
  const content = Buffer.from(machine.readFile('/outside/file')).toString();
  if (outside.join() !== 'file' || content !== 'outside') {
    throw new HistoryError('outside', `${node.name} wrote outside of its workspace: ${outside.join(', ')}`);
  }
}
