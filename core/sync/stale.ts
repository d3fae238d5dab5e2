// Tells a local edit from an older version of the project. A node that lost its last records (a crash between rename
// and record, a lost state file, a restored disk) holds what `current` once said and does not know it. Committing that
// as an edit would undo what others did since, so before a conflict is won, history is asked.
import { walkChain } from '../commit/chain.ts';
import type { Lineage } from '../commit/lineage.ts';
import { diffTrees } from '../manifest/diff.ts';
import { getEntry } from '../manifest/get.ts';
import type { NodeReader } from '../manifest/tree.ts';
import type { Commit } from '../model/commit.ts';
import { isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';
import type { Version } from './plan.ts';

export interface StaleIo {
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly nodes: NodeReader;
  readonly lineage: Pick<Lineage, 'isBefore'>;
}

/** How many commits are looked at. Beyond it a version counts as an edit, which loses nothing: what it replaces stays in history. */
export const STALE_DEPTH = 500;

export interface Asked {
  /** the commit that `current` names */
  readonly head: Sha;
  /** the commit at which the node's records stop; undefined: they are lost, all of history counts */
  readonly base: Sha | undefined;
  /** The oldest commit that counts; absent: all after the base do. */
  readonly first?: Sha;
  /** The directory was copied when it held this commit, or a little before: however long ago that is, as far as
   *  its lineage is known, it is looked at, and so are the commits before it. */
  readonly copyOf?: Sha;
}

/** @param found  what lies on disk, for the paths in question
 *  @returns the paths whose version on disk is one that the project had between base and head, or in the copied commit */
export async function findStale(
  io: StaleIo,
  { head, base, first, copyOf }: Asked,
  found: ReadonlyMap<RelPath, Version>,
): Promise<Set<RelPath>> {
  const search = new Search(io, found);
  await search.lookBack(head, base, first);
  // A copy takes its time: what was copied first may be older than the note that says what it is a copy of.
  // I12: a commit that NATS forgot is not in the history of what is current, and what it held may be nowhere else.
  if (copyOf !== undefined && !search.isOver && (await io.lineage.isBefore(copyOf, head))) {
    await search.lookBack(copyOf, undefined);
  }
  return search.stale;
}

class Search {
  readonly stale = new Set<RelPath>();
  readonly #io: StaleIo;
  readonly #left: Map<RelPath, Version>;
  /** of those that nothing is found at: what a newer commit had nothing at either */
  readonly #absent = new Set<RelPath>();

  constructor(io: StaleIo, found: ReadonlyMap<RelPath, Version>) {
    this.#io = io;
    this.#left = new Map(found);
  }

  get isOver(): boolean {
    return this.#left.size === 0;
  }

  /** @param until  the newest commit that does not count; undefined: there is none
   *  @param first  the oldest one that counts; undefined: there is none */
  async lookBack(from: Sha, until: Sha | undefined, first?: Sha): Promise<void> {
    let after: Commit | undefined;
    let depth = 0;
    try {
      for await (const { sha, commit } of walkChain(this.#io.objects, from)) {
        if (sha === until) await this.#lookAtLast(commit);
        if (sha === until || this.isOver || depth++ >= STALE_DEPTH) return;
        await this.#lookAt(commit, after);
        if (sha === first) return;
        after = commit;
      }
    } catch (error) {
      // History that was dropped from hot ends the search; what was not found counts as an edit.
      if (!(error instanceof ObjectAbsentError)) throw error;
    }
  }

  /** What a commit has at a path counts unless the one after it has the same, which was looked at before. */
  async #lookAt({ manifest_sha }: Commit, after: Commit | undefined): Promise<void> {
    const { nodes } = this.#io;
    if (after && changesIn(after) < this.#left.size) {
      for await (const change of diffTrees(nodes, manifest_sha, after.manifest_sha)) {
        if (change.kind === 'added') this.#compare(change.entry.path, undefined);
        else this.#compare(change.was.path, change.was);
      }
      return;
    }
    for (const path of [...this.#left.keys()]) this.#compare(path, await getEntry(nodes, manifest_sha, path));
  }

  /** What it has does not count, but what the one after it took away does. */
  async #lookAtLast({ manifest_sha }: Commit): Promise<void> {
    for (const path of [...this.#absent]) this.#compare(path, await getEntry(this.#io.nodes, manifest_sha, path));
  }

  #compare(path: RelPath, had: Version): void {
    if (!this.#left.has(path)) return;
    const found = this.#left.get(path);
    // That nothing was there yet is no version; that a commit took away what was there is.
    if (!found && !had) this.#absent.add(path);
    const isStale = found ? sameBytes(found, had) : had !== undefined && this.#absent.has(path);
    if (!isStale) return;
    this.stale.add(path);
    this.#left.delete(path);
    this.#absent.delete(path);
  }
}

const changesIn = ({ counts }: Commit): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Without mode and time: a crash may come before they are set, and nobody edits by them alone. */
function sameBytes(a: Version, b: Version): boolean {
  if (!a || !b) return a === b;
  if (isFile(a) && isFile(b)) return a.sha === b.sha;
  return isFile(a) === isFile(b);
}
