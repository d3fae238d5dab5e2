// Tells a rename from a new file and a deletion, so that both halves go into one commit: the world is told PathMoved,
// no bytes travel, and no reader on another node sees the file in neither place.
import { isFile } from '../../core/model/entry.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { DiskStat } from '../disk/disk.ts';
import { fingerprintOf, sameFile } from '../disk/fingerprint.ts';
import type { Site } from '../site.ts';
import type { Row } from '../state/file-rows.ts';
import { look } from '../watch/look.ts';

/** @param stat  of the file at `path`, within this turn
 *  @returns the row of the name that the file had before, which is gone from disk */
export function movedFrom(
  { disk, root, state }: Pick<Site, 'disk' | 'root' | 'state'>,
  path: RelPath,
  stat: DiskStat,
): Row | undefined {
  const now = fingerprintOf(stat);
  const here = state.rows.at(path);
  // Of two names of a file one is gone: the other one is what it was.
  if (here && sameFile(here.fingerprint, now)) return undefined;
  return state.rows
    .ofInode(stat.ino)
    .find(
      ({ entry, fingerprint }) =>
        entry.path !== path && sameFile(fingerprint, now) && look(disk, root, entry.path).kind === 'absent',
    );
}

/** The renames whose two halves are on their way to a commit. */
export class Moves {
  readonly #to = new Map<RelPath, RelPath>();
  readonly #from = new Map<RelPath, RelPath>();

  add(from: RelPath, to: RelPath): void {
    this.drop(from);
    this.drop(to);
    this.#to.set(from, to);
    this.#from.set(to, from);
  }

  /** The other half of the rename that the path belongs to. */
  partnerOf(path: RelPath): RelPath | undefined {
    return this.#to.get(path) ?? this.#from.get(path);
  }

  /** Forgets the rename that the path belongs to. */
  drop(path: RelPath): void {
    const to = this.#to.get(path);
    const from = this.#from.get(path);
    for (const one of [path, to]) if (one !== undefined) this.#from.delete(one);
    for (const one of [path, from]) if (one !== undefined) this.#to.delete(one);
  }
}

/** The bytes of the moved file are the row's: no need to read them again. A rename of a directory leaves the times of the
 *  files in it alone; a file's own rename does not, and then its bytes are read. */
export function isUntouched(was: Row, stat: DiskStat): boolean {
  return isFile(was.entry) && was.fingerprint === fingerprintOf(stat);
}
