// What a tenant's streams hold, as JetStream itself counts it: bytes and objects of the hot tier, and how far the events are.
import type { Tenant } from '../model/ids.ts';
import type { NatsLink } from './nats-connect.ts';
import { streamInfo } from './nats-js-api.ts';
import { eventStream, objectBucket, objectStream } from './nats-names.ts';

export interface StreamSizes {
  /** of all object buckets on disk; where streams are compressed, before compression */
  readonly hotBytes: number;
  /** files' objects, manifest nodes and commits; what was deleted lately counts as half until its mark is swept */
  readonly hotObjects: number;
  /** of all events that there ever were; rises by one with each */
  readonly lastEventSeq: number;
}

/** An object has a subject for its metadata and one for its chunks. */
const SUBJECTS_AN_OBJECT = 2;

/** @throws StoreUnavailableError, StoreDeniedError */
export async function readStreamSizes(link: NatsLink, tenant: Tenant, shards: number): Promise<StreamSizes> {
  const names = Array.from({ length: shards }, (_, shard) => objectStream(objectBucket(tenant, shard)));
  const [events, ...buckets] = await Promise.all([eventStream(tenant), ...names].map((name) => streamInfo(link, name)));
  const states = buckets.flatMap((info) => (info ? [info.state] : []));
  return {
    hotBytes: states.reduce((sum, { bytes }) => sum + bytes, 0),
    hotObjects: Math.round(states.reduce((sum, state) => sum + (state.num_subjects ?? 0), 0) / SUBJECTS_AN_OBJECT),
    lastEventSeq: events?.state.last_seq ?? 0,
  };
}
