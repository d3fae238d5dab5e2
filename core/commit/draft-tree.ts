// The tree as it will be while ops are applied one after the other: the old root with the changes of this batch laid over it.
import { LeafAt } from '../manifest/leaf-at.ts';
import { firstEntryAt } from '../manifest/node.ts';
import { rangeOf } from '../manifest/totals.ts';
import type { Edit, NodeReader } from '../manifest/tree.ts';
import { walkTree } from '../manifest/walk.ts';
import { type Entry, isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { ancestorsOf, comparePaths, type RelPath } from '../model/rel-path.ts';

export class DraftTree {
  /** undefined = removed */
  readonly #overlay = new Map<RelPath, Entry | undefined>();
  /** what the tree was asked for */
  readonly #known = new Map<RelPath, Entry | undefined>();
  /** directory → paths put below it in this batch */
  readonly #putBelow = new Map<RelPath, Set<RelPath>>();
  /** directories that are known to hold no entry of their own, so that thousands of siblings ask once */
  readonly #clearedDirs = new Set<RelPath>();
  readonly #nodes: NodeReader;
  readonly #root: Sha;
  readonly #leafAt: LeafAt;

  constructor(nodes: NodeReader, root: Sha) {
    this.#nodes = nodes;
    this.#root = root;
    this.#leafAt = new LeafAt(nodes, root);
  }

  async get(path: RelPath): Promise<Entry | undefined> {
    if (this.#overlay.has(path)) return this.#overlay.get(path);
    return this.was(path);
  }

  /** As it was before the batch. */
  async was(path: RelPath): Promise<Entry | undefined> {
    const known = this.#known.get(path);
    if (known || this.#known.has(path)) return known;
    const { entries } = await this.#leafAt.find(path);
    const there = entries[firstEntryAt(entries, path)];
    const entry = there?.path === path ? there : undefined;
    this.#known.set(path, entry);
    return entry;
  }

  /** The entry at `path` and all below it, as of now. */
  async under(path: RelPath): Promise<Entry[]> {
    const own = await this.get(path);
    const below = await this.#below(path);
    return own ? [own, ...below] : below;
  }

  /** @returns what cannot be there beside the entry, without what is at its own path; 'filled': it is an empty directory, and
   *  something is below it */
  async inTheWayOf(entry: Entry): Promise<readonly Entry[] | 'filled'> {
    if (!isFile(entry) && (await this.#hasBelow(entry.path))) return 'filled';
    const found = isFile(entry) ? await this.#below(entry.path) : [];
    for (const dir of ancestorsOf(entry.path)) {
      if (this.#clearedDirs.has(dir)) continue;
      const above = await this.get(dir);
      if (above) found.push(above);
      else this.#clearedDirs.add(dir);
    }
    return found;
  }

  /** @param displaced  what is in its way */
  put(entry: Entry, displaced: readonly Entry[]): void {
    for (const { path } of displaced) this.#overlay.set(path, undefined);
    this.#overlay.set(entry.path, entry);
    this.#clearedDirs.delete(entry.path);
    for (const dir of ancestorsOf(entry.path)) {
      this.#clearedDirs.add(dir);
      const below = this.#putBelow.get(dir) ?? new Set();
      this.#putBelow.set(dir, below.add(entry.path));
    }
  }

  /** @param before  what is there now */
  remove(path: RelPath, before: Entry | undefined): void {
    if (before) this.#overlay.set(path, undefined);
  }

  async removeAll(path: RelPath): Promise<void> {
    for (const entry of await this.under(path)) this.#overlay.set(entry.path, undefined);
  }

  edits(): Edit[] {
    return Array.from(this.#overlay, ([path, entry]) => (entry ? { kind: 'put', entry } : { kind: 'remove', path }));
  }

  async #below(path: RelPath): Promise<Entry[]> {
    const found: Entry[] = [];
    for (const below of this.#putBelow.get(path) ?? []) {
      const entry = this.#overlay.get(below);
      if (entry) found.push(entry);
    }
    for await (const entry of await this.#wasBelow(path)) {
      if (!this.#overlay.has(entry.path)) found.push(entry);
    }
    return found;
  }

  async #hasBelow(path: RelPath): Promise<boolean> {
    for (const below of this.#putBelow.get(path) ?? []) if (this.#overlay.get(below)) return true;
    for await (const entry of await this.#wasBelow(path)) {
      const laid = this.#overlay.has(entry.path) ? this.#overlay.get(entry.path) : entry;
      if (laid) return true;
    }
    return false;
  }

  /** Mostly nothing, and one leaf says so. */
  async #wasBelow(path: RelPath): Promise<Iterable<Entry> | AsyncIterable<Entry>> {
    const { from, to } = rangeOf(path);
    const { entries, upTo } = await this.#leafAt.find(from);
    const isWhole = upTo === undefined || (to !== undefined && comparePaths(to, upTo) <= 0);
    if (!isWhole) return walkTree(this.#nodes, this.#root, { prefix: path });
    return entries.slice(firstEntryAt(entries, from), to === undefined ? entries.length : firstEntryAt(entries, to));
  }
}
