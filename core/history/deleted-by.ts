// What an actor deleted since a commit, where nobody made or changed anything in its place since: what may come back without
// undoing anybody's work. A file that the same commit has under another name was moved, and is not gone.
import { walkChain } from '../commit/chain.ts';
import { diffTrees, pairMoves } from '../manifest/diff.ts';
import type { Change, NodeReader } from '../manifest/tree.ts';
import type { Actor, Commit } from '../model/commit.ts';
import { type Entry, isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { ancestorsOf, comparePaths, type RelPath } from '../model/rel-path.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface DeletedByIo {
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly nodes: NodeReader;
}

export interface DeletedByAsked {
  /** the commit that `current` names */
  readonly head: Sha;
  /** the last commit that does not count */
  readonly after: Sha;
  readonly actor: Actor;
}

/** A longer chain than this is not followed. */
export const MAX_FOLLOWED = 20_000;

export type DeletedBy =
  | {
      readonly kind: 'found';
      /** as they were when they were deleted, in path order */
      readonly gone: readonly Entry[];
      /** of the paths that were deleted: what is there now, because somebody put it since */
      readonly back: readonly Entry[];
    }
  /** `after` is not among the commits before `head` */
  | { readonly kind: 'not-before' }
  /** there are more commits since `after` than are followed */
  | { readonly kind: 'too-long' };

/** @param limit  of commits that are followed
 *  @throws StoreUnavailableError; ObjectAbsentError, ObjectCorruptError  a commit or a manifest cannot be read */
export async function deletedBy(io: DeletedByIo, asked: DeletedByAsked, limit = MAX_FOLLOWED): Promise<DeletedBy> {
  const found = new Found();
  let later: Commit | undefined;
  let followed = 0;
  for await (const { sha, commit } of walkChain(io.objects, asked.head)) {
    if (later) {
      const changes = diffTrees(io.nodes, commit.manifest_sha, later.manifest_sha);
      if (isBy(later, asked.actor)) await found.lookAtOwn(changes);
      else await found.lookAtOthers(changes);
    }
    if (sha === asked.after) return { kind: 'found', gone: found.entries(), back: found.back };
    if (++followed === limit) return { kind: 'too-long' };
    later = commit;
  }
  return { kind: 'not-before' };
}

const isBy = ({ actor }: Commit, { kind, id }: Actor): boolean => actor.kind === kind && actor.id === id;

/** Commits are looked at from the newest: what a path became last is what counts. */
class Found {
  readonly #gone: Entry[] = [];
  readonly #decided = new Set<RelPath>();
  readonly #back = new Map<RelPath, Entry>();
  readonly #present = new Map<RelPath, Entry>();
  readonly #files = new Set<RelPath>();
  readonly #aboveFiles = new Set<RelPath>();

  async lookAtOwn(changes: AsyncIterable<Change>): Promise<void> {
    const all: Change[] = [];
    for await (const change of changes) all.push(change);
    for (const change of pairMoves(all)) {
      if (change.kind === 'removed') {
        const { path } = change.was;
        const now = this.#present.get(path);
        if (now) this.#back.set(path, now);
        else if (this.#decide(path)) this.#gone.push(change.was);
        continue;
      }
      if (change.kind === 'moved') this.#decide(change.was.path);
      this.#put(change.entry);
    }
  }

  async lookAtOthers(changes: AsyncIterable<Change>): Promise<void> {
    for await (const change of changes) {
      if (change.kind === 'removed') this.#decide(change.was.path);
      else this.#put(change.entry);
    }
  }

  get back(): Entry[] {
    return [...this.#back.values()];
  }

  /** A file and what would lie below it, or above it, cannot both be; the one that is there stays. */
  entries(): Entry[] {
    const free = this.#gone.filter(
      ({ path }) => !this.#aboveFiles.has(path) && !ancestorsOf(path).some((dir) => this.#files.has(dir)),
    );
    // A directory has an entry only while it is empty.
    for (const entry of free) if (isFile(entry)) this.#isAbove(entry.path);
    return free
      .filter((entry) => isFile(entry) || !this.#aboveFiles.has(entry.path))
      .sort((a, b) => comparePaths(a.path, b.path));
  }

  #put(entry: Entry): void {
    if (!this.#decide(entry.path)) return;
    this.#present.set(entry.path, entry);
    if (!isFile(entry)) return;
    this.#files.add(entry.path);
    this.#isAbove(entry.path);
  }

  #isAbove(path: RelPath): void {
    for (const dir of ancestorsOf(path)) this.#aboveFiles.add(dir);
  }

  /** @returns false when a newer commit did */
  #decide(path: RelPath): boolean {
    if (this.#decided.has(path)) return false;
    this.#decided.add(path);
    return true;
  }
}
