// The directories that a watcher was asked about, for one that does not watch each by itself: what is in a new one has to
// be looked at, once.
import type { RelPath } from '../../core/model/rel-path.ts';

export class KnownDirectories {
  readonly #inodes = new Map<RelPath | '', bigint>();

  /** @param inode  another one under the same path is another directory */
  note(dir: RelPath | '', inode: bigint): 'new' | 'known' {
    if (this.#inodes.get(dir) === inode) return 'known';
    this.#inodes.set(dir, inode);
    return 'new';
  }

  /** With all that are below it. */
  forget(dir: RelPath): void {
    if (!this.#inodes.delete(dir)) return;
    for (const below of this.#inodes.keys()) if (below.startsWith(`${dir}/`)) this.#inodes.delete(below);
  }
}
