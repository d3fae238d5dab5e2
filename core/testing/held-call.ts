// A place at which calls wait, so that a test decides what happens meanwhile.
export class HeldCall {
  #reach: () => void = () => {};
  #release: () => void = () => {};
  /** Resolves when a call waits there. */
  readonly reached = new Promise<void>((resolve) => {
    this.#reach = resolve;
  });
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  /** Waits until the test lets it go on. */
  async hold(): Promise<void> {
    this.#reach();
    await this.#released;
  }

  release(): void {
    this.#release();
  }
}
