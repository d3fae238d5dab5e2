// What a disk holds, told as a manifest would have it: files with their bytes, mode and time, and empty directories.
import { OWN_FOLDER } from '../../core/model/own-folder.ts';
import { RULES_FILE } from '../ignore/parse-rules.ts';
import { EMPTY } from './books.ts';
import { at, type SimNode } from './sim-node.ts';

export const shownFile = (sha: string, mode: number, mtime: number | bigint): string =>
  `${sha} ${mode.toString(8)} ${mtime}`;
export const shownDirectory = (mode: number): string => `directory ${mode.toString(8)}`;

/** What is carried of it. @param top  a directory of the workspace; '' = all of it */
export function treeBelow(node: SimNode, top: string): Map<string, string> {
  const tree = new Map<string, string>();
  const files = node.files();
  const modeOf = (path: string) => Number((node.user.lstat(at(path))?.mode ?? 0n) & 0o777n);
  const walk = (dir: string): number => {
    let count = 0;
    for (const entry of node.user.readDirectory(at(dir))) {
      const name = entry.name.toString('utf8');
      if (dir === '' && name === OWN_FOLDER) continue;
      count++;
      const path = dir === '' ? name : `${dir}/${name}`;
      if (!entry.isDirectory()) {
        const mtime = (node.user.lstat(at(path))?.mtimeNs ?? 0n) / 1_000_000n;
        tree.set(path, shownFile(files.get(path) ?? EMPTY, modeOf(path), mtime));
      } else if (walk(path) === 0) tree.set(path, shownDirectory(modeOf(path)));
    }
    return count;
  };
  if (node.user.lstat(at(top))?.isDirectory() && walk(top) === 0 && top !== '')
    tree.set(top, shownDirectory(modeOf(top)));
  return tree;
}

/** @returns undefined for a path that the node does not hold */
export function localPath({ prefix }: SimNode, path: string): string | undefined {
  if (prefix === undefined) return path;
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) : undefined;
}

export const isRulesFile = (path: string): boolean => path === RULES_FILE || path.endsWith(`/${RULES_FILE}`);
