// Finds bytes that are on this disk already, under another name: a file that was renamed elsewhere moves here too, and one
// that was copied is copied. Only rows whose file is still as it was count; whoever uses it looks once more.
import { type Entry, isFile } from '../../core/model/entry.ts';
import { isUnder, type RelPath } from '../../core/model/rel-path.ts';
import { diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { compareFingerprint, fingerprintOf } from '../disk/fingerprint.ts';
import type { Site } from '../site.ts';
import type { Behind } from '../state/behind-list.ts';
import type { Row } from '../state/file-rows.ts';

type Rows = Pick<Site, 'disk' | 'root' | 'state'>;

/** @param taken  names that others of the same batch move away from
 *  @returns the name of a file with these bytes that is to be deleted here */
export function losingItsName(site: Rows, { path, entry }: Behind, taken: ReadonlySet<RelPath>): RelPath | undefined {
  const found = rowsLike(site, path, entry).find((row) => {
    const behind = site.state.behind.at(row.entry.path);
    if (!behind || behind.entry || taken.has(row.entry.path)) return false;
    // Of two that cannot be there at once, one has to go before the other comes.
    return !isUnder(row.entry.path, path) && !isUnder(path, row.entry.path) && isOnDisk(site, row);
  });
  return found?.entry.path;
}

/** @returns the name of a file with these bytes */
export function besides(site: Rows, { path, entry }: Behind): RelPath | undefined {
  return rowsLike(site, path, entry).find((row) => isOnDisk(site, row))?.entry.path;
}

function rowsLike({ state }: Rows, path: RelPath, entry: Entry | undefined): Row[] {
  if (!entry || !isFile(entry)) return [];
  return state.rows.ofSha(entry.sha).filter((row) => row.entry.path !== path);
}

function isOnDisk({ disk, root }: Rows, { entry, fingerprint }: Row): boolean {
  try {
    const stat = lstatIfThere(disk, diskPath(root, entry.path));
    return stat?.isFile() === true && compareFingerprint(fingerprint, fingerprintOf(stat)) === 'same';
  } catch {
    return false;
  }
}
