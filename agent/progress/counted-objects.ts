// Counts the bytes that a workspace sends and fetches, as they go: of a large file also the part that is over. It stands
// before the object store, so that nobody who uploads or stages has to count.
import type { ByteSource, ObjectStore } from '../../core/store/object-store.ts';

/** Gets above this many bytes are counted while they run: the others are over at once. */
const LARGE_BYTES = 1024 * 1024;

export class Flights {
  #done = 0;
  #expected = 0;
  #partial = 0;
  readonly #moved: () => void;

  /** @param moved  told of every part of a large object */
  constructor(moved: () => void) {
    this.#moved = moved;
  }

  /** bytes that transfers that are over have brought */
  get done(): number {
    return this.#done;
  }

  /** bytes that those under way have behind them */
  get partial(): number {
    return this.#partial;
  }

  /** bytes that those under way have before them */
  get left(): number {
    return this.#expected - this.#partial;
  }

  begin(sizeBytes: number): Flight {
    this.#expected += sizeBytes;
    let at = 0;
    return {
      restart: () => {
        this.#partial -= at;
        at = 0;
      },
      add: (bytes) => {
        // What the store refuses for being more than was said must not make the rest negative.
        const step = Math.min(bytes, sizeBytes - at);
        at += step;
        this.#partial += step;
        this.#moved();
      },
      end: (how) => {
        this.#partial -= at;
        this.#expected -= sizeBytes;
        if (how === 'done') this.#done += sizeBytes;
      },
    };
  }
}

/** How a transfer ended. `nothing`: its bytes were there already. */
type End = 'done' | 'nothing' | 'failed';

export interface Flight {
  /** The transfer begins anew. */
  restart(): void;
  add(bytes: number): void;
  end(how: End): void;
}

/** @returns the same store */
export function countedObjects(objects: ObjectStore, up: Flights, down: Flights): ObjectStore {
  return {
    ...objects,
    async put(sha, sizeBytes, body, options) {
      const flight = up.begin(sizeBytes);
      let how: End = 'failed';
      try {
        const outcome = await objects.put(
          sha,
          sizeBytes,
          typeof body === 'function' ? counted(body, flight) : body,
          options,
        );
        // What is put again, because it was not known whether it had arrived, counts once.
        how = outcome === 'present' ? 'nothing' : 'done';
        return outcome;
      } finally {
        flight.end(how);
      }
    },
    async get(sha, options) {
      const reader = await objects.get(sha, options);
      const { range } = options ?? {};
      const sizeBytes = Math.min(range?.end ?? reader.sizeBytes, reader.sizeBytes);
      const start = range?.start ?? 0;
      if (sizeBytes - start <= LARGE_BYTES) return reader;
      return { ...reader, bytes: read(reader.bytes, down.begin(sizeBytes), start) };
    },
  };
}

const counted = (body: ByteSource, flight: Flight): ByteSource =>
  async function* () {
    flight.restart();
    for await (const part of body()) {
      yield part;
      flight.add(part.length);
    }
  };

/** @param start  bytes that were fetched before it was cut */
async function* read(
  bytes: AsyncIterable<Uint8Array>,
  flight: Flight,
  start: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let how: End = 'failed';
  try {
    flight.add(start);
    for await (const part of bytes) {
      flight.add(part.length);
      yield part;
    }
    how = 'done';
  } finally {
    flight.end(how);
  }
}
