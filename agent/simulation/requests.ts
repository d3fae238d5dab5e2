// What people ask of the system while the nodes work: answers to questions, late and also to those that are not asked any
// more, and what history has, brought back as a whole, below a directory, or as one file.
import { walkChain } from '../../core/commit/chain.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { restore } from '../../core/history/restore.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import type { Commit } from '../../core/model/commit.ts';
import type { Sha } from '../../core/model/ids.ts';
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';
import type { Dice } from './dice.ts';
import { HistoryError } from './history-error.ts';
import { linkOf, newLine } from './network.ts';
import { PROJECT, type SimNode } from './sim-node.ts';
import type { World } from './world.ts';

/** How far back somebody looks. */
const LOOKED_AT = 20;

export function answerQuestion(world: World, node: SimNode, dice: Dice): void {
  const asked = node.status?.question?.id;
  if (asked !== undefined) node.asked.add(asked);
  const id = asked !== undefined && dice.chance(0.9) ? asked : [...node.asked][dice.below(node.asked.size)];
  if (id === undefined) return;
  const answer = dice.chance(0.5) ? 'allow' : 'restore';
  world.say(node.name, `is answered ${answer}${id === asked ? '' : ' to what it asked once'}`);
  node.answer(answer, id);
}

/** How often a person asks anew while others change the same. */
const PATIENCE = 10;

/** @throws HistoryError when what is in history cannot come back */
export async function restoreFromHistory(world: World, dice: Dice): Promise<void> {
  const { clock, objects, hints, index, io, plan, replica } = world;
  const { commit, sha } = await someCommit(world, dice);
  const paths: RelPath[] = [];
  for await (const { path } of walkTree(io.nodes, commit.manifest_sha)) paths.push(path);
  const path = paths.length === 0 ? undefined : dice.pick(paths);
  const scope = path === undefined || dice.chance(0.2) ? '' : dice.pick([path, ...ancestorsOf(path)]);
  const { stores } = linkOf({
    clock,
    objects,
    hints,
    index,
    lagging: replica.get,
    line: newLine({ maxWayMs: plan.luck.maxWayMs, maxLagMs: 0 }),
    rates: {},
    seed: dice.below(1 << 30),
    isDead: () => false,
  });
  world.say('*', `restores ${scope === '' ? 'the project' : scope} to ${sha.slice(0, 8)}`);
  for (let tries = 0; tries < PATIENCE; tries++) {
    const { kind } = await restore(stores, {
      project: PROJECT,
      to: sha,
      path: scope,
      actor: { kind: 'user', id: 'x' },
    });
    if (kind === 'committed' || kind === 'unchanged') return;
    if (kind !== 'mismatch')
      throw new HistoryError('restore', `${scope} of ${sha.slice(0, 8)} cannot be restored: ${kind}`);
    // Somebody changed what it would replace. Whoever restores looks at that when every server has it, and wants it all the same.
    await clock.sleep(plan.luck.maxLagMs + dice.below(1_000));
  }
  throw new HistoryError('restore', `${scope} of ${sha.slice(0, 8)} is refused again and again`);
}

async function someCommit({ objects, index }: World, dice: Dice): Promise<{ sha: Sha; commit: Commit }> {
  const at = await readCurrent(index, PROJECT);
  if (!at) throw new HistoryError('lost', 'the project is gone');
  const found: { sha: Sha; commit: Commit }[] = [];
  for await (const link of walkChain(objects, at.current.commit_sha)) if (found.push(link) === LOOKED_AT) break;
  return dice.pick(found);
}
