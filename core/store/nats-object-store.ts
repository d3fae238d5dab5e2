// The hot tier: the object port on the NATS Object Store protocol, spread over the tenant's buckets. Stock clients read
// what is stored here and are read here; speed comes from pipelining and from knowing the chunks' seqs.
import { type Clock, systemClock } from '../model/clock.ts';
import type { Sha, Tenant } from '../model/ids.ts';
import { ByteBudget } from './byte-budget.ts';
import type { NatsLink } from './nats-connect.ts';
import { toStoreError } from './nats-errors.ts';
import { getChunks, getObject, lastMeta } from './nats-object-get.ts';
import { decodeMeta } from './nats-object-meta.ts';
import { allMetas, placeOf, shaOfMetaSubject, shardsOf } from './nats-object-names.ts';
import { deleteObject } from './nats-object-purge.ts';
import { putObject } from './nats-object-put.ts';
import { type SweepResult, sweepBucket } from './nats-object-sweep.ts';
import { readOrdered } from './nats-ordered-read.ts';
import { overShortAbsence } from './nats-retry.ts';
import type { ChunkReader, ListedObject, ObjectStore } from './object-store.ts';
import { ObjectCorruptError, StoreUnavailableError } from './store-errors.ts';

export interface NatsObjectStoreOptions {
  /** as the tenant was made with; `tenantLayout` tells */
  readonly shards: number;
  readonly clock?: Clock;
  /** An object that was stored or touched within this time is not touched again by a put. Whoever removes objects by
   *  their age must leave them alone for longer than this. Default 5 minutes */
  readonly touchAfterMs?: number;
  /** default 768 KiB, or what fits into the server's largest message where that is less */
  readonly chunkBytes?: number;
}

export interface NatsObjectStore extends ObjectStore, ChunkReader {
  /** Removes the chunks that crashed puts left and the marks of deletions, where they are older than `olderThanMs` by the
   *  server's clock: SWEEP_AFTER_MS (20 minutes) or more, so that no put that runs still needs them. */
  sweepOrphanChunks(options: { readonly olderThanMs: number; readonly signal?: AbortSignal }): Promise<SweepResult>;
}

export const TOUCH_AFTER_MS = 5 * 60_000;
/** An fsync a chunk: 768 KiB × 8 puts 12% faster than 512 KiB, and is what fits into a server's usual largest message. Of 2
 *  or 4 MiB the disk takes more a second, but they leave the processor's caches between one step and the next: sender,
 *  server and reader together take a third more of its time (measured). */
const CHUNK_BYTES = 768 * 1024;
/** The server counts a message's headers too; an object's only chunk has some. */
const HEADER_BYTES = 512;
/** Published and not acknowledged over all puts of this store, and as much asked for over all gets. */
export const IN_FLIGHT_BYTES = 32 * 1024 * 1024;

export function natsObjectStore(link: NatsLink, tenant: Tenant, options: NatsObjectStoreOptions): NatsObjectStore {
  const clock = options.clock ?? systemClock;
  const budget = new ByteBudget(IN_FLIGHT_BYTES);
  const getIo = { link, budget: new ByteBudget(IN_FLIGHT_BYTES) };
  const shards = shardsOf(tenant, options.shards);
  const place = (sha: Sha) => placeOf(tenant, options.shards, sha);
  const putIo = async () => ({
    link,
    asker: await link.forObjects(),
    clock,
    budget,
    // Asked each time: after a reconnect it may be another server.
    chunkBytes: Math.min(options.chunkBytes ?? CHUNK_BYTES, link.maxPayloadBytes - HEADER_BYTES),
    touchAfterMs: options.touchAfterMs ?? TOUCH_AFTER_MS,
  });

  return {
    async put(sha, sizeBytes, body, options = {}) {
      try {
        return await overShortAbsence(link, options.signal, async () =>
          putObject(await putIo(), place(sha), sizeBytes, body, options),
        );
      } catch (error) {
        throw toStoreError(error, `putting object ${sha.slice(0, 12)}`);
      }
    },

    async get(sha, options = {}) {
      return getObject(getIo, place(sha), options);
    },

    readChunks(sha, chunks, signal) {
      return getChunks(getIo, place(sha), chunks, signal);
    },

    async stat(sha) {
      try {
        const last = await lastMeta(link, place(sha));
        if (!last) return { kind: 'absent' };
        const { message, decoded } = last;
        if (decoded.kind !== 'object') throw new ObjectCorruptError(sha, 'hot', decoded.detail);
        return { kind: 'present', sizeBytes: decoded.meta.sizeBytes, touchedAt: message.storedAt };
      } catch (error) {
        throw toStoreError(error, `looking at object ${sha.slice(0, 12)}`);
      }
    },

    async delete(sha, { untouchedSince } = {}) {
      return deleteObject({ link, clock }, place(sha), untouchedSince);
    },

    async *list() {
      for (const { bucket, stream } of shards) yield* listBucket(link, stream, allMetas(bucket));
    },

    async sweepOrphanChunks({ olderThanMs, signal = new AbortController().signal }) {
      let [puts, marks, tooYoung] = [0, 0, 0];
      for (const shard of shards) {
        const swept = await sweepBucket({ link, olderThanMs, signal }, shard);
        puts += swept.puts;
        marks += swept.marks;
        tooYoung += swept.tooYoung;
      }
      return { puts, marks, tooYoung };
    },
  };
}

async function* listBucket(link: NatsLink, stream: string, filter: string): AsyncGenerator<ListedObject> {
  if (!link.isConnected) throw new StoreUnavailableError('hot', 'NATS is away; listing objects needs it');
  const stop = new AbortController();
  try {
    const options = {
      stream,
      filterSubjects: [filter],
      start: { kind: 'last-per-subject' },
      signal: stop.signal,
    } as const;
    for await (const delivery of readOrdered(link, options)) {
      if (delivery.kind === 'caught-up') return;
      if (delivery.kind !== 'message') continue;
      const sha = shaOfMetaSubject(delivery.message.subject);
      const decoded = decodeMeta(delivery.message.data);
      if (sha === undefined || decoded.kind !== 'object') continue;
      yield { sha, sizeBytes: decoded.meta.sizeBytes, touchedAt: delivery.message.storedAt };
    }
  } finally {
    stop.abort();
  }
}
