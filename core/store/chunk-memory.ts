// The memory of chunks on their way, used again and again. A buffer of this size for each chunk makes the engine look
// through all of its heap every few dozen of them, and the kernel clear new pages for each: a quarter of what a large transfer
// costs a process (measured). What is never given back is only collected as ever.

/** A chunk with the headers that it comes with: a server's usual largest message. */
const BLOCK_BYTES = 1024 * 1024;
/** What transfers in both directions use at once; above, memory goes back to the system. */
const MAX_SPARE = 24;
/** Below, an allocation costs less than it saves. */
const MIN_BYTES = 128 * 1024;

const spare: ArrayBuffer[] = [];
/** so that nothing is taken back that is not from here, or twice */
const lent = new WeakSet<ArrayBufferLike>();

/** @returns memory with anything in it */
export function takeChunkMemory(bytes: number): Buffer {
  if (bytes < MIN_BYTES) return Buffer.allocUnsafe(bytes);
  if (bytes > BLOCK_BYTES) return Buffer.allocUnsafeSlow(bytes);
  const block = spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES).buffer;
  lent.add(block);
  return Buffer.from(block, 0, bytes);
}

/** Nobody looks at it any more. Of memory that is not from here, nothing happens. */
export function giveChunkMemory({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || !lent.delete(buffer)) return;
  if (spare.length < MAX_SPARE) spare.push(buffer);
}
