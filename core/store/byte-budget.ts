// Bounds what is on its way at once, so that memory stays flat however many transfers run beside each other.

export class ByteBudget {
  #free: number;
  readonly #waiting: { readonly bytes: number; readonly resume: () => void }[] = [];

  constructor(readonly limitBytes: number) {
    this.#free = limitBytes;
  }

  /** Waits for its turn, in the order of the calls. More than the whole budget counts as the whole. */
  async take(bytes: number): Promise<void> {
    const wanted = Math.min(bytes, this.limitBytes);
    if (this.#waiting.length === 0 && this.#free >= wanted) {
      this.#free -= wanted;
      return;
    }
    await new Promise<void>((resume) => this.#waiting.push({ bytes: wanted, resume }));
  }

  give(bytes: number): void {
    this.#free += Math.min(bytes, this.limitBytes);
    while (this.#waiting[0] && this.#waiting[0].bytes <= this.#free) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#free -= next.bytes;
      next.resume();
    }
  }
}
