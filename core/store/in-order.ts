// Works on a few items of a stream side by side and gives what comes of them in the stream's order.

/** @param ahead  items under way at once, kept in memory until their turn */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  ahead: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const underWay: Promise<R>[] = [];
  for await (const item of items) {
    const one = work(item);
    // It fails at its turn; whoever leaves before that does not hear of it.
    one.catch(() => undefined);
    underWay.push(one);
    if (underWay.length < ahead) continue;
    const next = underWay.shift();
    if (next) yield await next;
  }
  for (const one of underWay) yield await one;
}
