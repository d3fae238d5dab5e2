// Work that several ask for at the same time is done once, and all get what came of it. Who began it may leave: then those
// who waited begin anew, because a cancelled job says nothing about the object that a reader waits for. Who waits may leave too:
// the work goes on for the others.

interface Flight<T> {
  readonly result: Promise<T>;
  /** of who began it */
  readonly signal: AbortSignal;
}

export class Flights<K, T> {
  readonly #underWay = new Map<K, Flight<T>>();

  /** @param signal  ends the work where this call began it
   *  @param work  not called when the same is under way */
  async share(key: K, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (;;) {
      const there = this.#underWay.get(key);
      if (!there) return this.#begin(key, signal, work);
      try {
        return await orLeft(there.result, signal);
      } catch (error) {
        if (signal.aborted || !there.signal.aborted) throw error;
      }
    }
  }

  #begin(key: K, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const result = work().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { result, signal });
    return result;
  }
}

/** @throws the signal's reason as soon as it aborts */
async function orLeft<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let leave: () => void = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([result, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
