// The object port in memory, for tests and simulations. Bytes can be damaged on purpose, so that callers' handling of
// what a real store may one day hand out is tested too.
import { type Clock, systemClock } from '../model/clock.ts';
import { type Sha, shaOf } from '../model/ids.ts';
import { collect, type ObjectStore } from './object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, type Tier } from './store-errors.ts';

export interface MemoryObjectStore extends ObjectStore {
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

/** Bytes come out in parts of this size, so that callers meet more than one. */
const PART_BYTES = 64 * 1024;

export function memoryObjectStore({
  clock = systemClock,
  tier = 'hot',
}: {
  readonly clock?: Clock;
  readonly tier?: Tier;
} = {}): MemoryObjectStore {
  const objects = new Map<Sha, Stored>();

  /** I5. @returns false when it is not there */
  function touch(sha: Sha): boolean {
    const there = objects.get(sha);
    if (there) there.touchedAt = clock.now();
    return there !== undefined;
  }

  return {
    async put(sha, sizeBytes, body, options) {
      options?.signal?.throwIfAborted();
      if (touch(sha)) return 'present';
      const bytes = new Uint8Array(body instanceof Uint8Array ? body : await collect(body()));
      options?.signal?.throwIfAborted();
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
      const start = Math.min(range?.start ?? 0, sizeBytes);
      const end = Math.max(start, Math.min(range?.end ?? sizeBytes, sizeBytes));
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
