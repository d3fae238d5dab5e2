// A new tenant's objects for a test of the hot tier, and what the test looks at beside the store: the stock client on the same
// bucket, what the streams hold, and where an object's chunks are.
import { jetstreamManager } from '@nats-io/jetstream';
import { Objm, type ObjectStore as StockStore } from '@nats-io/obj';
import { assert } from '../model/assert.ts';
import type { Sha, Tenant } from '../model/ids.ts';
import { laterLink } from '../testing/later-link.ts';
import type { NatsInUse } from '../testing/use-nats.ts';
import { objectBucket, shardOf } from './nats-names.ts';
import { decodeMeta } from './nats-object-meta.ts';
import { type ObjectPlace, placeOf, shardsOf } from './nats-object-names.ts';
import { type NatsObjectStore, type NatsObjectStoreOptions, natsObjectStore } from './nats-object-store.ts';
import { ensureTenant, type TenantOptions } from './nats-setup.ts';

export const SHARDS = 2;
export const CHUNK = 8 * 1024;

export interface ObjectFixture {
  readonly tenant: Tenant;
  readonly store: NatsObjectStore;
  /** the same objects, seen an hour later */
  anHourLater(): NatsObjectStore;
  /** the stock client on the bucket of `sha` */
  stock(sha: Sha): Promise<StockStore>;
  /** messages and bytes of all object buckets */
  held(): Promise<{ messages: number; bytes: number }>;
  placeOf(sha: Sha): ObjectPlace;
  /** where an object of ours has its chunks and its metadata */
  seqsOf(sha: Sha): Promise<{ stream: string; seqs: readonly number[]; nuid: string; metaSeq: number }>;
}

export async function objectFixture(
  { rig, link }: NatsInUse,
  options: Partial<NatsObjectStoreOptions> = {},
  tenantOptions: TenantOptions = {},
): Promise<ObjectFixture> {
  const tenant = rig.freshTenant();
  await ensureTenant(link, tenant, { shards: SHARDS, ...tenantOptions });
  const { streams } = await jetstreamManager(link.connection);
  const place = (sha: Sha) => placeOf(tenant, SHARDS, sha);
  return {
    tenant,
    store: natsObjectStore(link, tenant, { shards: SHARDS, chunkBytes: CHUNK, ...options }),
    anHourLater: () => natsObjectStore(laterLink(link, 3_600_000), tenant, { shards: SHARDS }),
    stock: (sha) => new Objm(link.connection).open(objectBucket(tenant, shardOf(sha, SHARDS))),
    held: async () => {
      const infos = await Promise.all(shardsOf(tenant, SHARDS).map(({ stream }) => streams.info(stream)));
      return {
        messages: infos.reduce((sum, { state }) => sum + state.messages, 0),
        bytes: infos.reduce((sum, { state }) => sum + state.bytes, 0),
      };
    },
    placeOf: place,
    seqsOf: async (sha) => {
      const { stream, metaSubject } = place(sha);
      const message = await streams.getMessage(stream, { last_by_subj: metaSubject });
      assert(message, 'the object is there');
      const decoded = decodeMeta(message.data);
      assert(decoded.kind === 'object' && decoded.meta.seqs, 'its metadata has seqs');
      return { stream, seqs: decoded.meta.seqs, nuid: decoded.meta.nuid, metaSeq: message.seq };
    },
  };
}

export const stockSource = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
