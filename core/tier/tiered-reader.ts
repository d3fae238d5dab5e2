// Reads for people and programs: what is only in cold comes back to hot with the first read. A small object is waited for,
// so that all who ask at once cost one fetch; a large one streams from cold at once while hot fills behind it.
import type { ProjectName, Sha } from '../model/ids.ts';
import type { ByteRange, ObjectReader } from '../store/object-store.ts';
import { readRecord } from './object-records.ts';
import { readThrough } from './read-through.ts';
import type { Rehydrator } from './rehydrate.ts';
import type { TierIo } from './tier-io.ts';

/** An object that is larger streams from cold: waiting for all of it would take seconds. 16 MiB. */
export const LARGE_BYTES = 16 * 1024 * 1024;

export interface ReadRequest {
  readonly range?: ByteRange;
  readonly project?: ProjectName;
  readonly signal?: AbortSignal;
}

/** Told of every read, when it begins. */
export interface ReadNotes {
  read(sha: Sha): void;
  /** hot did not have it */
  fromCold(project: ProjectName): void;
}

export class TieredReader {
  readonly #io: TierIo;
  readonly #rehydrator: Rehydrator;
  /** what goes on behind a read ends with the server, not with its reader */
  readonly #ending: AbortSignal;

  readonly #notes: ReadNotes | undefined;

  constructor(io: TierIo, rehydrator: Rehydrator, ending: AbortSignal, notes?: ReadNotes) {
    this.#io = io;
    this.#rehydrator = rehydrator;
    this.#ending = ending;
    this.#notes = notes;
  }

  /** A look at a part of it, where it is: it brings nothing back and is no use of it.
   *  @throws as `read` does */
  async peek(sha: Sha, range: ByteRange): Promise<ObjectReader> {
    const { hot, cold } = this.#io;
    return readThrough(hot, cold, sha, { range });
  }

  /** @throws ObjectAbsentError when no tier has it; ObjectCorruptError, StoreUnavailableError here or while reading */
  async read(sha: Sha, { range, project, signal }: ReadRequest = {}): Promise<ObjectReader> {
    const { hot, cold, index, log } = this.#io;
    const options = { ...(range === undefined ? {} : { range }), ...(signal === undefined ? {} : { signal }) };
    this.#notes?.read(sha);
    if ((await hot.stat(sha)).kind === 'present') return readThrough(hot, cold, sha, options);
    if (project !== undefined) this.#notes?.fromCold(project);
    const record = await readRecord(index, sha);
    const filling = this.#rehydrator.rehydrate(sha, project, this.#ending);
    if (record !== undefined && record.size <= LARGE_BYTES) {
      await filling;
      return readThrough(hot, cold, sha, options);
    }
    filling.catch((error: unknown) => log.warn({ error, sha }, `${sha.slice(0, 12)} could not be brought back to hot`));
    return cold.get(sha, { ...options, ...(record && { sizeBytes: record.size }) });
  }
}
