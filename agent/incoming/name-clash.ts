// Some disks take two names for one: those that differ only in case, or in the form of their Unicode letters. There a file
// of the project would land in the place of another one, and look like an edit of it. Which names are one is not worked
// out here: the disk is asked, and what it lists is compared with what was meant.
import { ancestorsOf, baseName, parentOf, type RelPath } from '../../core/model/rel-path.ts';
import type { Disk } from '../disk/disk.ts';
import { childOf, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { exactNames } from '../disk/exact-names.ts';
import type { Site } from '../site.ts';

export interface NameRules {
  /** Two names of the project may be one on this disk. */
  readonly isFolding: boolean;
  /** Names are listed as they were given; else as the disk writes them. */
  readonly areKept: boolean;
}

/** What a workspace knows of its disk's names. */
export interface Naming extends NameRules {
  /** @returns how the directory of a path lists what is found there; undefined: there is nothing */
  listedAs(path: string): string | undefined;
}

/** In its two Unicode forms; the second letter has two cases. */
const PROBE = 'probe-é-a'.normalize('NFC');
const SAME_ON_SOME = [PROBE.normalize('NFD'), PROBE.toUpperCase(), PROBE.replace('-a', '-A')];

/** Makes a name and looks for it under others. @param folder  of our own */
export function probeNames(disk: Disk, folder: string): NameRules {
  disk.open(`${folder}/${PROBE}`, 'overwrite').close();
  try {
    const listed = disk.readDirectory(folder);
    return {
      isFolding: SAME_ON_SOME.some((name) => lstatIfThere(disk, `${folder}/${name}`) !== undefined),
      areKept: listed.some(({ name }) => name.equals(Buffer.from(PROBE))),
    };
  } finally {
    disk.unlink(`${folder}/${PROBE}`);
  }
}

/** @returns the disk as a workspace on it may use it
 *  @param folder  of our own, to try names in */
export function nameKeeping(
  disk: Disk,
  root: string,
  folder: string,
): { readonly disk: Disk; readonly naming: Naming } {
  const rules = probeNames(disk, folder);
  if (!rules.isFolding) return { disk, naming: { ...rules, listedAs: () => undefined } };
  const exact = exactNames(disk, root);
  return { disk: exact.disk, naming: { ...rules, listedAs: exact.listedAs } };
}

/** @returns what lies in the path's place, or in that of a directory above it, under another name */
export function findClash({ root, state, naming }: Pick<Site, 'root' | 'state' | 'naming'>, path: RelPath) {
  if (!naming.isFolding) return undefined;
  for (const at of [...ancestorsOf(path), path]) {
    // It came to disk under this name.
    if (state.rows.at(at) || state.rows.hasUnder(at)) continue;
    const name = naming.listedAs(diskPath(root, at));
    if (name === undefined) return undefined;
    if (name !== baseName(at)) return childOf(parentOf(at) ?? '', name);
  }
  return undefined;
}

/** Whether the disk would list the path otherwise than it is in the project, so that it could not be told from a new one. */
export const isRewritten = ({ naming }: Pick<Site, 'naming'>, path: RelPath): boolean =>
  !naming.areKept && path !== path.normalize('NFD');

/** Whether what lies at the path goes by what is noted already. */
export function isGoing({ state }: Pick<Site, 'state'>, path: RelPath): boolean {
  const held = state.rows.at(path) ? [path] : state.rows.under(path).map(({ entry }) => entry.path);
  return held.length > 0 && held.every((one) => isNotedGone(state, one));
}

function isNotedGone(state: Site['state'], path: RelPath): boolean {
  const behind = state.behind.at(path);
  return behind !== undefined && behind.entry === undefined;
}
