// Tells a person who presses Ctrl-C again from one Ctrl-C that comes twice: a terminal gives it to npm and to `up`, and npm
// passes on what it got. Only who really presses again wants everything ended at once.

/** Nobody presses again within so little time and means it. */
export const ECHO_MS = 500;

export class EndWish {
  readonly #now: () => number;
  #firstAt: number | undefined;

  /** @param now  milliseconds, steady */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A signal to end came. `echo`: it says nothing new */
  heard(): 'first' | 'echo' | 'again' {
    const now = this.#now();
    if (this.#firstAt === undefined) {
      this.#firstAt = now;
      return 'first';
    }
    return now - this.#firstAt < ECHO_MS ? 'echo' : 'again';
  }
}
