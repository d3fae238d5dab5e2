// The directory that a commit is written into: empty or new, and no part of a workspace, where it would be synced.
import { dirname } from 'node:path';
import { quote } from '../../core/model/ids.ts';
import { SettingsError } from '../../core/settings/env.ts';
import type { Disk } from '../disk/disk.ts';
import { isDiskError, isDiskFull } from '../disk/disk-error.ts';
import { lstatIfThere } from '../disk/disk-path.ts';
import { realPathOf } from '../disk/real-path.ts';
import { markerFile } from '../marker.ts';

/** @param overwrite  what is in it may stay; undefined: the command has no such option
 *  @returns whether it was made; its own path, links followed
 *  @throws SettingsError  with what to do */
export function openDirectory(
  disk: Disk,
  directory: string,
  overwrite: boolean | undefined,
): { root: string; made: boolean } {
  const made = lstatIfThere(disk, directory) === undefined;
  try {
    // Asked before anything is made: a directory that came into a workspace would be carried to all nodes.
    const workspace = workspaceAround(disk, realPathOf(disk, directory));
    if (workspace !== undefined) {
      throw new SettingsError(
        `${quote(directory)} lies in the workspace ${workspace}, which is synced: name a directory outside of it`,
      );
    }
    disk.makeDirectories(directory);
    const root = disk.realPath(directory);
    if (!overwrite && disk.readDirectory(root).length > 0) {
      const or = overwrite === undefined ? '' : ', or write over what is there with --force';
      throw new SettingsError(`${quote(directory)} is not empty: name an empty or a new directory${or}`);
    }
    return { root, made };
  } catch (error) {
    if (isDiskFull(error) || !isDiskError(error)) throw error;
    const why = ['EEXIST', 'ENOTDIR'].includes(error.code) ? 'it is not a directory' : error.code;
    throw new SettingsError(`${quote(directory)} cannot be used (${why}): name another directory`, { cause: error });
  }
}

function workspaceAround(disk: Disk, root: string): string | undefined {
  for (let at = root; ; at = dirname(at)) {
    if (lstatIfThere(disk, markerFile(at))) return at;
    if (dirname(at) === at) return undefined;
  }
}
