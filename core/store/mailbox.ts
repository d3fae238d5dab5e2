// What a producer that cannot wait hands to a reader that can: a queue with an async iterator, ended by a signal.

export class Mailbox<T> implements AsyncIterable<T> {
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.end();
  #items: T[] = [];
  #ended = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  /** The signal's abort ends the iteration without an error; what still waits is dropped. */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
    if (signal?.aborted) this.#ended = true;
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** items that wait for the reader */
  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** What waits is delivered first, then the iteration ends. A mailbox that nobody reads to its end is ended too: until
   *  then the signal holds it. */
  end(): void {
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#wake?.();
  }

  /** The iteration throws; what waits is dropped, because whoever starts anew gets it again. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = error;
    this.#items = [];
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      while (true) {
        const items = this.#items;
        this.#items = [];
        for (const item of items) {
          if (this.#signal?.aborted) return;
          if (this.#failure !== undefined) break;
          yield item;
        }
        if (this.#items.length > 0) continue;
        if (this.#ended) break;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      this.end();
    }
  }
}
