// Tells of changes without being told of each: at once, then at most every so often, and the last one always.

export class Reporter {
  readonly #say: () => Promise<void>;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #pending = false;
  #saying: Promise<void> | undefined;
  #closed = false;

  constructor(say: () => Promise<void>, everyMs: number) {
    this.#say = say;
    this.#everyMs = everyMs;
  }

  soon(): void {
    if (this.#closed) return;
    this.#pending = true;
    if (this.#timer || this.#saying) return;
    this.#timer = setTimeout(() => this.#now(), 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#saying;
  }

  #now(): void {
    this.#pending = false;
    this.#saying = this.#say().finally(() => {
      this.#saying = undefined;
      if (this.#closed) return;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (this.#pending) this.#now();
      }, this.#everyMs);
    });
  }
}
