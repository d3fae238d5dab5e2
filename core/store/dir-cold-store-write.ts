// Writes a file of the cold directory so that a reader sees all of it or none, whatever stops the writer: a temporary
// file on the same file system, fsync, rename, fsync of the directory.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileErrorCode } from './dir-cold-store-errors.ts';

export interface DirWriter {
  /** @param bytes  an error that they end in leaves nothing behind */
  write(path: string, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>;
}

/** What this process is writing now, so that a second store on the same directory does not take it for a leftover. */
const writing = new Set<string>();

/** @param incoming  the directory of the temporary files; leftovers of processes that are gone are removed */
export async function openWriter(incoming: string): Promise<DirWriter> {
  await mkdir(incoming, { recursive: true });
  await removeLeftovers(incoming);
  return {
    async write(path, bytes) {
      const temporary = join(incoming, `${process.pid}-${randomBytes(8).toString('hex')}`);
      writing.add(temporary);
      try {
        await writeDurably(temporary, bytes);
        await makeDirectories(dirname(path));
        await rename(temporary, path);
        await syncDirectory(dirname(path));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      } finally {
        writing.delete(temporary);
      }
    },
  };
}

async function writeDurably(file: string, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    for await (const part of bytes) await writeAll(handle, part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A disk that fills up takes a part first, and says so with the next write. */
async function writeAll(handle: FileHandle, part: Uint8Array): Promise<void> {
  let rest = part;
  while (rest.length > 0) rest = rest.subarray((await handle.write(rest)).bytesWritten);
}

/** New directories are durable before anything in them counts as stored. */
async function makeDirectories(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (let made = directory; made !== dirname(first); made = dirname(made)) await syncDirectory(dirname(made));
}

export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A process of another machine or container may be taken for gone: its rename then fails, and its put is repeated. */
async function removeLeftovers(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const file = join(incoming, name);
    if (!writing.has(file) && !isAnotherLiving(Number.parseInt(name, 10))) await rm(file, { force: true });
  }
}

function isAnotherLiving(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return fileErrorCode(error) === 'EPERM';
  }
}
