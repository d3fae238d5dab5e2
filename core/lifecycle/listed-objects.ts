// All objects of a tier as its list says, held for as long as a job compares them with what is needed: some 56 bytes each.
import type { Sha } from '../model/ids.ts';
import { ShaSet } from '../model/sha-set.ts';

/** An object as its tier lists it: `touchedAt` is when it was stored, or protected by a put; milliseconds since 1970. */
export interface Listed {
  readonly sha: Sha;
  readonly sizeBytes: number;
  readonly touchedAt: number;
}

const FIRST_ROWS = 1_024;

export class ListedObjects implements Iterable<Listed> {
  readonly #shas = new ShaSet();
  #sizes = new Float64Array(FIRST_ROWS);
  #touched = new Float64Array(FIRST_ROWS);

  /** What is listed again is as it was listed last. */
  add({ sha, sizeBytes, touchedAt }: Listed): void {
    const row = this.#shas.add(sha);
    if (row === this.#sizes.length) {
      this.#sizes = twice(this.#sizes);
      this.#touched = twice(this.#touched);
    }
    this.#sizes[row] = sizeBytes;
    this.#touched[row] = touchedAt;
  }

  /** @returns undefined: it is not listed */
  sizeOf(sha: Sha): number | undefined {
    const row = this.#shas.rowOf(sha);
    return row === undefined ? undefined : this.#sizes[row];
  }

  *[Symbol.iterator](): Generator<Listed> {
    let row = 0;
    for (const sha of this.#shas) {
      yield { sha, sizeBytes: this.#sizes[row] ?? 0, touchedAt: this.#touched[row] ?? 0 };
      row += 1;
    }
  }
}

function twice(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(column.length * 2);
  longer.set(column);
  return longer;
}
