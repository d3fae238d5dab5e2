// Uploads in parts, as files on this server's disk: how much is there is the length of the file, so that nothing beside it can
// say otherwise after a crash, and the name says what it is to be. Whether the bytes are right is known at their end, by hash.
import { createReadStream, type Stats } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppendOutcome, UploadCommands, UploadKey } from '../../app/upload-commands.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import { ObjectCorruptError } from '../../core/store/store-errors.ts';
import { READ_BYTES } from './spool.ts';
import { onDisk, type Staging } from './staging.ts';

/** A part that another one takes the place of. */
class PartOvertakenError extends Error {
  override name = 'PartOvertakenError';
}

interface UnderWay {
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
}

const NAME = /^[0-9a-f]{16}-[0-9a-f]{64}-\d{1,16}$/;

export class Uploads implements UploadCommands {
  readonly #staging: Staging;
  readonly #hot: Pick<ObjectStore, 'put'>;
  readonly #underWay = new Map<string, UnderWay>();
  /** what each takes of the room, by its name: what came of it, never what is said to come, which costs nobody anything */
  readonly #taken = new Map<string, number>();

  private constructor(staging: Staging, hot: Pick<ObjectStore, 'put'>) {
    this.#staging = staging;
    this.#hot = hot;
  }

  /** With those that a server before left. */
  static async open(staging: Staging, hot: Pick<ObjectStore, 'put'>): Promise<Uploads> {
    const uploads = new Uploads(staging, hot);
    for (const name of await readdir(staging.parts)) {
      if (!NAME.test(name)) continue;
      const size = await lengthOf(uploads.#path(name));
      staging.takeAnyway(size);
      uploads.#taken.set(name, size);
    }
    return uploads;
  }

  async offset(key: UploadKey): Promise<number> {
    const name = uploadName(key);
    await this.#endPart(name);
    return lengthOf(this.#path(name));
  }

  async append(key: UploadKey, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<AppendOutcome> {
    const name = uploadName(key);
    try {
      return await this.#alone(name, (signal) => this.#append(name, key, offset, untilStopped(bytes, signal)));
    } catch (error) {
      if (!(error instanceof PartOvertakenError)) throw error;
      return { kind: 'other-offset', offset: await lengthOf(this.#path(name)) };
    }
  }

  async drop(key: UploadKey): Promise<void> {
    const name = uploadName(key);
    await this.#alone(name, () => this.#remove(name));
  }

  /** Removes those that nobody has gone on with since. */
  async sweep(before: number): Promise<void> {
    for (const name of await readdir(this.#staging.parts)) {
      if (this.#underWay.has(name)) continue;
      await this.#begin(name, async () => {
        const file = await found(this.#path(name));
        // One that ended meanwhile is not there any more.
        if (file && file.mtimeMs < before) await this.#remove(name);
      });
    }
  }

  #path(name: string): string {
    return join(this.#staging.parts, name);
  }

  /** Who had begun it may have gone without a word. When this returns none is under way, until the caller begins one. */
  async #endPart(name: string): Promise<void> {
    for (let part = this.#underWay.get(name); part; part = this.#underWay.get(name)) {
      part.stop.abort(new PartOvertakenError());
      await part.ended;
    }
  }

  async #alone<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // Of several that wait for one to end, each finds the next one.
    while (this.#underWay.has(name)) await this.#endPart(name);
    return this.#begin(name, work);
  }

  /** Whatever changes an upload is under way until it has ended, so that no part is written into a file that is being removed. */
  #begin<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const result = work(stop.signal);
    // Who waits for its end finds that there is none under way.
    const ended = result.catch(() => undefined).then(() => this.#underWay.delete(name));
    this.#underWay.set(name, { stop, ended });
    return result;
  }

  async #append(
    name: string,
    key: UploadKey,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<AppendOutcome> {
    const { sha, sizeBytes } = key;
    const there = await lengthOf(this.#path(name));
    if (offset !== there) return { kind: 'other-offset', offset: there };
    const { length, isTooLong } = await this.#write(name, there, sizeBytes, bytes);
    if (isTooLong) return { kind: 'too-long', offset: length };
    if (length < sizeBytes) return { kind: 'appended', offset: length };
    return this.#finish(name, sha, sizeBytes);
  }

  /** What came is on the disk for good before anybody is told of it, also when the bytes are cut off. */
  async #write(name: string, from: number, sizeBytes: number, bytes: AsyncIterable<Uint8Array>) {
    const file = await onDisk(() => open(this.#path(name), 'a'));
    let length = from;
    try {
      for await (const part of bytes) {
        const fits = part.subarray(0, sizeBytes - length);
        if (fits.length > 0) {
          this.#staging.take(fits.length);
          this.#taken.set(name, (this.#taken.get(name) ?? 0) + fits.length);
          await onDisk(() => file.writeFile(fits));
        }
        length += fits.length;
        if (fits.length < part.length) return { length, isTooLong: true };
      }
      return { length, isTooLong: false };
    } finally {
      // Of what could not be written some may be there.
      this.#takes(name, (await file.stat()).size);
      await onDisk(() => file.sync());
      await file.close();
    }
  }

  async #finish(name: string, sha: Sha, sizeBytes: number): Promise<AppendOutcome> {
    const path = this.#path(name);
    try {
      await this.#hot.put(sha, sizeBytes, () => createReadStream(path, { highWaterMark: READ_BYTES }));
    } catch (error) {
      if (!(error instanceof ObjectCorruptError)) throw error;
      await this.#remove(name);
      return { kind: 'wrong-bytes', detail: error.detail };
    }
    await this.#remove(name);
    return { kind: 'stored' };
  }

  async #remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true });
    this.#takes(name, 0);
    this.#taken.delete(name);
  }

  /** No more than it took. */
  #takes(name: string, bytes: number): void {
    this.#staging.give((this.#taken.get(name) ?? 0) - bytes);
    this.#taken.set(name, bytes);
  }
}

/** Wherever it lies: nobody meets another one's. */
export const uploadName = ({ actor, sha, sizeBytes }: UploadKey): string =>
  `${shaOf(`${actor.kind} ${actor.id}`).slice(0, 16)}-${sha}-${sizeBytes}`;

const lengthOf = async (path: string): Promise<number> => (await found(path))?.size ?? 0;

async function found(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Ends also while it waits for bytes that may never come. */
async function* untilStopped(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const parts = bytes[Symbol.asyncIterator]();
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  stopped.catch(() => undefined);
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await Promise.race([parts.next(), stopped]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // It may wait for the very bytes that do not come.
    void parts.return?.().catch(() => undefined);
  }
}
