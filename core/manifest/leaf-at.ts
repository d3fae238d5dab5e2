// Finds the leaf in which a path lies, or would lie. Whoever asks for many paths asks for neighbours mostly: the leaf that
// was found last answers for them at once.
import type { Entry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { comparePaths } from '../model/rel-path.ts';
import { firstChildAt, loadNode } from './node.ts';
import type { NodeReader } from './tree.ts';

/** All entries of a tree after one path and up to another. */
export interface Stretch {
  readonly entries: readonly Entry[];
  /** exclusive; undefined: from the first path */
  readonly after: string | undefined;
  /** inclusive; undefined: to the end of the tree */
  readonly upTo: string | undefined;
}

export class LeafAt {
  readonly #nodes: NodeReader;
  readonly #root: Sha;
  #last: Stretch | undefined;

  constructor(nodes: NodeReader, root: Sha) {
    this.#nodes = nodes;
    this.#root = root;
  }

  /** @param key  a path, or the beginning of some */
  find(key: string): Stretch | Promise<Stretch> {
    const last = this.#last;
    return last && lies(key, last) ? last : this.#load(key);
  }

  async #load(key: string): Promise<Stretch> {
    let node = await loadNode(this.#nodes, this.#root);
    let after: string | undefined;
    let upTo: string | undefined;
    while (node.kind === 'branch') {
      const at = firstChildAt(node.children, key);
      after = node.children[at - 1]?.last ?? after;
      const child = node.children[at];
      if (!child) {
        this.#last = { entries: [], after, upTo };
        return this.#last;
      }
      upTo = child.last;
      node = await loadNode(this.#nodes, child.sha, { level: node.level - 1, last: child.last });
    }
    this.#last = { entries: node.entries, after, upTo };
    return this.#last;
  }
}

const lies = (key: string, { after, upTo }: Stretch): boolean =>
  (after === undefined || comparePaths(key, after) > 0) && (upTo === undefined || comparePaths(key, upTo) <= 0);
