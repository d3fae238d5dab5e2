// For disks that take two names for one (in another case, in another Unicode form): a name is there only as its directory
// lists it. Else a file that was renamed to another case would seem to be still there under its old name, and be committed
// under both. What a directory lists is kept for one turn of the event loop, in which nothing of ours comes between.
import { basename, dirname } from 'node:path';
import { isOwn } from '../../core/model/own-folder.ts';
import type { Disk } from './disk.ts';

export interface ExactNames {
  readonly disk: Disk;
  /** @returns how the directory of a path lists what is found there; undefined: there is nothing, or nobody knows */
  listedAs(path: string): string | undefined;
}

/** @param root  only what is below counts, without our own folder */
export function exactNames(disk: Disk, root: string): ExactNames {
  const listed = new Map<string, ReadonlySet<string>>();

  const namesIn = (dir: string): ReadonlySet<string> => {
    const known = listed.get(dir);
    if (known) return known;
    if (listed.size === 0) setImmediate(() => listed.clear());
    const names = new Set(disk.readDirectory(dir).map(({ name }) => name.toString('utf8')));
    listed.set(dir, names);
    return names;
  };

  const isOurs = (path: string): boolean => !path.startsWith(`${root}/`) || isOwn(path.slice(root.length + 1));

  const listedAs = (path: string): string | undefined => {
    const stat = disk.lstat(path);
    if (!stat) return undefined;
    const [dir, name] = [dirname(path), basename(path)];
    const names = namesIn(dir);
    if (names.has(name)) return name;
    const others = [...names];
    return (
      others.find((other) => folded(other) === folded(name)) ??
      others.find((other) => disk.lstat(`${dir}/${other}`)?.ino === stat.ino)
    );
  };

  /** @param paths  that come or go; those of our own folder are never looked at */
  const forget = (...paths: readonly string[]) => {
    for (const path of paths) if (!isOurs(path)) listed.delete(dirname(path));
  };

  return {
    listedAs,
    disk: {
      ...disk,
      lstat(path) {
        const stat = disk.lstat(path);
        return !stat || isOurs(path) || listedAs(path) === basename(path) ? stat : undefined;
      },
      link(from, to) {
        disk.link(from, to);
        forget(to);
      },
      rename(from, to) {
        disk.rename(from, to);
        forget(from, to);
      },
      unlink(path) {
        disk.unlink(path);
        forget(path);
      },
      makeDirectory(path) {
        disk.makeDirectory(path);
        forget(path);
      },
      removeDirectory(path) {
        disk.removeDirectory(path);
        forget(path);
        listed.delete(path);
      },
    },
  };
}

const folded = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase();
