// What people do when a history is over, so that nothing is left that only they can mend.
import { Dice } from './dice.ts';
import { Hands } from './hands.ts';
import { at, ROOT, type SimNode } from './sim-node.ts';
import { isRulesFile } from './tree.ts';
import type { World } from './world.ts';

const handsOf = (world: World, node: SimNode): Hands => new Hands(world, node, new Dice(0));

/** What is not carried goes. */
export function tidyUp(world: World, node: SimNode): void {
  const walk = (dir: string) => {
    for (const entry of node.user.readDirectory(dir)) {
      const name = entry.name.toString('utf8');
      if (entry.isDirectory()) walk(`${dir}/${name}`);
      else if (entry.isSymbolicLink()) node.user.unlink(`${dir}/${name}`);
    }
  };
  handsOf(world, node).turn('tidies up', () => {
    walk(ROOT);
    node.machine.removeRawFiles(ROOT);
  });
}

/** What is ignored lies where something of the project is to come: it is taken away.
 *  @param path  what is to come */
export function clearTheWay(world: World, node: SimNode, path: string): void {
  const parts = path.split('/');
  for (const i of parts.keys()) {
    const above = parts.slice(0, i + 1).join('/');
    const stat = node.user.lstat(at(above));
    if (!stat || (above !== path && stat.isDirectory())) continue;
    handsOf(world, node).turn(`makes room at ${above}`, () => node.user.removeTree(at(above)));
    return;
  }
}

/** @returns whether there were any */
export function removeAllRules(world: World, node: SimNode): boolean {
  const rules = [...node.files().keys()].filter(isRulesFile);
  if (rules.length === 0) return false;
  return handsOf(world, node).turn('takes all rules away', () => {
    for (const path of rules) node.user.unlink(at(path));
  });
}
