// One fetch that runs beside the put of its object, chunk by chunk as they are told of, in whatever order that happens. It
// ends when the fetch that the commit asks for takes over what it has, with the hash of that; or without a trace, when it is
// told of nothing more for a while: the put failed, or its hints are lost.
import type { Clock } from '../../core/model/clock.ts';
import type { ChunkPlaces, ChunkReader } from '../../core/store/object-store.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import type { Disk } from '../disk/disk.ts';
import type { Transfers } from '../limits/transfers.ts';
import { nameTrouble } from '../state/name-trouble.ts';
import { type Content, Part } from './part.ts';

export interface EarlyFetchIo {
  readonly disk: Disk;
  readonly root: string;
  readonly hints: ChunkReader;
  readonly transfers: Transfers;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** what is nothing that the world does */
  failed(error: unknown): void;
}

/** A put tells of itself several times a second, and its commit follows soon; where both are slow, only work is lost. */
export const EXPIRES_MS = 30_000;
/** Read in one go, with a place among the streams: who needs a place for what is committed does not wait long for it. */
const RUN_CHUNKS = 16;
/** Chunks that are remembered before they are read. */
const MAX_AHEAD = 16_384;

export class EarlyFetch {
  /** with what is of use, open; undefined: nothing */
  readonly ended: Promise<Part | undefined>;
  readonly #io: EarlyFetchIo;
  readonly #content: Content;
  readonly #stop = new AbortController();
  /** of chunks that are not read yet, by their place in the object */
  readonly #seqs = new Map<number, number>();
  #attempt = '';
  #chunkBytes = 1;
  #nextChunk = 0;
  #isTaken = false;
  #hasNews = false;
  #wake = () => {};

  constructor(io: EarlyFetchIo, content: Content) {
    this.#io = io;
    this.#content = content;
    this.ended = this.#run().catch((error: unknown) => {
      io.failed(error);
      return undefined;
    });
  }

  get sizeBytes(): number {
    return this.#content.size;
  }

  heard({ attempt, chunkBytes, first, seqs }: ChunkPlaces): void {
    if (attempt !== this.#attempt || chunkBytes !== this.#chunkBytes) {
      // The put began anew: the bytes are the same, the chunks are others.
      this.#seqs.clear();
      this.#nextChunk = 0;
      this.#attempt = attempt;
      this.#chunkBytes = chunkBytes;
    }
    for (const [i, seq] of seqs.entries()) {
      const isAhead = first + i >= this.#nextChunk && this.#seqs.size < MAX_AHEAD;
      if (isAhead) this.#seqs.set(first + i, seq);
    }
    this.#hasNews = true;
    this.#wake();
  }

  /** It ends at the next chunk that is not there yet, or after a few. */
  take(): Promise<Part | undefined> {
    this.#isTaken = true;
    this.#wake();
    return this.ended;
  }

  /** It ends, and leaves nothing. */
  drop(): void {
    this.#stop.abort(new Error('another version is being put'));
  }

  async #run(): Promise<Part | undefined> {
    const signal = AbortSignal.any([this.#io.signal, this.#stop.signal]);
    let part: Part | undefined;
    try {
      part = await Part.open(this.#io.disk, this.#io.root, this.#content, signal);
      while (!this.#isTaken) {
        if (!(await this.#readSome(part, signal)) && !(await this.#isToGoOn(signal))) break;
      }
      if (this.#isTaken) return part;
      this.#end(part);
    } catch (error) {
      this.#end(part);
      // What the commit brings is fetched as ever, and then the trouble is told.
      if (!signal.aborted && !nameTrouble(error)) throw error;
    }
    return undefined;
  }

  /** What is whole so far is kept where the agent ends, as of any fetch. */
  #end(part: Part | undefined): void {
    part?.close();
    if (!this.#io.signal.aborted) part?.discard();
  }

  /** @returns whether there was something to read */
  async #readSome(part: Part, signal: AbortSignal): Promise<boolean> {
    this.#hasNews = false;
    const run = this.#nextRun(part);
    if (!run) return false;
    const before = part.sizeBytes;
    await this.#io.transfers.stream(signal, () => this.#read(part, run, signal));
    return part.sizeBytes > before;
  }

  /** The chunks that follow on what is there, as far as they were told of. */
  #nextRun({ sizeBytes }: Part): ChunkPlaces | undefined {
    if (sizeBytes === this.#content.size) return undefined;
    const first = Math.floor(sizeBytes / this.#chunkBytes);
    // By what is remembered: how many chunks there are is what somebody says.
    for (const place of this.#seqs.keys()) if (place < first) this.#seqs.delete(place);
    this.#nextChunk = first;
    const seqs: number[] = [];
    // What does not rise is no put's: it is read up to there.
    for (let seq = this.#seqs.get(first); seq !== undefined && seq > (seqs.at(-1) ?? 0); ) {
      seqs.push(seq);
      seq = seqs.length < RUN_CHUNKS ? this.#seqs.get(first + seqs.length) : undefined;
    }
    return seqs.length > 0 ? { attempt: this.#attempt, chunkBytes: this.#chunkBytes, first, seqs } : undefined;
  }

  async #read(part: Part, run: ChunkPlaces, signal: AbortSignal): Promise<void> {
    const { hints, transfers } = this.#io;
    const { sha, size } = this.#content;
    try {
      for await (const chunk of hints.readChunks(sha, run, signal)) {
        const at = Math.floor(part.sizeBytes / run.chunkBytes) * run.chunkBytes;
        // Whatever lies there is not what was told of.
        if (chunk.length !== Math.min(run.chunkBytes, size - at)) return;
        await transfers.take(chunk.length, signal);
        // A part that was cut need not end with a chunk.
        await part.add(chunk.subarray(part.sizeBytes - at));
      }
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }

  /** Waits for more. @returns false: nothing came for long */
  async #isToGoOn(signal: AbortSignal): Promise<boolean> {
    if (this.#hasNews || this.#isTaken) return true;
    const woken = new AbortController();
    this.#wake = () => woken.abort(WOKEN);
    try {
      await this.#io.clock.sleep(EXPIRES_MS, AbortSignal.any([signal, woken.signal]));
      return false;
    } catch {
      signal.throwIfAborted();
      return true;
    } finally {
      this.#wake = () => {};
    }
  }
}

/** Made once: an error of its own for each hint would cost a stack. */
const WOKEN = new Error('something was told');
