// The object port in memory, for tests and simulations. Bytes can be damaged on purpose, so that callers' handling of
// what a real store may one day hand out is tested too.
import { type Clock, systemClock } from '../model/clock.ts';
import { type Sha, shaOf } from '../model/ids.ts';
import {
  type ByteSource,
  type ChunkReader,
  MAX_TOLD_CHUNKS,
  type ObjectStore,
  type PutOptions,
  TOLD_CHUNKS,
} from './object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, type Tier } from './store-errors.ts';
import { clip } from './verify-bytes.ts';

export interface MemoryObjectStore extends ObjectStore, ChunkReader {
  /** Replaces what is stored under `sha`, as bit rot does. */
  damage(sha: Sha, bytes: Uint8Array): void;
  /** @returns what makes the store forget all that came after this moment, as a power loss or a restored backup does */
  checkpoint(): () => void;
}

interface Stored {
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
  touchedAt: number;
}

/** Bytes come out in parts of this size, so that callers meet more than one; of such parts a put under way tells. */
const PART_BYTES = 64 * 1024;

export function memoryObjectStore({
  clock = systemClock,
  tier = 'hot',
}: {
  readonly clock?: Clock;
  readonly tier?: Tier;
} = {}): MemoryObjectStore {
  const objects = new Map<Sha, Stored>();
  /** of puts under way: what came so far, by the put's own name */
  const attempts = new Map<string, Uint8Array[]>();
  let nextAttempt = 0;

  /** I5. @returns false when it is not there */
  function touch(sha: Sha): boolean {
    const there = objects.get(sha);
    if (there) there.touchedAt = clock.now();
    return there !== undefined;
  }

  /** @returns all of it; what came so far can be read meanwhile */
  async function collectTelling(body: ByteSource, { placed }: PutOptions): Promise<Uint8Array> {
    const attempt = `put-${++nextAttempt}`;
    const chunks: Uint8Array[] = [];
    attempts.set(attempt, chunks);
    let rest = Buffer.alloc(0);
    try {
      for await (const part of body()) {
        rest = Buffer.concat([rest, part]);
        for (; rest.length >= PART_BYTES; rest = rest.subarray(PART_BYTES)) {
          if (chunks.push(new Uint8Array(rest.subarray(0, PART_BYTES))) % TOLD_CHUNKS > 0) continue;
          const first = Math.max(0, chunks.length - MAX_TOLD_CHUNKS);
          const seqs = chunks.slice(first).map((_, i) => first + i + 1);
          placed?.({ attempt, chunkBytes: PART_BYTES, first, seqs });
        }
      }
      return Buffer.concat([...chunks, rest]);
    } finally {
      attempts.delete(attempt);
    }
  }

  return {
    async put(sha, sizeBytes, body, options = {}) {
      options.signal?.throwIfAborted();
      if (touch(sha)) return 'present';
      const bytes = new Uint8Array(body instanceof Uint8Array ? body : await collectTelling(body, options));
      options.signal?.throwIfAborted();
      if (bytes.length !== sizeBytes) {
        throw new ObjectCorruptError(sha, tier, `has ${bytes.length} bytes where ${sizeBytes} were announced`);
      }
      if (shaOf(bytes) !== sha) throw new ObjectCorruptError(sha, tier, 'the bytes have another SHA-256');
      // Somebody else may have put it while the body was read.
      if (touch(sha)) return 'present';
      objects.set(sha, { bytes, sizeBytes, touchedAt: clock.now() });
      return 'stored';
    },

    async get(sha, options) {
      options?.signal?.throwIfAborted();
      const stored = objects.get(sha);
      if (!stored) throw new ObjectAbsentError(sha, tier);
      const { sizeBytes } = stored;
      const range = options?.range;
      const { start, end } = clip(range, sizeBytes);
      const verify = () => {
        if (stored.bytes.length !== sizeBytes) throw new ObjectCorruptError(sha, tier, 'has another size');
        if (shaOf(stored.bytes) !== sha) throw new ObjectCorruptError(sha, tier, 'the bytes have another SHA-256');
      };
      async function* bytes() {
        for (let at = start; at < end; at += PART_BYTES) {
          options?.signal?.throwIfAborted();
          yield stored?.bytes.slice(at, Math.min(end, at + PART_BYTES)) ?? new Uint8Array();
        }
        verify();
      }
      return { sizeBytes, bytes: bytes() };
    },

    async *readChunks(sha, { attempt, seqs }, signal) {
      for (const seq of seqs) {
        signal.throwIfAborted();
        const at = (seq - 1) * PART_BYTES;
        // When the put is over, its chunks are the object's.
        const chunk = attempts.get(attempt)?.[seq - 1] ?? objects.get(sha)?.bytes.subarray(at, at + PART_BYTES);
        if (!chunk?.length) return;
        yield chunk.slice();
      }
    },

    async stat(sha) {
      const stored = objects.get(sha);
      if (!stored) return { kind: 'absent' };
      return { kind: 'present', sizeBytes: stored.sizeBytes, touchedAt: stored.touchedAt };
    },

    async delete(sha, options) {
      const stored = objects.get(sha);
      if (stored && options?.untouchedSince !== undefined && stored.touchedAt > options.untouchedSince) return false;
      objects.delete(sha);
      return true;
    },

    async *list() {
      for (const [sha, { sizeBytes, touchedAt }] of [...objects]) yield { sha, sizeBytes, touchedAt };
    },

    checkpoint() {
      const kept = [...objects].map(([sha, stored]) => [sha, { ...stored }] as const);
      return () => {
        objects.clear();
        for (const [sha, stored] of kept) objects.set(sha, stored);
      };
    },

    damage(sha, bytes) {
      const stored = objects.get(sha);
      if (stored) objects.set(sha, { ...stored, bytes: new Uint8Array(bytes) });
    },
  };
}
