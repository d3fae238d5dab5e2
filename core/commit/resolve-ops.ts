// Turns ops into edits of a tree. Here live the rules that keep a tree a possible directory: a file and a directory
// never share a path, and a directory has an entry only while it is empty. Later ops see the effect of earlier ones.

import { getEntry } from '../manifest/get.ts';
import type { Edit, NodeReader } from '../manifest/tree.ts';
import { walkTree } from '../manifest/walk.ts';
import { type Entry, type FileEntry, isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { ancestorsOf, parseRelPath, type RelPath } from '../model/rel-path.ts';
import type { PathOp, Seen } from './path-op.ts';

/** A path where the op won over something that its committer had not seen. */
export interface ReplacedUnseen {
  readonly path: RelPath;
  readonly won: Sha | null;
  readonly lost: Sha | null;
  /** undefined: what lost was no file */
  readonly lostEntry: FileEntry | undefined;
  /** which op it was, by its place in the list */
  readonly op: number;
}

export interface ResolvedOps {
  readonly edits: readonly Edit[];
  /** What the tree has at a path, as it was before the ops. */
  was(path: RelPath): Promise<Entry | undefined>;
  readonly conflicts: readonly ReplacedUnseen[];
}

export async function resolveOps(nodes: NodeReader, root: Sha, ops: readonly PathOp[]): Promise<ResolvedOps> {
  const draft = new Draft(nodes, root);
  const conflicts: ReplacedUnseen[] = [];
  for (const [index, op] of ops.entries()) {
    switch (op.kind) {
      case 'put': {
        const before = await draft.get(op.entry.path);
        if (missed(op.seen, before, op.entry)) conflicts.push(replaced(index, op.entry.path, op.entry, before));
        const displaced = await draft.put(op.entry);
        // A committer that says what it saw deletes by itself what it knew to be in the way.
        if (op.seen !== undefined)
          for (const file of displaced) conflicts.push(replaced(index, file.path, undefined, file));
        break;
      }
      case 'delete': {
        const before = await draft.get(op.path);
        if (before && missed(op.seen, before, undefined)) conflicts.push(replaced(index, op.path, undefined, before));
        // What came below the path unseen is not the committer's to delete.
        if (op.seen === undefined) await draft.removeAll(op.path);
        else draft.remove(op.path, before);
        break;
      }
      case 'move': {
        const moving = await draft.under(op.from);
        // Said again after it was done, or by a second person: what is at `to` is the result.
        if (moving.length === 0) break;
        await draft.removeAll(op.from);
        await draft.removeAll(op.to);
        for (const entry of moving) {
          await draft.put({ ...entry, path: parseRelPath(op.to + entry.path.slice(op.from.length)) });
        }
        break;
      }
    }
  }
  return { edits: draft.edits(), was: (path) => draft.was(path), conflicts };
}

/** True when `before` is neither what the committer saw nor what it makes. */
function missed(seen: Seen | undefined, before: Entry | undefined, after: Entry | undefined): boolean {
  if (seen === undefined) return false;
  const now = seenAs(before);
  return now !== seen && now !== seenAs(after);
}

export function seenAs(entry: Entry | undefined): Seen {
  if (!entry) return 'absent';
  return isFile(entry) ? entry.sha : 'dir';
}

function replaced(op: number, path: RelPath, after: Entry | undefined, before: Entry | undefined): ReplacedUnseen {
  const sha = (entry: Entry | undefined) => (entry && isFile(entry) ? entry.sha : null);
  const lostEntry = before && isFile(before) ? before : undefined;
  return { path, won: sha(after), lost: sha(before), lostEntry, op };
}

/** The tree as it will be: the old root with the changes of this batch laid over it. */
class Draft {
  /** undefined = removed */
  private readonly overlay = new Map<RelPath, Entry | undefined>();
  /** what the tree was asked for */
  private readonly known = new Map<RelPath, Entry | undefined>();
  /** directory → paths put below it in this batch */
  private readonly putBelow = new Map<RelPath, Set<RelPath>>();
  /** directories that are known to hold no entry of their own, so that thousands of siblings ask once */
  private readonly clearedDirs = new Set<RelPath>();

  constructor(
    private readonly nodes: NodeReader,
    private readonly root: Sha,
  ) {}

  async get(path: RelPath): Promise<Entry | undefined> {
    if (this.overlay.has(path)) return this.overlay.get(path);
    return this.was(path);
  }

  async was(path: RelPath): Promise<Entry | undefined> {
    const known = this.known.get(path);
    if (known || this.known.has(path)) return known;
    const entry = await getEntry(this.nodes, this.root, path);
    this.known.set(path, entry);
    return entry;
  }

  /** The entry at `path` and all below it, as of now. */
  async under(path: RelPath): Promise<Entry[]> {
    const found: Entry[] = [];
    const own = await this.get(path);
    if (own) found.push(own);
    for await (const entry of walkTree(this.nodes, this.root, { prefix: path })) {
      if (!this.overlay.has(entry.path)) found.push(entry);
    }
    for (const below of this.putBelow.get(path) ?? []) {
      const entry = this.overlay.get(below);
      if (entry) found.push(entry);
    }
    return found;
  }

  /** @returns the files that had to make way: those below it, or one in the place of a directory above it */
  async put(entry: Entry): Promise<readonly FileEntry[]> {
    if (!isFile(entry) && (await this.hasBelow(entry.path))) return [];
    const displaced = isFile(entry) ? await this.removeBelow(entry.path) : [];
    for (const dir of ancestorsOf(entry.path)) {
      if (this.clearedDirs.has(dir)) continue;
      const above = await this.get(dir);
      if (above && isFile(above)) displaced.push(above);
      this.remove(dir, above);
      this.clearedDirs.add(dir);
    }
    this.overlay.set(entry.path, entry);
    this.clearedDirs.delete(entry.path);
    for (const dir of ancestorsOf(entry.path)) {
      const below = this.putBelow.get(dir) ?? new Set();
      this.putBelow.set(dir, below.add(entry.path));
    }
    return displaced;
  }

  /** @param before  what is there now */
  remove(path: RelPath, before: Entry | undefined): void {
    if (before) this.overlay.set(path, undefined);
  }

  async removeAll(path: RelPath): Promise<void> {
    await this.removeBelow(path);
    this.remove(path, await this.get(path));
  }

  edits(): Edit[] {
    return Array.from(this.overlay, ([path, entry]) => (entry ? { kind: 'put', entry } : { kind: 'remove', path }));
  }

  /** @returns the files that were there */
  private async removeBelow(path: RelPath): Promise<FileEntry[]> {
    const removed: FileEntry[] = [];
    const take = (entry: Entry) => {
      if (isFile(entry)) removed.push(entry);
      this.overlay.set(entry.path, undefined);
    };
    for (const below of this.putBelow.get(path) ?? []) {
      const entry = this.overlay.get(below);
      if (entry) take(entry);
    }
    for await (const entry of walkTree(this.nodes, this.root, { prefix: path })) {
      if (!this.overlay.has(entry.path)) take(entry);
    }
    return removed;
  }

  private async hasBelow(path: RelPath): Promise<boolean> {
    for (const below of this.putBelow.get(path) ?? []) if (this.overlay.get(below)) return true;
    for await (const entry of walkTree(this.nodes, this.root, { prefix: path })) {
      const laid = this.overlay.has(entry.path) ? this.overlay.get(entry.path) : entry;
      if (laid) return true;
    }
    return false;
  }
}
