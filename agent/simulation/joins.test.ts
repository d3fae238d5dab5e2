// Nodes that join with directories of old and new copies, at the same time and by bad luck: killed at work, cut off, their
// records lost. In the end the latest copy of each path is current, and every other one is readable from history.

import { expect, test } from 'vitest';
import { readCurrent } from '../../core/commit/current.ts';
import { getEntry } from '../../core/manifest/get.ts';
import { UNASKED } from '../../core/model/delete-threshold.ts';
import { isFile } from '../../core/model/entry.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { check, converge } from './checks.ts';
import { Dice, seedOf } from './dice.ts';
import { planOf } from './plan.ts';
import { PROJECT, ROOT, type SimNode } from './sim-node.ts';
import { World } from './world.ts';

const HISTORIES = 60;
const OF_ONE_TEST = 20;
/** Not a judgement on speed. */
const GIVE_UP_MS = 5 * 60_000;

const PATHS = ['a', 'b', 'c/a', 'c/b', 'd/a/b', 'e', 'f'];
/** All lie in the past; each is given once, so that of two copies one is later. */
const FIRST_MS = Date.UTC(2023, 0, 1);

class Copies {
  /** path → its latest copy */
  readonly latest = new Map<string, { readonly sha: Sha; readonly writtenAt: number }>();
  readonly #times: number[] = [];
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
    for (let i = 0; i < 4 * PATHS.length; i++) this.#times.splice(dice.below(i + 1), 0, FIRST_MS + i * 1_000);
  }

  /** In a directory that no agent looks at. */
  lay(node: SimNode, chance: number): void {
    for (const path of PATHS) {
      const writtenAt = this.#times.pop();
      if (writtenAt === undefined || !this.#dice.chance(chance)) continue;
      const content = `${path} of ${node.name}, written at ${writtenAt}`;
      const file = `${ROOT}/${path}`;
      const before = node.files();
      node.user.makeDirectories(file.replace(/\/[^/]*$/, ''));
      node.machine.writeFile(file, Buffer.from(content));
      node.user.setTime(file, writtenAt / 1_000);
      node.books.note(before, node.files(), true);
      const latest = this.latest.get(path);
      if (!latest || latest.writtenAt < writtenAt) this.latest.set(path, { sha: shaOf(content), writtenAt });
    }
  }
}

/** The agent is away, and the directory is as if no agent had ever been there. */
function leave(node: SimNode): void {
  node.loseState();
  node.user.removeTree(ROOT);
  node.user.makeDirectories(ROOT);
}

async function play(seed: number): Promise<void> {
  const dice = new Dice(seedOf(seed, 7));
  const { luck } = planOf(seed);
  const ways = { threshold: UNASKED, answer: undefined, keepsBoth: false, ownDirectories: false, rulesGo: false };
  const nodes = [undefined, undefined, undefined];
  const world = new World({ seed, nodes, events: [], luck: { ...luck, capacityBytes: undefined }, ways });
  const copies = new Copies(dice);
  try {
    await world.begin();
    const [first, ...joining] = world.nodes;
    if (!first) throw new Error('there are three nodes');
    for (const node of world.nodes) leave(node);
    copies.lay(first, 0.8);
    first.start();
    await world.run(dice.below(3_000));
    for (const node of joining) {
      copies.lay(node, 0.6);
      node.start();
      if (dice.chance(0.5)) await world.run(dice.below(2_000));
    }
    for (let i = dice.below(6); i > 0; i--) {
      const node = dice.pick(world.nodes);
      if (dice.chance(0.4)) node.killIn(1 + dice.below(100));
      else if (dice.chance(0.3)) node.loseState();
      else node.cut(dice.chance(0.5));
      await world.run(dice.below(1_500));
      node.start();
    }
    await world.heal();
    await converge(world);
    await world.restart();
    await converge(world);
    await check(world);
    const head = await readCurrent(world.io.index, PROJECT);
    for (const [path, { sha }] of copies.latest) {
      const entry = head && (await getEntry(world.io.nodes, head.current.manifest_sha, fakePath(path)));
      const found = entry && isFile(entry) ? entry.sha : undefined;
      expect(found, `seed ${seed}: ${path}\n${world.trace.join('\n')}`).toBe(sha);
    }
  } finally {
    world.close();
  }
}

for (let seed = 1; seed <= HISTORIES; seed += OF_ONE_TEST) {
  const last = seed + OF_ONE_TEST - 1;
  const name = `the latest copy is current, and history has the others, seeds ${seed} to ${last}`;
  test(name, { timeout: GIVE_UP_MS }, async () => {
    for (let each = seed; each <= last; each++) await play(each);
  });
}
