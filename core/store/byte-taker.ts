// Takes so many bytes from the front of a stream as a format asks for, and hands on the rest.

export class ByteTaker {
  readonly #parts: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#parts = bytes[Symbol.asyncIterator]();
  }

  /** @returns fewer bytes only at the end of the stream */
  async take(sizeBytes: number): Promise<Uint8Array> {
    const taken: Uint8Array[] = [this.#held];
    let count = this.#held.length;
    while (count < sizeBytes) {
      const { done, value } = await this.#parts.next();
      if (done) break;
      taken.push(value);
      count += value.length;
    }
    const all = taken.length === 1 ? this.#held : Buffer.concat(taken, count);
    this.#held = all.subarray(sizeBytes);
    return all.subarray(0, sizeBytes);
  }

  /** They are taken again. */
  putBack(bytes: Uint8Array): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([bytes, this.#held]);
  }

  async *rest(): AsyncGenerator<Uint8Array, void, undefined> {
    const held = this.#held;
    this.#held = new Uint8Array(0);
    if (held.length > 0) yield held;
    for (let next = await this.#parts.next(); !next.done; next = await this.#parts.next()) yield next.value;
  }

  /** Gives the stream back, read or not. */
  leave(): void {
    this.#parts.return?.().catch(() => undefined);
  }
}
