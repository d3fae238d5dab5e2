// What a file system in memory could still lose: changes of names and facts, in their order. A power loss takes them back
// from the newest on, so that what happened in one step stays whole.
import type { Random } from '../../core/testing/seeded-random.ts';
import type { Node } from './memory-nodes.ts';

interface Change {
  /** One: facts of that inode. More: names; the directories among them make it durable. */
  readonly of: readonly Node[];
  undo(): void;
}

export class Journal {
  readonly #isShared: boolean;
  #changes: Change[] = [];

  /** @param isShared  every sync makes all durable; else only what it asks for and what came before */
  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  add(of: readonly Node[], undo: () => void): void {
    this.#changes.push({ of, undo });
  }

  syncFacts(node: Node): void {
    if (this.#isShared) this.#changes = [];
    else this.#changes = this.#changes.filter(({ of }) => of.length > 1 || of[0] !== node);
  }

  syncNames(dir: Node): void {
    if (this.#isShared) this.#changes = [];
    else this.#changes.splice(0, this.#changes.findLastIndex(({ of }) => of.includes(dir)) + 1);
  }

  powerLoss(random: Random): void {
    const kept = Math.floor(random() * (this.#changes.length + 1));
    for (const { undo } of this.#changes.splice(kept).reverse()) undo();
    this.#changes = [];
  }
}
