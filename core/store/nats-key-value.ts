// The index's port on a NATS key-value bucket: reads by Direct Get, or by the
// leader where it matters which is the newest, compare-and-swap by the last sequence of the key's
// subject, watches by an ordered reader. Stock KV clients read and write the same buckets.
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { systemClock } from '../model/clock.ts';
import type { CasOutcome, KeyValue, KvChange, KvEntry } from './key-value.ts';
import type { NatsLink } from './nats-connect.ts';
import { directLast, leaderLast, type StoredMessage } from './nats-direct-get.ts';
import { isMoved, toStoreError } from './nats-errors.ts';
import { publish } from './nats-js-api.ts';
import { kvStream } from './nats-names.ts';
import { readOrdered } from './nats-ordered-read.ts';
import { StoreUnavailableError } from './store-errors.ts';

const OPERATION = 'KV-Operation';
const EXPECTED_SEQ = 'Nats-Expected-Last-Subject-Sequence';
/** set by the server on markers that it leaves itself, where a message's time is over */
const MARKER_REASON = 'Nats-Marker-Reason';
/** after a question that was not answered, such as while a stream has no leader */
const ASK_AGAIN_MS = 200;

/** A message by what no other one has: after a restore another one may have its seq. */
interface Told {
  readonly seq: number;
  readonly storedAt: number;
  readonly deleted: boolean;
}

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

  /** Whether there is nothing at all under the key, not even a tombstone: the leader's word, waited for.
   *  @returns false also at the signal */
  async function isGone(key: string, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        await link.untilConnected(signal);
        return (await leaderLast(link, stream, prefix + key)) === undefined;
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof StoreUnavailableError)) throw error;
        await systemClock.sleep(ASK_AGAIN_MS, signal).catch(() => {});
      }
    }
    return false;
  }

  return {
    compareAndSet,

    async get(key, { newest = false } = {}) {
      try {
        // A replica that lags may not know of the key yet, or of its return.
        for (const read of newest ? [leaderLast] : [directLast, leaderLast]) {
          const there = await read(link, stream, prefix + key);
          if (there && !isDeletion(there.headers)) return entryOf(key, there);
        }
        return undefined;
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
        const options = {
          stream,
          filterSubjects: [prefix + filter],
          start: { kind: 'last-per-subject' },
          headersOnly: true,
          signal: stop.signal,
        } as const;
        for await (const delivery of readOrdered(link, options)) {
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
      // What was told of each key. At every reconnect the bucket is read again, because it may have gone back and have
      // grown again meanwhile (I12), and what is another message than the one told of is told.
      const known = new Map<string, Told>();
      let unseen: Set<string> | undefined;
      const options = {
        stream,
        filterSubjects: [prefix + filter],
        start: { kind: 'last-per-subject', always: true },
        signal,
      } as const;
      for await (const delivery of readOrdered(link, options)) {
        switch (delivery.kind) {
          case 'message': {
            const { subject, seq, storedAt, headers: meta, data } = delivery.message;
            const key = keyOf(subject);
            unseen?.delete(key);
            const before = known.get(key);
            if (before?.seq === seq && before.storedAt === storedAt) break;
            const deleted = isDeletion(meta);
            known.set(key, { seq, storedAt, deleted });
            if (deleted) yield { kind: 'delete', key, revision: seq };
            else yield { kind: 'put', entry: { key, value: data, revision: seq, storedAt } };
            break;
          }
          case 'restarted':
            unseen = new Set(known.keys());
            break;
          case 'replayed':
            for (const key of unseen ?? []) {
              // One that is set at this moment was not among those that were there, and comes later.
              if (!(await isGone(key, signal))) continue;
              const deleted = known.get(key)?.deleted;
              known.delete(key);
              if (!deleted) yield { kind: 'delete', key, revision: delivery.lastSeq };
            }
            unseen = undefined;
            break;
          case 'caught-up':
            yield delivery;
            break;
          case 'gap':
          case 'rewound':
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

function entryOf(key: string, { data, seq, storedAt }: StoredMessage): KvEntry {
  return { key, value: data, revision: seq, storedAt };
}
