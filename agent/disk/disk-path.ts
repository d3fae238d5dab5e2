// Between project paths and the disk: where a path lies, which names can be carried, and I11: that no parent of a path is
// a symlink, which would lead out of the workspace.
import { ancestorsOf, MAX_PATH_BYTES, type RelPath } from '../../core/model/rel-path.ts';
import type { Disk, DiskStat } from './disk.ts';
import { isDiskError } from './disk-error.ts';

export const diskPath = (root: string, path: RelPath | ''): string => (path === '' ? root : `${root}/${path}`);

export const childOf = (dir: RelPath | '', name: string): RelPath => (dir === '' ? name : `${dir}/${name}`) as RelPath;

export type DecodedName =
  | { readonly kind: 'name'; readonly name: string }
  /** `shown` has the bytes that are no UTF-8 as \xNN */
  | { readonly kind: 'bad-name'; readonly shown: string }
  | { readonly kind: 'too-long'; readonly name: string };

/** A name as the directory has it, bytes. Linux allows any bytes but `/` and NUL; a project holds UTF-8 only. */
export function decodeName(dir: RelPath | '', bytes: Buffer): DecodedName {
  const name = bytes.toString('utf8');
  if (name.includes('\ufffd') && !Buffer.from(name, 'utf8').equals(bytes)) {
    return { kind: 'bad-name', shown: escapeBytes(bytes) };
  }
  if (dir.length + name.length > 1000 && Buffer.byteLength(dir) + bytes.length + 1 > MAX_PATH_BYTES) {
    return { kind: 'too-long', name };
  }
  return { kind: 'name', name };
}

function escapeBytes(bytes: Buffer): string {
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

type Looker = Pick<Disk, 'lstat'>;

export type Parents =
  | { readonly kind: 'real' }
  /** `at` does not exist, so that nothing below it does */
  | { readonly kind: 'missing'; readonly at: RelPath }
  /** `at` is not a directory */
  | { readonly kind: 'obstacle'; readonly at: RelPath; readonly what: 'symlink' | 'file' };

/** Looks at every directory above a path without following links.
 *  @param known  directories that were seen to be real within the same turn of the event loop; grows */
export function checkParents(disk: Looker, root: string, path: RelPath, known?: Set<RelPath>): Parents {
  for (const at of ancestorsOf(path)) {
    if (known?.has(at)) continue;
    const stat = lstatIfThere(disk, diskPath(root, at));
    if (!stat) return { kind: 'missing', at };
    if (!stat.isDirectory()) return { kind: 'obstacle', at, what: stat.isSymbolicLink() ? 'symlink' : 'file' };
    known?.add(at);
  }
  return { kind: 'real' };
}

/** @returns undefined when there is nothing; throws when that is unknown */
export function lstatIfThere(disk: Looker, path: string): DiskStat | undefined {
  try {
    return disk.lstat(path);
  } catch (error) {
    if (isDiskError(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
