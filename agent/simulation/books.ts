// What the people on one node are owed. Books are kept of every content that somebody finished writing and nobody there
// took away since, and of every path that somebody there removed: from these follow what must not be lost, and what the
// node may commit as deleted.
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { OWN_FOLDER } from '../../core/model/own-folder.ts';
import type { Disk } from '../disk/disk.ts';
import type { MemoryDisk } from '../disk/memory-disk.ts';

/** Files by path, with the sha of what they hold. */
export type Files = ReadonlyMap<string, Sha>;

export class Books {
  /** content that has to be somewhere in the end */
  readonly owed = new Map<Sha, string>();
  /** What lay where only people of this node work, when the last of them was done there (`tree.ts`); undefined: it may be
   *  otherwise by now, since records or bytes were lost, or somebody had files restored. */
  own: ReadonlyMap<string, string> | undefined = new Map();
  /** paths that went by a person's hand, files and empty directories, or with unsynced bytes in a power loss */
  readonly removed = new Set<string>();
  /** paths that a person made here, at any time */
  readonly #made = new Set<string>();
  readonly #synced = new Set<Sha>();

  /** What a person did in one turn. @param finished  false: the content that came is half of one */
  note(before: Files, after: Files, finished: boolean): void {
    const left = new Set(after.values());
    for (const [path, sha] of before) {
      if (!after.has(path)) this.removed.add(path);
      if (left.has(sha)) continue;
      this.owed.delete(sha);
      // Where it comes back to, from outside, its name has to be synced again.
      this.#synced.delete(sha);
    }
    for (const [path, sha] of after) {
      if (before.get(path) === sha) continue;
      this.#made.add(path);
      if (finished && sha !== EMPTY) this.owed.set(sha, path);
    }
  }

  /** A person took these directories away. */
  removedDirectories(paths: Iterable<string>): void {
    for (const path of paths) this.removed.add(path);
  }

  /** The power may take it no more. */
  synced(sha: Sha): void {
    this.#synced.add(sha);
  }

  /** Somebody writes in a file that holds this: the power may take it again, also where the same bytes are written. */
  written(sha: Sha): void {
    this.#synced.delete(sha);
  }

  /** @param all  with what lies in the agent's own folder */
  powerLost(before: Files, after: Files, all: Files): void {
    const left = new Set(all.values());
    for (const sha of [...this.owed.keys()]) if (!left.has(sha) && !this.#synced.has(sha)) this.owed.delete(sha);
    for (const path of before.keys()) if (!after.has(path) && this.#made.has(path)) this.removed.add(path);
  }

  /** The stores forgot: only what lies on the disk can come back, and all that does has to. What the agent was just taking
   *  away by a commit of others is not among that.
   *  @param all  with what lies in the agent's own folder */
  storesWentBack(here: Files, all: Files): void {
    this.own = undefined;
    const left = new Set([...all].flatMap(([path, sha]) => (path.startsWith(STAGING) ? [] : [sha])));
    for (const sha of [...this.owed.keys()]) if (!left.has(sha)) this.owed.delete(sha);
    for (const [path, sha] of here) if (sha !== EMPTY) this.owed.set(sha, path);
  }
}

const STAGING = `${OWN_FOLDER}/staging/`;

export const EMPTY = shaOf('');

const shas = new WeakMap<Uint8Array, Sha>();
function shaOfBytes(bytes: Uint8Array): Sha {
  const known = shas.get(bytes) ?? shaOf(bytes);
  shas.set(bytes, known);
  return known;
}

/** @param own  whether the agent's folder counts */
export function filesOf(machine: MemoryDisk, disk: Disk, root: string, own = false): Map<string, Sha> {
  const files = new Map<string, Sha>();
  const walk = (dir: string, prefix: string) => {
    for (const entry of disk.readDirectory(dir)) {
      const name = entry.name.toString('utf8');
      if (prefix === '' && name === OWN_FOLDER && !own) continue;
      if (entry.isDirectory()) walk(`${dir}/${name}`, `${prefix}${name}/`);
      else if (entry.isFile() && disk.lstat(`${dir}/${name}`)) {
        files.set(`${prefix}${name}`, shaOfBytes(machine.readFile(`${dir}/${name}`)));
      }
    }
  };
  if (disk.lstat(root)?.isDirectory()) walk(root, '');
  return files;
}
