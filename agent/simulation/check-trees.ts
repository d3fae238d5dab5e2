// Whether each disk holds what the project holds, apart from what the rules say is left alone. The rules are those that lie
// on the disk, and for a part of the project those above it in the project.
import { walkTree } from '../../core/manifest/walk.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { ancestorsOf, fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { readObject } from '../../core/store/object-store.ts';
import { IgnoreRules } from '../ignore/ignore-rules.ts';
import { RULES_FILE } from '../ignore/parse-rules.ts';
import { HistoryError } from './history-error.ts';
import { at, parent, type SimNode } from './sim-node.ts';
import { isRulesFile, localPath, shownDirectory, shownFile, treeBelow } from './tree.ts';
import type { World } from './world.ts';

/** @throws HistoryError */
export async function checkTrees(world: World, manifest: Sha): Promise<void> {
  const entries: Entry[] = [];
  for await (const entry of walkTree(world.io.nodes, manifest)) entries.push(entry);
  for (const node of world.nodes) {
    const rules = await rulesOf(world, node, entries);
    const [disk, project] = [carried(node, rules), wanted(node, rules, entries)];
    const paths = [...new Set([...disk.keys(), ...project.keys()])].filter(
      (path) => !isSame(node, rules, entries, path, disk, project),
    );
    if (paths.length === 0) continue;
    const lines = paths.map((path) => `  ${path}: ${disk.get(path) ?? 'nothing'} | ${project.get(path) ?? 'nothing'}`);
    throw new HistoryError('diverged', `the disk of ${node.name} and the project differ:\n${lines.join('\n')}`);
  }
}

async function rulesOf({ objects }: World, node: SimNode, entries: readonly Entry[]): Promise<IgnoreRules> {
  const prefix = node.prefix === undefined ? undefined : fakePath(node.prefix);
  const rules = new IgnoreRules(prefix);
  for (const dir of prefix === undefined ? [] : ['' as const, ...ancestorsOf(prefix)]) {
    const path = dir === '' ? RULES_FILE : `${dir}/${RULES_FILE}`;
    const entry = entries.find((one) => one.path === path);
    if (entry && isFile(entry)) rules.set(dir, Buffer.from(await readObject(objects, entry.sha)).toString());
  }
  for (const path of node.files().keys()) {
    if (!isRulesFile(path)) continue;
    const dir = [node.prefix, parent(path)].filter((part) => part !== undefined && part !== '').join('/');
    rules.set(dir as RelPath | '', Buffer.from(node.machine.readFile(at(path))).toString());
  }
  return rules;
}

const isDirectory = (shown: string): boolean => shown.startsWith('directory');

function carried(node: SimNode, rules: IgnoreRules): Map<string, string> {
  const tree = treeBelow(node, '');
  for (const [path, shown] of tree) if (rules.ignores(fakePath(path), isDirectory(shown))) tree.delete(path);
  return tree;
}

function wanted(node: SimNode, rules: IgnoreRules, entries: readonly Entry[]): Map<string, string> {
  const tree = new Map<string, string>();
  for (const entry of entries) {
    const path = localPath(node, entry.path);
    if (path === undefined || rules.ignores(fakePath(path), !isFile(entry))) continue;
    tree.set(path, isFile(entry) ? shownFile(entry.sha, entry.mode, entry.mtime) : shownDirectory(entry.mode));
  }
  return tree;
}

/** A directory is not empty for both where only one of them sees what is ignored in it. */
function isSame(
  node: SimNode,
  rules: IgnoreRules,
  entries: readonly Entry[],
  path: string,
  disk: ReadonlyMap<string, string>,
  project: ReadonlyMap<string, string>,
): boolean {
  const [here, there] = [disk.get(path), project.get(path)];
  if (here === there) return true;
  // Empty on disk, and all that the project has in it is left out here.
  if (here !== undefined && isDirectory(here) && there === undefined)
    return entries.some((entry) => localPath(node, entry.path)?.startsWith(`${path}/`));
  // Empty in the project, and all that lies in it on disk is ignored.
  if (there !== undefined && isDirectory(there) && here === undefined) return holdsOnlyIgnored(node, rules, path);
  return false;
}

function holdsOnlyIgnored(node: SimNode, rules: IgnoreRules, dir: string): boolean {
  if (!node.user.lstat(at(dir))?.isDirectory()) return false;
  return node.user.readDirectory(at(dir)).every((one) => {
    const path = `${dir}/${one.name.toString('utf8')}`;
    if (rules.ignores(fakePath(path), one.isDirectory())) return true;
    return one.isDirectory() && holdsOnlyIgnored(node, rules, path);
  });
}
