// Works on many items, some at once.

/** Takes from `items` only what is worked on. The first failure, or the signal, ends it when what is under way has ended.
 *  @param most  items under way at once */
export async function atOnce<T>(
  items: AsyncIterable<T> | Iterable<T>,
  most: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  for await (const item of items) {
    if (failure || signal.aborted) break;
    const one = work(item)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => underWay.delete(one));
    underWay.add(one);
    if (underWay.size >= most) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (failure) throw failure.error;
  signal.throwIfAborted();
}
