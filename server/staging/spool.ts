// Takes bytes whose sha is not known yet, and learns it: few in memory, more on disk, so that memory stays flat whatever comes.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha } from '../../core/model/ids.ts';
import type { ByteSource } from '../../core/store/object-store.ts';
import { onDisk, type Staging } from './staging.ts';

export interface Spooled {
  readonly sha: Sha;
  readonly sizeBytes: number;
  readonly body: Uint8Array | ByteSource;
  remove(): Promise<void>;
}

/** What is larger goes to disk. */
const IN_MEMORY_BYTES = 1024 * 1024;
export const READ_BYTES = 768 * 1024;

/** Who calls removes it. @throws StoreFullError; what the bytes end in: then nothing is left */
export async function spool(staging: Staging, bytes: AsyncIterable<Uint8Array>): Promise<Spooled> {
  const path = join(staging.passing, randomUUID());
  const hash = createHash('sha256');
  const held: Uint8Array[] = [];
  let sizeBytes = 0;
  let taken = 0;
  let file: FileHandle | undefined;
  const remove = async () => {
    await file?.close();
    if (file) await rm(path, { force: true });
    staging.give(taken);
    [file, taken] = [undefined, 0];
  };
  try {
    for await (const part of bytes) {
      hash.update(part);
      held.push(part);
      sizeBytes += part.length;
      if (!file && sizeBytes <= IN_MEMORY_BYTES) continue;
      const whole = held.length === 1 ? part : Buffer.concat(held);
      held.length = 0;
      staging.take(whole.length);
      taken += whole.length;
      file ??= await onDisk(() => open(path, 'wx'));
      // It goes on where it was, and takes all that it is given, where one `write` may take less.
      const into = file;
      await onDisk(() => into.writeFile(whole));
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const sha = hash.digest('hex') as Sha;
  const body = file ? () => createReadStream(path, { highWaterMark: READ_BYTES }) : Buffer.concat(held);
  return { sha, sizeBytes, body, remove };
}
