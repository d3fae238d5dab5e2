// Where bytes wait on this server's disk that cannot go to hot yet: their sha is not known before their end, or they come in
// parts. All of it together is bounded, so that uploads never take the disk from what else lives there.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreFullError } from '../../core/store/store-errors.ts';

export class Staging {
  /** of bytes whose request is under way: what is there at a start is a dead server's */
  readonly passing: string;
  /** of uploads in parts, which outlive requests and servers */
  readonly parts: string;
  readonly #maxBytes: number;
  #takenBytes = 0;

  private constructor(directory: string, maxBytes: number) {
    this.passing = join(directory, 'passing');
    this.parts = join(directory, 'parts');
    this.#maxBytes = maxBytes;
  }

  static async open(directory: string, maxBytes: number): Promise<Staging> {
    const staging = new Staging(directory, maxBytes);
    await rm(staging.passing, { recursive: true, force: true });
    await mkdir(staging.passing, { recursive: true });
    await mkdir(staging.parts, { recursive: true });
    return staging;
  }

  /** @throws StoreFullError  uploads under way take all that they may */
  take(bytes: number): void {
    if (this.#takenBytes + bytes > this.#maxBytes) {
      throw new StoreFullError(
        'local',
        `uploads under way may take ${this.#maxBytes} bytes of this server's disk, and ${this.#takenBytes} are taken: try again later, or raise FS_STAGING_BYTES`,
      );
    }
    this.#takenBytes += bytes;
  }

  /** What lies there from before was taken once, whatever the limit is now. */
  takeAnyway(bytes: number): void {
    this.#takenBytes += bytes;
  }

  give(bytes: number): void {
    this.#takenBytes -= bytes;
  }
}

/** Runs what writes to the disk. @throws StoreFullError  it has no room */
export async function onDisk<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new StoreFullError('local', "the server's disk, where uploads wait, has no room", { cause: error });
  }
}
