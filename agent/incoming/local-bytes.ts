// Finds bytes that are on this disk already, under another name: a file that was renamed elsewhere moves here too, and one
// that was copied is copied. Only rows whose file is still as it was count; whoever uses it looks once more.
import { type Entry, isFile } from '../../core/model/entry.ts';
import { isUnder, type RelPath } from '../../core/model/rel-path.ts';
import type { DiskStat } from '../disk/disk.ts';
import { diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { compareFingerprint, fingerprintOf } from '../disk/fingerprint.ts';
import { awaitedRules } from '../ignore/read-rules.ts';
import type { Site } from '../site.ts';
import type { Behind } from '../state/behind-list.ts';
import type { Row } from '../state/file-rows.ts';

type Rows = Pick<Site, 'disk' | 'root' | 'state'>;

/** @param taken  names that others of the same batch move away from
 *  @returns the name of a file with these bytes that is to be deleted here */
export function losingItsName(
  site: Rows,
  { path, entry, revision }: Behind,
  taken: ReadonlySet<RelPath>,
): RelPath | undefined {
  const found = rowsLike(site, entry).find((row) => {
    const behind = site.state.behind.at(row.entry.path);
    if (!behind || behind.entry || taken.has(row.entry.path)) return false;
    // What goes by a later commit goes when all is here that came until then.
    if (behind.revision > revision || awaitedRules(site.state, row.entry.path) !== undefined) return false;
    // Of two that cannot be there at once, one has to go before the other comes.
    if (isUnder(row.entry.path, path) || isUnder(path, row.entry.path)) return false;
    // What is done to other names of a file would be done to what moved too: it gets a copy.
    return onDisk(site, row)?.nlink === 1n;
  });
  return found?.entry.path;
}

/** @returns the name of a file with these bytes */
export function besides(site: Rows, { entry }: Behind): RelPath | undefined {
  return rowsLike(site, entry).find((row) => onDisk(site, row) !== undefined)?.entry.path;
}

const rowsLike = ({ state }: Rows, entry: Entry | undefined): Row[] =>
  entry && isFile(entry) ? state.rows.ofSha(entry.sha) : [];

/** @returns undefined when the file is not as the row says */
function onDisk({ disk, root }: Rows, { entry, fingerprint }: Row): DiskStat | undefined {
  try {
    const stat = lstatIfThere(disk, diskPath(root, entry.path));
    const isAsNoted = stat?.isFile() === true && compareFingerprint(fingerprint, fingerprintOf(stat)) === 'same';
    return isAsNoted ? stat : undefined;
  } catch {
    return undefined;
  }
}
