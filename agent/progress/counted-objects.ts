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

  /** bytes of transfers that are over */
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

export interface Flight {
  /** The transfer begins anew. */
  restart(): void;
  add(bytes: number): void;
  end(how: 'done' | 'failed'): void;
}

/** @returns the same store */
export function countedObjects(objects: ObjectStore, up: Flights, down: Flights): ObjectStore {
  return {
    ...objects,
    async put(sha, sizeBytes, body, options) {
      const flight = up.begin(sizeBytes);
      let how: 'done' | 'failed' = 'failed';
      try {
        const outcome = await objects.put(
          sha,
          sizeBytes,
          typeof body === 'function' ? counted(body, flight) : body,
          options,
        );
        how = 'done';
        return outcome;
      } finally {
        flight.end(how);
      }
    },
    async get(sha, options) {
      const reader = await objects.get(sha, options);
      const { range } = options ?? {};
      const sizeBytes = Math.min(range?.end ?? reader.sizeBytes, reader.sizeBytes) - (range?.start ?? 0);
      if (sizeBytes <= LARGE_BYTES) return reader;
      return { ...reader, bytes: read(reader.bytes, down.begin(sizeBytes)) };
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

async function* read(bytes: AsyncIterable<Uint8Array>, flight: Flight): AsyncGenerator<Uint8Array, void, undefined> {
  let how: 'done' | 'failed' = 'failed';
  try {
    for await (const part of bytes) {
      flight.add(part.length);
      yield part;
    }
    how = 'done';
  } finally {
    flight.end(how);
  }
}
