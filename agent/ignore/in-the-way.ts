// Where the project has something, and only what is ignored lies in its place: no edit that could go first, and nothing
// that the agent may move. A person has to.
import type { RelPath } from '../../core/model/rel-path.ts';
import { childOf, decodeName, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import type { Site } from '../site.ts';

/** @param at  where a file or a directory is in the way
 *  @returns whether all of it is ignored
 *  @throws errors of the disk */
export function isOnlyIgnored(site: Site, at: RelPath): boolean {
  const { disk, root, ignores } = site;
  const isDirectory = lstatIfThere(disk, diskPath(root, at))?.isDirectory() ?? false;
  if (ignores.ignores(at, isDirectory)) return true;
  return isDirectory && holdsOnlyIgnored(site, at) === 'only-ignored';
}

function holdsOnlyIgnored(site: Site, dir: RelPath): 'only-ignored' | 'nothing' | 'more' {
  let found: 'only-ignored' | 'nothing' = 'nothing';
  for (const one of site.disk.readDirectory(diskPath(site.root, dir))) {
    const decoded = decodeName(dir, one.name);
    if (decoded.kind !== 'name') return 'more';
    const path = childOf(dir, decoded.name);
    if (site.ignores.ignores(path, one.isDirectory())) found = 'only-ignored';
    else if (!one.isDirectory()) return 'more';
    else {
      const below = holdsOnlyIgnored(site, path);
      if (below === 'more') return 'more';
      if (below === 'only-ignored') found = below;
    }
  }
  return found;
}
