// What has to be there before a remote version can be placed. Placing looks again; this only saves fetches that would be in
// vain.
import { isFile } from '../../core/model/entry.ts';
import type { Disk, DiskStat } from '../disk/disk.ts';
import { diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { compareFingerprint, fingerprintOf } from '../disk/fingerprint.ts';
import type { Site } from '../site.ts';
import type { Behind } from '../state/behind-list.ts';
import { findClash, isGoing, isRewritten } from './name-clash.ts';

/** Its bytes; nothing more; or that a local edit is committed. */
export type Need = 'bytes' | 'nothing' | 'local-first';

export function needs(site: Site, { path, entry }: Pick<Behind, 'path' | 'entry'>): Need {
  if (!entry || !isFile(entry)) return 'nothing';
  const { disk, root, state } = site;
  const clash = findClash(site, path);
  if (clash !== undefined && isGoing(site, clash)) return 'bytes';
  if (clash !== undefined || isRewritten(site, path)) return 'nothing';
  const row = state.rows.at(path);
  const stat = lstatOrUnknown(disk, diskPath(root, path));
  // What has other names gets its facts with a copy of its own: they would get them too, outside of the workspace as well (I11).
  const isShared = stat !== 'unknown' && stat?.isFile() === true && stat.nlink > 1n;
  if (row && isFile(row.entry) && row.entry.sha === entry.sha && !isShared) return 'nothing';
  if (stat === 'unknown') return 'local-first';
  if (!row || !isFile(row.entry)) return stat && !stat.isDirectory() ? 'local-first' : 'bytes';
  const isBase = stat !== undefined && compareFingerprint(row.fingerprint, fingerprintOf(stat)) === 'same';
  return isBase || stat?.isDirectory() ? 'bytes' : 'local-first';
}

function lstatOrUnknown(disk: Disk, path: string): DiskStat | undefined | 'unknown' {
  try {
    return lstatIfThere(disk, path);
  } catch {
    return 'unknown';
  }
}
