// The directories above some paths, so that asking whether anything lies below one of them needs no walk over all.
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';

export class Above {
  readonly #below = new Map<RelPath, number>();

  /** Each path once. */
  add(path: RelPath): void {
    for (const dir of ancestorsOf(path)) this.#below.set(dir, (this.#below.get(dir) ?? 0) + 1);
  }

  /** One that was added. */
  remove(path: RelPath): void {
    for (const dir of ancestorsOf(path)) {
      const left = (this.#below.get(dir) ?? 0) - 1;
      if (left > 0) this.#below.set(dir, left);
      else this.#below.delete(dir);
    }
  }

  /** Whether one of the paths lies below the directory. */
  has(dir: RelPath): boolean {
    return this.#below.has(dir);
  }
}
