// What a file system in memory could still lose: changes of names and facts, in their order. A power loss takes them back
// from the newest on, so that what happened in one step stays whole.
import type { Random } from '../../core/testing/seeded-random.ts';
import type { DirectoryNode, Node } from './memory-nodes.ts';

/** What a sync of one file or directory makes durable of the changes: all there are, as a journal does that all share; those of
 *  it and all that came before them; or those of it and nothing else. */
export type Durability = 'shared' | 'ordered' | 'alone';

type Change = { undo(): void } & (
  | { readonly kind: 'facts'; readonly node: Node }
  /** `dirs`: where names changed; `node`: what they name */
  | { readonly kind: 'names'; readonly dirs: readonly DirectoryNode[]; readonly node: Node }
);

export class Journal {
  readonly #durability: Durability;
  #changes: Change[] = [];

  constructor(durability: Durability) {
    this.#durability = durability;
  }

  facts(node: Node, undo: () => void): void {
    this.#changes.push({ kind: 'facts', node, undo });
  }

  names(dirs: readonly DirectoryNode[], node: Node, undo: () => void): void {
    this.#changes.push({ kind: 'names', dirs, node, undo });
  }

  syncFacts(node: Node): void {
    if (this.#durability === 'shared') this.#changes = [];
    else this.#changes = this.#changes.filter((change) => change.kind === 'names' || change.node !== node);
  }

  syncNames(dir: Node): void {
    switch (this.#durability) {
      case 'shared':
        this.#changes = [];
        return;
      case 'ordered':
        this.#changes.splice(0, this.#changes.findLastIndex((change) => isOf(change, dir)) + 1);
        return;
      case 'alone':
        this.#syncAlone(dir);
    }
  }

  /** A rename is one change of two directories: with it goes what came before it in the other. */
  #syncAlone(dir: Node): void {
    const synced = new Set([dir]);
    this.#changes = this.#changes
      .reverse()
      .filter((change) => {
        if (change.kind === 'facts') return change.node !== dir;
        if (!change.dirs.some((one) => synced.has(one))) return true;
        for (const one of change.dirs) synced.add(one);
        return false;
      })
      .reverse();
  }

  powerLoss(random: Random): void {
    const kept = Math.floor(random() * (this.#changes.length + 1));
    for (const { undo } of this.#changes.splice(kept).reverse()) undo();
    this.#changes = [];
  }
}

const isOf = (change: Change, dir: Node): boolean =>
  change.node === dir || (change.kind === 'names' && change.dirs.some((one) => one === dir));

/** What a power loss leaves of the bytes of a file: what was synced, what was written, a part of it, or both mixed. */
export function bytesLeft(durable: Uint8Array, fresh: Uint8Array, random: Random): Uint8Array {
  const cut = Math.floor(random() * (fresh.length + 1));
  const choices: readonly (() => Uint8Array)[] = [
    () => durable,
    () => fresh,
    () => fresh.slice(0, cut),
    () => Buffer.concat([fresh.slice(0, cut), durable.slice(cut)]),
  ];
  return (choices[Math.floor(random() * choices.length)] ?? (() => durable))();
}
