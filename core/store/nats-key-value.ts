// The index's port on a NATS key-value bucket: reads by Direct Get, compare-and-swap by the last sequence of the key's
// subject, watches by an ordered reader. Stock KV clients read and write the same buckets.
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { CasOutcome, KeyValue, KvChange, KvEntry } from './key-value.ts';
import type { NatsLink } from './nats-connect.ts';
import { leaderLast, type StoredMessage, surelyLast } from './nats-direct-get.ts';
import { isMoved, toStoreError } from './nats-errors.ts';
import { publish } from './nats-js-api.ts';
import { kvStream } from './nats-names.ts';
import { type OrderedDelivery, readOrdered } from './nats-ordered-read.ts';
import { StoreUnavailableError } from './store-errors.ts';

const OPERATION = 'KV-Operation';
const EXPECTED_SEQ = 'Nats-Expected-Last-Subject-Sequence';
/** set by the server on markers that it leaves itself, where a message's time is over */
const MARKER_REASON = 'Nats-Marker-Reason';

export function natsKeyValue(link: NatsLink, bucket: string): KeyValue {
  const stream = kvStream(bucket);
  const prefix = `$KV.${bucket}.`;
  const keyOf = (subject: string) => subject.slice(prefix.length);

  async function compareAndSet(key: string, value: Uint8Array, revision: number): Promise<CasOutcome> {
    try {
      const { seq } = await publish(link, prefix + key, value, { headers: expecting(revision) });
      return { kind: 'set', revision: seq };
    } catch (error) {
      if (!isMoved(error)) throw toStoreError(error, `setting ${key}`);
    }
    const there = await leaderLast(link, stream, prefix + key);
    if (!there || isDeletion(there.headers)) {
      // A deleted key still has a last sequence, its tombstone's.
      if (revision === 0 && there) return compareAndSet(key, value, there.seq);
      return { kind: 'moved', entry: undefined };
    }
    return { kind: 'moved', entry: entryOf(key, there) };
  }

  async function* read(filter: string, signal: AbortSignal, headersOnly: boolean): AsyncGenerator<OrderedDelivery> {
    yield* readOrdered(link, {
      stream,
      filterSubjects: [prefix + filter],
      start: { kind: 'last-per-subject' },
      headersOnly,
      signal,
    });
  }

  return {
    compareAndSet,

    async get(key) {
      try {
        const there = await surelyLast(link, stream, prefix + key);
        return there && !isDeletion(there.headers) ? entryOf(key, there) : undefined;
      } catch (error) {
        throw toStoreError(error, `reading ${key}`);
      }
    },

    async put(key, value) {
      try {
        return (await publish(link, prefix + key, value)).seq;
      } catch (error) {
        throw toStoreError(error, `writing ${key}`);
      }
    },

    async delete(key, revision) {
      try {
        if (revision === undefined) {
          // A tombstone for a key that is not there would stay for ever.
          const there = await leaderLast(link, stream, prefix + key);
          if (!there || isDeletion(there.headers)) return true;
        }
        const marker = revision === undefined ? headers() : expecting(revision);
        marker.set(OPERATION, 'DEL');
        await publish(link, prefix + key, '', { headers: marker });
        return true;
      } catch (error) {
        if (isMoved(error)) return false;
        throw toStoreError(error, `deleting ${key}`);
      }
    },

    async *keys(filter) {
      if (!link.isConnected) throw new StoreUnavailableError('hot', 'NATS is away; listing keys needs it');
      const stop = new AbortController();
      try {
        for await (const delivery of read(filter, stop.signal, true)) {
          if (delivery.kind === 'caught-up') return;
          if (delivery.kind === 'message' && !isDeletion(delivery.message.headers)) {
            yield keyOf(delivery.message.subject);
          }
        }
      } finally {
        stop.abort();
      }
    },

    async *watch(filter, { signal }): AsyncGenerator<KvChange> {
      // Keys that are known to be there: after a bucket went back (I12), those that are not there any more are
      // told as deleted.
      const live = new Set<string>();
      let missing: Set<string> | undefined;
      for await (const delivery of read(filter, signal, false)) {
        switch (delivery.kind) {
          case 'message': {
            const { message } = delivery;
            const key = keyOf(message.subject);
            if (isDeletion(message.headers)) {
              live.delete(key);
              yield { kind: 'delete', key, revision: message.seq };
            } else {
              live.add(key);
              missing?.delete(key);
              yield { kind: 'put', entry: { key, value: message.data, revision: message.seq } };
            }
            break;
          }
          case 'rewound':
            missing = new Set(live);
            break;
          case 'replayed':
            for (const key of missing ?? []) {
              live.delete(key);
              yield { kind: 'delete', key, revision: delivery.lastSeq };
            }
            missing = undefined;
            break;
          case 'caught-up':
            yield delivery;
            break;
          case 'gap':
            // Only values that newer ones have replaced are gone.
            break;
        }
      }
    },
  };
}

function expecting(revision: number): MsgHdrs {
  const expected = headers();
  expected.set(EXPECTED_SEQ, String(revision));
  return expected;
}

function isDeletion(meta: MsgHdrs | undefined): boolean {
  return meta !== undefined && (meta.has(OPERATION) ? meta.get(OPERATION) !== 'PUT' : meta.has(MARKER_REASON));
}

function entryOf(key: string, { data, seq }: StoredMessage): KvEntry {
  return { key, value: data, revision: seq };
}
