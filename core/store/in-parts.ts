// Cuts a stream into parts of one size, where a request or a frame takes just so much.

/** Buffers of exactly `partBytes`, the last one shorter; one empty one for an empty stream. */
export async function* inParts(bytes: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Uint8Array> {
  let part = Buffer.allocUnsafe(partBytes);
  let filled = 0;
  let parts = 0;
  for await (let rest of bytes) {
    while (rest.length > 0) {
      if (filled === partBytes) {
        parts++;
        yield part;
        part = Buffer.allocUnsafe(partBytes);
        filled = 0;
      }
      const taken = rest.subarray(0, partBytes - filled);
      part.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
    }
  }
  if (filled > 0 || parts === 0) yield part.subarray(0, filled);
}
