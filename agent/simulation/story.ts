// What the simulation found is kept as the shortest story of it: what happens on the disks in which order, and then that all
// that has to hold in the end does. This is how such stories are told.
import { UNASKED } from '../../core/model/delete-threshold.ts';
import { check, converge } from './checks.ts';
import type { Luck, Plan, Ways } from './plan.ts';
import { ROOT, type SimNode } from './sim-node.ts';
import { World } from './world.ts';

const CALM: Luck = {
  store: {},
  disk: { fail: 0, slow: 0 },
  hints: { lose: 0, delay: 0, repeat: 0 },
  maxWayMs: 1,
  maxLagMs: 0,
  exactTimes: true,
  names: 'shared',
  capacityBytes: undefined,
};

const PLAIN: Ways = {
  threshold: UNASKED,
  answer: undefined,
  keepsBoth: false,
  ownDirectories: false,
  rulesGo: false,
};

/** Two nodes; then what all of it came to is checked.
 *  @param part  of the project, which is all that the second node holds */
export async function story(
  luck: Partial<Luck>,
  tell: (world: World, a: SimNode, b: SimNode) => Promise<void>,
  seed = 1,
  part?: string,
  ways: Partial<Ways> = {},
) {
  const plan: Plan = {
    seed,
    nodes: [undefined, part],
    events: [],
    luck: { ...CALM, ...luck },
    ways: { ...PLAIN, ...ways },
  };
  const world = new World(plan);
  try {
    await world.begin();
    const [a, b] = world.nodes;
    if (!a || !b) throw new Error('there are two nodes');
    await world.run(100);
    await tell(world, a, b);
    await world.heal();
    await converge(world);
    await check(world);
  } finally {
    world.close();
  }
}

/** As a person writes it, who is owed it from then on. */
export function write(node: SimNode, path: string, content: string): void {
  const before = node.files();
  node.user.makeDirectories(`${ROOT}/${path}`.replace(/\/[^/]*$/, ''));
  node.machine.writeFile(`${ROOT}/${path}`, Buffer.from(content));
  node.books.note(before, node.files(), true);
}

export function remove(node: SimNode, path: string): void {
  const before = node.files();
  node.user.unlink(`${ROOT}/${path}`);
  node.books.note(before, node.files(), true);
}

export function move(node: SimNode, from: string, to: string): void {
  const before = node.files();
  node.user.rename(`${ROOT}/${from}`, `${ROOT}/${to}`);
  node.books.note(before, node.files(), true);
}

export const read = (node: SimNode, path: string): string =>
  Buffer.from(node.machine.readFile(`${ROOT}/${path}`)).toString();
