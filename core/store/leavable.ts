// Bytes whose reader may leave before it has begun, as when a browser goes: the `finally` of a generator that was never
// asked for anything does not run, and what it would give back is kept.

/** @param cancel  gives back what the bytes hold; may be called after their end */
export function leavable(bytes: AsyncGenerator<Uint8Array>, cancel: () => void): AsyncIterableIterator<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => bytes.next(),
    return() {
      cancel();
      return bytes.return(undefined);
    },
  };
}
