// Work that several ask for at the same time is done once, and all get what came of it.

export class Flights<K, T> {
  readonly #underWay = new Map<K, Promise<T>>();

  /** @param work  not called when the same is under way */
  share(key: K, work: () => Promise<T>): Promise<T> {
    const there = this.#underWay.get(key);
    if (there) return there;
    const flight = work().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, flight);
    return flight;
  }
}
