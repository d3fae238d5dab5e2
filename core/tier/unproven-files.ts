// Files of a project that cannot be archived, because hot has no good copy of them: collected while the others go on.
import type { FileEntry } from '../model/entry.ts';
import { comparePaths } from '../model/rel-path.ts';
import { MAX_LISTED_UNPROVEN, type RestorePoint } from '../model/restore-point.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../store/store-errors.ts';

export type LostBytes = ObjectAbsentError | ObjectCorruptError;

/** It is about one object, and not about its tier. */
export const isLostBytes = (error: unknown): error is LostBytes =>
  error instanceof ObjectAbsentError || error instanceof ObjectCorruptError;

export class UnprovenFiles {
  #count = 0;
  readonly #listed = new Map<string, FileEntry>();
  #lost: LostBytes | undefined;

  add(file: FileEntry, error: LostBytes): void {
    if (this.#listed.has(file.path)) return;
    this.#count += 1;
    this.#lost ??= error;
    if (this.#listed.size < MAX_LISTED_UNPROVEN) this.#listed.set(file.path, file);
  }

  /** In path order, so that what did not change says the same again. */
  get found(): { readonly unproven?: NonNullable<RestorePoint['unproven']>; readonly lost?: LostBytes } {
    if (this.#lost === undefined) return {};
    const listed = [...this.#listed.values()].sort((a, b) => comparePaths(a.path, b.path));
    return { unproven: { count: this.#count, listed }, lost: this.#lost };
  }
}
