// Lets in as much at once as there is room for; the others wait in the order in which they came, so that a large one is not
// passed over for ever.
import { setMaxListeners } from 'node:events';

interface Waiter {
  readonly weight: number;
  readonly letIn: () => void;
}

export class WeightedGate {
  #capacity: number;
  #inside = 0;
  readonly #waiting: Waiter[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Who is inside stays; who waits may come in now. */
  setCapacity(capacity: number): void {
    this.#capacity = capacity;
    this.#letIn();
  }

  /** More than the whole room counts as the whole.
   *  @returns what gives the room back
   *  @throws the signal's reason */
  async enter(weight: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (!this.#hasRoom(weight)) {
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = {
          weight,
          letIn: () => {
            signal.removeEventListener('abort', giveUp);
            resolve();
          },
        };
        const giveUp = () => {
          this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
          reject(signal.reason);
          this.#letIn();
        };
        // Many wait under one signal; that is no leak.
        setMaxListeners(0, signal);
        signal.addEventListener('abort', giveUp, { once: true });
        this.#waiting.push(waiter);
      });
      return this.#leave(weight);
    }
    return this.#enterNow(weight);
  }

  /** As `enter`, where nobody has to wait. @returns undefined: `enter` has to be waited for */
  tryEnter(weight: number): (() => void) | undefined {
    return this.#hasRoom(weight) ? this.#enterNow(weight) : undefined;
  }

  #enterNow(weight: number): () => void {
    this.#inside += weight;
    return this.#leave(weight);
  }

  #leave(weight: number): () => void {
    return () => {
      this.#inside -= weight;
      this.#letIn();
    };
  }

  #hasRoom(weight: number): boolean {
    return this.#waiting.length === 0 && this.#fits(weight);
  }

  #fits(weight: number): boolean {
    return this.#inside === 0 || this.#inside + weight <= this.#capacity;
  }

  #letIn(): void {
    for (let next = this.#waiting[0]; next && this.#fits(next.weight); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#inside += next.weight;
      next.letIn();
    }
  }
}
