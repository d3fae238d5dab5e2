// A set of very many shas: those of all that a tenant has, which a sweep or a reconcile holds for as long as it looks. It keeps
// their 32 bytes and some 8 more for each, a third of what a `Set` of their texts takes, and grows without being copied.
import type { Sha } from './ids.ts';

const SHA_BYTES = 32;
const WORDS = SHA_BYTES / 4;
/** Rows that are allocated at once: 2 MiB. */
const CHUNK_ROWS = 65_536;
const FIRST_SLOTS = 1_024;

export class ShaSet implements Iterable<Sha> {
  /** the shas in the order in which they came */
  readonly #chunks: Uint32Array[] = [];
  /** open addressing: where a sha is looked for first follows from its own first bits, which are spread evenly; row + 1, 0: free */
  #slots = new Uint32Array(FIRST_SLOTS);
  #size = 0;
  readonly #asked = new Uint32Array(WORDS);
  readonly #askedBytes = Buffer.from(this.#asked.buffer);

  get size(): number {
    return this.#size;
  }

  has(sha: Sha): boolean {
    return this.rowOf(sha) !== undefined;
  }

  /** @returns its row, also where it was there before: rows are counted from 0, and stay */
  add(sha: Sha): number {
    const slot = this.#slotOf(sha);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    const row = this.#size++;
    if (row % CHUNK_ROWS === 0) this.#chunks.push(new Uint32Array(CHUNK_ROWS * WORDS));
    this.#chunks.at(-1)?.set(this.#asked, (row % CHUNK_ROWS) * WORDS);
    this.#slots[slot] = row + 1;
    if (this.#size * 4 > this.#slots.length * 3) this.#spread();
    return row;
  }

  rowOf(sha: Sha): number | undefined {
    const row = (this.#slots[this.#slotOf(sha)] ?? 0) - 1;
    return row < 0 ? undefined : row;
  }

  *[Symbol.iterator](): Generator<Sha> {
    for (let row = 0; row < this.#size; row++) {
      const words = this.#wordsOf(row);
      yield Buffer.from(words.buffer, words.byteOffset, SHA_BYTES).toString('hex') as Sha;
    }
  }

  /** Where it is, or would be. */
  #slotOf(sha: Sha): number {
    this.#askedBytes.write(sha, 'hex');
    const last = this.#slots.length - 1;
    for (let slot = (this.#asked[0] ?? 0) & last; ; slot = (slot + 1) & last) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0 || this.#isAsked(known - 1)) return slot;
    }
  }

  #isAsked(row: number): boolean {
    const chunk = this.#chunks[Math.floor(row / CHUNK_ROWS)];
    const at = (row % CHUNK_ROWS) * WORDS;
    for (let word = 0; word < WORDS; word++) if (chunk?.[at + word] !== this.#asked[word]) return false;
    return true;
  }

  #wordsOf(row: number): Uint32Array {
    const at = (row % CHUNK_ROWS) * WORDS;
    return this.#chunks[Math.floor(row / CHUNK_ROWS)]?.subarray(at, at + WORDS) ?? new Uint32Array(WORDS);
  }

  /** Twice as many slots. */
  #spread(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const last = this.#slots.length - 1;
    for (let row = 0; row < this.#size; row++) {
      let slot = (this.#wordsOf(row)[0] ?? 0) & last;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & last;
      this.#slots[slot] = row + 1;
    }
  }
}
