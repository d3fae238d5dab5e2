// What all workspaces of an agent share when they move bytes: bandwidth, memory and open files, each for up and down, and
// each apart for whole files and for streams, so that no slow upload holds up a download and no large file the small ones.
// Bytes of files count; manifests and commits, which are few beside them, do not.
import type { Clock } from '../../core/model/clock.ts';
import type { NodeLimits } from '../../core/model/node-desired.ts';
import type { Limits, LimitValues } from '../assign/limits.ts';
import { TokenBucket } from './token-bucket.ts';
import { WeightedGate } from './weighted-gate.ts';

/** What a stream has in memory at most: the chunks that the store is asked for ahead of the reader, 512 KiB each. */
const STREAM_BYTES = 8 * 1024 * 1024;
/** 32 files of 1 MiB and two streams, both ways. */
const DEFAULT_MEMORY_BYTES = 2 * (32 * 1024 * 1024 + 2 * STREAM_BYTES);
/** of what one way has */
const WHOLE_FILES_SHARE = 2 / 3;

/** What comes of such settings, as a node says it. */
export const limitsOf = (values: LimitValues): NodeLimits => ({
  ...(values.upBytesPerSecond !== undefined && { up_bytes_per_s: values.upBytesPerSecond }),
  ...(values.downBytesPerSecond !== undefined && { down_bytes_per_s: values.downBytesPerSecond }),
  memory_bytes: values.memoryBytes ?? DEFAULT_MEMORY_BYTES,
  ...(values.openFiles !== undefined && { open_files: values.openFiles }),
});

/** One way. */
export class Transfers {
  readonly #bucket: TokenBucket;
  readonly #wholeFiles = new Room();
  readonly #streams = new Room();
  #limitsOpenFiles = false;

  constructor(clock: Clock) {
    this.#bucket = new TokenBucket(clock, undefined);
  }

  /** @param values.memoryBytes, values.openFiles  for this way */
  set(values: {
    readonly bytesPerSecond: number | undefined;
    readonly memoryBytes: number;
    readonly openFiles: number;
  }): void {
    const { bytesPerSecond, memoryBytes, openFiles } = values;
    this.#bucket.setRate(bytesPerSecond);
    this.#limitsOpenFiles = Number.isFinite(openFiles);
    this.#wholeFiles.set(memoryBytes * WHOLE_FILES_SHARE, openFiles * WHOLE_FILES_SHARE);
    this.#streams.set(memoryBytes * (1 - WHOLE_FILES_SHARE), openFiles * (1 - WHOLE_FILES_SHARE));
  }

  get isLimited(): boolean {
    return this.#bucket.isLimited;
  }

  /** Resolves when so many bytes may go. @throws the signal's reason */
  take(bytes: number, signal: AbortSignal): Promise<void> {
    return this.#bucket.take(bytes, signal);
  }

  /** Runs a transfer that has all bytes of its file in memory, when there is room. */
  wholeFile<T>(sizeBytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#wholeFiles.hold(sizeBytes, signal, work);
  }

  /** Runs a transfer that has a window of its file in memory, when there is room. */
  stream<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#streams.hold(STREAM_BYTES, signal, work);
  }

  /** Runs a copy on the disk, which has two files open, when there is room. No whole file waits for a stream, so that nobody
   *  waits for each other. */
  copy<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.stream(signal, () => this.wholeFile(0, signal, work));
  }

  /** A transfer that keeps its file open while it waits for its turn finds no room. */
  get limitsOpenFiles(): boolean {
    return this.#limitsOpenFiles;
  }
}

class Room {
  readonly #memory = new WeightedGate(Number.POSITIVE_INFINITY);
  readonly #files = new WeightedGate(Number.POSITIVE_INFINITY);

  set(memoryBytes: number, openFiles: number): void {
    this.#memory.setCapacity(memoryBytes);
    this.#files.setCapacity(openFiles);
  }

  /** Always in this order, so that nobody waits for each other. */
  async hold<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const freeMemory = this.#memory.tryEnter(bytes) ?? (await this.#memory.enter(bytes, signal));
    try {
      const freeFile = this.#files.tryEnter(1) ?? (await this.#files.enter(1, signal));
      try {
        return await work();
      } finally {
        freeFile();
      }
    } finally {
      freeMemory();
    }
  }
}

export interface BothWays {
  readonly up: Transfers;
  readonly down: Transfers;
}

/** As the limits say, now and whenever they change. */
export function transfersWithin(limits: Limits, clock: Clock): BothWays {
  const both = { up: new Transfers(clock), down: new Transfers(clock) };
  const follow = ({ upBytesPerSecond, downBytesPerSecond, memoryBytes, openFiles }: LimitValues) => {
    const each = {
      memoryBytes: (memoryBytes ?? DEFAULT_MEMORY_BYTES) / 2,
      openFiles: (openFiles ?? Number.POSITIVE_INFINITY) / 2,
    };
    both.up.set({ bytesPerSecond: upBytesPerSecond, ...each });
    both.down.set({ bytesPerSecond: downBytesPerSecond, ...each });
  };
  follow(limits.values);
  limits.onChange(follow);
  return both;
}
