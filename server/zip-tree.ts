// A directory as a ZIP archive, made while it is sent: one file is open at a time, and nothing is read before the receiver
// takes what came before. A file that cannot be read to its end breaks the archive off: none ever looks whole and is not.
import { makeZip } from 'client-zip';
import { type Entry, isFile } from '../core/model/entry.ts';
import type { Sha } from '../core/model/ids.ts';
import { zipName } from './zip-name.ts';

/** The format counts years from here, in the zone of whoever reads. */
const FIRST_YEAR_MS = Date.UTC(1980, 0, 2);
const LAST_YEAR_MS = Date.UTC(2107, 11, 31);

/** @param entries  in any order, each path once
 *  @param nameOf  what an entry is called in the archive, such as its path below the directory */
export function zipTree(
  entries: AsyncIterable<Entry>,
  nameOf: (path: string) => string,
  read: (sha: Sha) => Promise<{ readonly bytes: AsyncIterable<Uint8Array> }>,
): ReadableStream<Uint8Array> {
  const ending = new AbortController();
  const zip = makeZip(inputs(entries, nameOf, read, ending.signal), { buffersAreUTF8: true });
  const reader = zip.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await reader.read();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel(reason) {
        ending.abort();
        await reader.cancel(reason).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* inputs(
  entries: AsyncIterable<Entry>,
  nameOf: (path: string) => string,
  read: (sha: Sha) => Promise<{ readonly bytes: AsyncIterable<Uint8Array> }>,
  ended: AbortSignal,
) {
  for await (const entry of entries) {
    if (ended.aborted) return;
    const name = zipName(nameOf(entry.path));
    if (!isFile(entry)) {
      yield { name: `${name}/`, mode: entry.mode };
      continue;
    }
    const lastModified = new Date(Math.min(Math.max(entry.mtime, FIRST_YEAR_MS), LAST_YEAR_MS));
    const input = bytesOf(entry.sha, read, ended);
    yield { name, input, size: entry.size, lastModified, mode: entry.mode };
  }
}

/** Opened with the first question for bytes, and let go of when the receiver has gone. */
async function* bytesOf(
  sha: Sha,
  read: (sha: Sha) => Promise<{ readonly bytes: AsyncIterable<Uint8Array> }>,
  ended: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { bytes } = await read(sha);
  const parts = bytes[Symbol.asyncIterator]();
  const stop = () => void parts.return?.(undefined)?.catch(() => undefined);
  ended.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const next = await parts.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    ended.removeEventListener('abort', stop);
    await parts.return?.(undefined);
  }
}
