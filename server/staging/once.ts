// Bytes that come through a request can be read once only, where a store may want to begin anew.
import { createHash } from 'node:crypto';
import type { Sha } from '../../core/model/ids.ts';
import type { ByteSource } from '../../core/store/object-store.ts';
import { ObjectCorruptError, StoreUnavailableError } from '../../core/store/store-errors.ts';

/** @returns `source`, and what reads the bytes to their end where the store did not want them
 *  @throws StoreUnavailableError  `source`, when it is opened again */
export function readOnce(bytes: AsyncIterable<Uint8Array>) {
  let isOpened = false;
  const source: ByteSource = () => {
    if (isOpened) throw new StoreUnavailableError('hot', 'the connection was lost while bytes came: send them again');
    isOpened = true;
    return bytes;
  };
  /** @throws ObjectCorruptError  they are others */
  async function checkUnread(sha: Sha, sizeBytes: number): Promise<void> {
    if (isOpened) return;
    const hash = createHash('sha256');
    let seen = 0;
    for await (const part of source()) {
      seen += part.length;
      hash.update(part);
    }
    const actual = hash.digest('hex');
    if (actual !== sha) throw new ObjectCorruptError(sha, 'local', `the bytes have the SHA-256 ${actual}`);
    if (seen !== sizeBytes)
      throw new ObjectCorruptError(sha, 'local', `${seen} bytes where ${sizeBytes} were announced`);
  }
  return { source, checkUnread };
}
