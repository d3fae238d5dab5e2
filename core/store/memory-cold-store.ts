// The cold port in memory, for tests and simulations. It answers as the weakest real endpoint does: no checksum on HEAD,
// a new ETag with every copy that is written. Damage, absence and loss are made on purpose, to see how callers take it.
import { assert } from '../model/assert.ts';
import { type Clock, systemClock } from '../model/clock.ts';
import { parseSha, type Sha, shaOf, type Tenant } from '../model/ids.ts';
import type { ColdAdapter, StoredBytes } from './cold-adapter.ts';
import { documentKey, objectKey, objectsPrefix } from './cold-keys.ts';
import { type ColdCompression, coldObjects } from './cold-objects.ts';
import type { ColdProof, ColdStore } from './cold-store.ts';
import { collect } from './object-store.ts';
import { ObjectAbsentError, StoreUnavailableError } from './store-errors.ts';
import { clip } from './verify-bytes.ts';

export interface MemoryColdStore extends ColdStore {
  /** Replaces the copy of `sha`, as a careless person or a bad disk does. */
  damage(sha: Sha, bytes: Uint8Array): void;
  /** While it is away, everything is unknown (I3). */
  setAway(away: boolean): void;
  /** @returns what makes the storage forget all that came after this moment, as a restored backup does */
  checkpoint(): () => void;
}

interface Copy {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly modifiedAt: number;
}

/** Where tenants lie beside each other, by their keys. */
export type MemoryColdStorage = Map<string, Copy>;

export interface MemoryColdOptions {
  readonly clock?: Clock;
  readonly storage?: MemoryColdStorage;
  readonly compression?: ColdCompression;
}

const BUCKET = 'cold-memory';
/** Bytes come out in parts of this size, so that callers meet more than one. */
const PART_BYTES = 64 * 1024;

/** Of all stores, so that two on the same storage never give the same ETag. */
let writes = 0;

export function memoryColdStore(
  tenant: Tenant,
  { clock = systemClock, storage = new Map(), compression }: MemoryColdOptions = {},
): MemoryColdStore {
  let isAway = false;

  function requireThere(): void {
    if (isAway) throw new StoreUnavailableError('cold', 'it was taken away');
  }

  function write(key: string, bytes: Uint8Array): void {
    storage.set(key, { bytes: new Uint8Array(bytes), etag: `"${++writes}"`, modifiedAt: clock.now() });
  }

  function proofOf(sha: Sha): ColdProof | undefined {
    requireThere();
    const key = objectKey(tenant, sha);
    const copy = storage.get(key);
    if (!copy) return undefined;
    const { etag, bytes } = copy;
    const verifiedAt = clock.now();
    return { bucket: BUCKET, key, sizeBytes: bytes.length, etag, checksumMatched: false, verifiedAt };
  }

  /** A put that is repeated keeps a good copy, and with it the proof of it that others have. */
  function isIntact(sha: Sha, stored: StoredBytes): boolean {
    const copy = storage.get(objectKey(tenant, sha));
    return copy?.bytes.length === stored.sizeBytes && shaOf(copy.bytes) === stored.sha;
  }

  async function* parts(bytes: Uint8Array, start: number, end: number, signal?: AbortSignal) {
    for (let at = start; at < end; at += PART_BYTES) {
      signal?.throwIfAborted();
      requireThere();
      yield bytes.slice(at, Math.min(end, at + PART_BYTES));
    }
  }

  const keysUnder = (prefix: string): string[] => {
    requireThere();
    return [...storage.keys()].filter((key) => key.startsWith(prefix)).sort();
  };

  const adapter: ColdAdapter = {
    kind: 'memory',

    async putStored(sha, stored, body) {
      requireThere();
      if (!isIntact(sha, stored)) {
        const bytes = await collect(body.bytes);
        requireThere();
        // Somebody else may have put it while the body was read.
        if (!isIntact(sha, stored)) write(objectKey(tenant, sha), bytes);
      }
      const proof = proofOf(sha);
      assert(proof, 'what was written is there');
      return proof;
    },

    async checkStored(sha, expected) {
      const proof = proofOf(sha);
      if (!proof) return { kind: 'absent' };
      if (proof.sizeBytes !== expected.sizeBytes) {
        return { kind: 'different', detail: `it has ${proof.sizeBytes} bytes instead of ${expected.sizeBytes}` };
      }
      if (expected.etag !== undefined && proof.etag !== expected.etag) {
        return { kind: 'different', detail: 'it was written again since it was proven' };
      }
      return { kind: 'proven', proof };
    },

    async getStored(sha, { range, signal }) {
      requireThere();
      const copy = storage.get(objectKey(tenant, sha));
      if (!copy) throw new ObjectAbsentError(sha, 'cold');
      const sizeBytes = copy.bytes.length;
      const { start, end } = clip(range, sizeBytes);
      return { sizeBytes, bytes: parts(copy.bytes, start, end, signal) };
    },

    async delete(sha) {
      requireThere();
      storage.delete(objectKey(tenant, sha));
    },

    async *list() {
      for (const key of keysUnder(objectsPrefix(tenant))) {
        const copy = storage.get(key);
        if (!copy) continue;
        const sha = parseSha(key.slice(objectsPrefix(tenant).length));
        yield { sha, sizeBytes: copy.bytes.length, modifiedAt: copy.modifiedAt };
      }
    },

    async storedLink() {
      return { kind: 'none', reason: 'cold is in memory, which nobody else can read' };
    },

    async putDocument(key, bytes) {
      requireThere();
      write(documentKey(tenant, key), bytes);
    },

    async getDocument(key) {
      requireThere();
      return storage.get(documentKey(tenant, key))?.bytes.slice();
    },

    async deleteDocument(key) {
      requireThere();
      storage.delete(documentKey(tenant, key));
    },

    async *listDocuments(prefix) {
      const own = `${tenant}/`;
      for (const key of keysUnder(`${own}projects/`)) {
        if (key.startsWith(own + prefix)) yield key.slice(own.length);
      }
    },

    async probe() {
      requireThere();
      return { kind: 'memory', verifiesPayloadHash: true, returnsSha256: false, signedLinks: false };
    },
  };
  return {
    ...coldObjects(adapter, compression),

    damage(sha, bytes) {
      if (storage.has(objectKey(tenant, sha))) write(objectKey(tenant, sha), bytes);
    },

    setAway(away) {
      isAway = away;
    },

    checkpoint() {
      const kept = [...storage];
      return () => {
        storage.clear();
        for (const [key, copy] of kept) storage.set(key, copy);
      };
    },
  };
}
