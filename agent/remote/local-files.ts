// The files below a directory of a person, as a project would have them: byte-exact names, permission bits, times. What a project
// cannot carry is named, never guessed around.
import { createHash } from 'node:crypto';
import { createReadStream, fstatSync, type ReadStream, read } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { parseSha, type Sha } from '../../core/model/ids.ts';
import { isOwn } from '../../core/model/own-folder.ts';
import { pathFault, type RelPath } from '../../core/model/rel-path.ts';
import { childOf, decodeName, diskPath } from '../disk/disk-path.ts';

/** A file of this disk: its path, or the descriptor of one that has no path any more. */
export type OnDisk = string | number;

export interface LocalFile {
  readonly kind: 'file';
  /** below the directory */
  readonly path: RelPath;
  readonly from: OnDisk;
  readonly size: number;
  readonly mode: number;
  readonly mtime: number;
}

export type LocalEntry =
  | LocalFile
  | { readonly kind: 'empty'; readonly path: RelPath }
  /** `reason` is for a person */
  | { readonly kind: 'left-out'; readonly path: string; readonly reason: string };

/** In the order of the directory's names. */
export async function* localEntries(root: string, dir: RelPath | '' = ''): AsyncGenerator<LocalEntry> {
  const entries = await readdir(diskPath(root, dir), { withFileTypes: true, encoding: 'buffer' });
  if (entries.length === 0 && dir !== '') yield { kind: 'empty', path: dir };
  for (const entry of entries.toSorted((a, b) => Buffer.compare(a.name, b.name))) {
    const decoded = decodeName(dir, entry.name);
    if (decoded.kind !== 'name') {
      const name = decoded.kind === 'bad-name' ? decoded.shown : decoded.name;
      yield { kind: 'left-out', path: `${dir === '' ? '' : `${dir}/`}${name}`, reason: 'its name cannot be carried' };
      continue;
    }
    const path = childOf(dir, decoded.name);
    if (isOwn(path)) continue;
    const fault = pathFault(path);
    if (fault !== undefined) yield { kind: 'left-out', path, reason: `its path ${fault}` };
    else if (entry.isDirectory()) yield* localEntries(root, path);
    else if (entry.isFile()) yield await localFile(diskPath(root, path), path);
    else yield { kind: 'left-out', path, reason: entry.isSymbolicLink() ? 'it is a symlink' : 'it is no file' };
  }
}

export async function localFile(from: OnDisk, path: RelPath): Promise<LocalFile> {
  const { size, mode, mtimeMs } = typeof from === 'number' ? fstatSync(from) : await lstat(from);
  // No setuid, no setgid: a project gives nobody rights.
  return { kind: 'file', path, from, size, mode: mode & 0o777, mtime: Math.floor(mtimeMs) };
}

export async function shaOfFile(from: OnDisk): Promise<Sha> {
  const hash = createHash('sha256');
  for await (const bytes of readLocal(from, { start: 0 })) hash.update(bytes);
  return parseSha(hash.digest('hex'));
}

/** A descriptor stays open, also when the stream is cut off, and may be read again.
 *  @param range  `end`: the last byte; absent: to the end of the file */
export function readLocal(from: OnDisk, range: { readonly start: number; readonly end?: number }): ReadStream {
  return typeof from === 'number'
    ? createReadStream('', { ...range, fd: from, fs: LEFT_OPEN })
    : createReadStream(from, range);
}

/** A stream that is destroyed closes its descriptor even without `autoClose`. */
const LEFT_OPEN = { read, close: (_fd: number, done: () => void) => done() };
