// Makes the buckets and streams of a tenant (DESIGN §3), as often as wanted: what is there stays, with its data and with
// what an operator has changed on it. Only what the adapters cannot do without is switched on.
import type { StreamConfig } from '@nats-io/jetstream';
import type { Tenant } from '../model/ids.ts';
import { REPEATS_KNOWN_MS } from './event-log.ts';
import type { NatsLink } from './nats-connect.ts';
import { createStream, nanos, streamInfo, updateStream } from './nats-js-api.ts';
import {
  answersBucket,
  auditStream,
  auditSubjects,
  DEFAULT_SHARDS,
  eventStream,
  eventSubjects,
  indexBucket,
  jobsBucket,
  kvStream,
  nodesBucket,
  objectBucket,
  objectStream,
  sharesBucket,
  tokensBucket,
  webhooksBucket,
} from './nats-names.ts';
import { StoreUnavailableError } from './store-errors.ts';

export interface TenantOptions {
  /** object buckets, 1 to 16; counts at the tenant's creation only. Default 8 */
  readonly shards?: number;
  /** copies in a NATS cluster: 1, 3 or 5. Default 1 */
  readonly replicas?: number;
  /** how long events are kept; default 30 days */
  readonly eventsMaxAgeMs?: number;
  /** most bytes of each object bucket; default no limit but the disk */
  readonly shardMaxBytes?: number;
  /** of the object buckets on NATS's disk; those that are there are changed to it, and compress what is written from then
   *  on. Default: none for new ones, and those that are there stay as they are */
  readonly compression?: HotCompression;
}

export type HotCompression = 's2' | 'none';

/** What was fixed when the tenant was created. */
export interface TenantLayout {
  readonly shards: number;
}

/** In the metadata of the index's stream. */
const SHARDS_KEY = 'fs_shards';
const EVENTS_MAX_AGE_MS = 30 * 24 * 3_600_000;
/** A request that comes again later is done again. */
const ANSWERS_MAX_AGE_MS = 24 * 3_600_000;
/** The oldest go first. Not of bytes: NATS would set those aside, and refuse the bucket where they are not free. */
const MOST_ANSWERS = 1_000_000;
const INDEX_HISTORY = 8;

/** @throws StoreUnavailableError, StoreDeniedError, StoreFullError  run it again */
export async function ensureTenant(link: NatsLink, tenant: Tenant, options: TenantOptions = {}): Promise<TenantLayout> {
  const replicas = options.replicas ?? 1;
  const wanted = options.shards ?? DEFAULT_SHARDS;
  // The index comes first: it records the number of shards, and of two who create at once one decides it.
  await ensureStream(link, {
    ...keyValueConfig(indexBucket(tenant), INDEX_HISTORY, replicas),
    metadata: { [SHARDS_KEY]: String(wanted) },
  });
  const layout = await tenantLayout(link, tenant);
  await ensureStream(link, keyValueConfig(nodesBucket(tenant), 1, replicas));
  await ensureStream(link, keyValueConfig(jobsBucket(tenant), 1, replicas));
  await ensureStream(link, keyValueConfig(sharesBucket(tenant), 1, replicas));
  await ensureStream(link, keyValueConfig(tokensBucket(tenant), 1, replicas));
  await ensureStream(link, keyValueConfig(webhooksBucket(tenant), 1, replicas));
  const bound = { max_msgs: MOST_ANSWERS, discard: 'old' } as const;
  const answers = { ...keyValueConfig(answersBucket(tenant), 1, replicas), max_age: nanos(ANSWERS_MAX_AGE_MS) };
  await ensureStream(link, { ...answers, ...bound }, bound);
  await ensureStream(link, eventsConfig(tenant, options, replicas));
  await ensureStream(link, auditConfig(tenant, replicas));
  for (let shard = 0; shard < layout.shards; shard++) {
    const set = options.compression === undefined ? {} : { compression: options.compression };
    await ensureStream(link, { ...objectsConfig(objectBucket(tenant, shard), options, replicas), ...set }, set);
  }
  return layout;
}

/** For those who may not create streams, such as nodes.
 *  @throws StoreUnavailableError  also when the tenant was never set up */
export async function tenantLayout(link: NatsLink, tenant: Tenant): Promise<TenantLayout> {
  const name = kvStream(indexBucket(tenant));
  const info = await streamInfo(link, name);
  if (!info) {
    throw new StoreUnavailableError('hot', `tenant ${tenant} is not set up in NATS yet: start the server once`);
  }
  const shards = Number(info.config.metadata?.[SHARDS_KEY]);
  if (Number.isInteger(shards) && shards >= 1 && shards <= 16) return { shards };
  throw new StoreUnavailableError(
    'hot',
    `stream ${name} does not say how many object buckets tenant ${tenant} has: it was made by another program; choose another tenant name`,
  );
}

type NamedStream = Partial<StreamConfig> & { readonly name: string };

/** @param set  what was set on purpose, and so is changed on a stream that is there */
async function ensureStream(link: NatsLink, config: NamedStream, set: Partial<StreamConfig> = {}): Promise<void> {
  const there = await streamInfo(link, config.name);
  if (!there) {
    const outcome = await createStream(link, config);
    if (outcome.kind === 'created') return;
    return ensureStream(link, config, set);
  }
  const missing: Partial<StreamConfig> = {};
  if (set.compression && set.compression !== there.config.compression) missing.compression = set.compression;
  if (set.max_msgs && there.config.max_msgs === -1) Object.assign(missing, { max_msgs: set.max_msgs, discard: 'old' });
  if (config.allow_direct && !there.config.allow_direct) missing.allow_direct = true;
  if (config.allow_rollup_hdrs && !there.config.allow_rollup_hdrs) missing.allow_rollup_hdrs = true;
  if (Object.keys(missing).length > 0) await updateStream(link, { ...there.config, ...missing });
}

/** The same as stock clients make, so that they can read and write it. */
function keyValueConfig(bucket: string, history: number, replicas: number): NamedStream {
  return {
    name: kvStream(bucket),
    subjects: [`$KV.${bucket}.>`],
    retention: 'limits',
    storage: 'file',
    max_msgs_per_subject: history,
    discard: 'new',
    num_replicas: replicas,
    allow_rollup_hdrs: true,
    allow_direct: true,
    deny_delete: true,
  };
}

function objectsConfig(bucket: string, { shardMaxBytes }: TenantOptions, replicas: number): NamedStream {
  return {
    name: objectStream(bucket),
    subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
    retention: 'limits',
    storage: 'file',
    discard: 'new',
    num_replicas: replicas,
    allow_rollup_hdrs: true,
    allow_direct: true,
    ...(shardMaxBytes !== undefined && { max_bytes: shardMaxBytes }),
  };
}

function eventsConfig(tenant: Tenant, { eventsMaxAgeMs }: TenantOptions, replicas: number): NamedStream {
  return {
    name: eventStream(tenant),
    subjects: [eventSubjects(tenant)],
    retention: 'limits',
    storage: 'file',
    discard: 'old',
    max_age: nanos(eventsMaxAgeMs ?? EVENTS_MAX_AGE_MS),
    duplicate_window: nanos(REPEATS_KNOWN_MS),
    num_replicas: replicas,
    allow_direct: true,
    compression: 's2',
  };
}

function auditConfig(tenant: Tenant, replicas: number): NamedStream {
  return {
    name: auditStream(tenant),
    subjects: [auditSubjects(tenant)],
    retention: 'limits',
    storage: 'file',
    discard: 'new',
    duplicate_window: nanos(REPEATS_KNOWN_MS),
    num_replicas: replicas,
    allow_direct: true,
    deny_delete: true,
    deny_purge: true,
    compression: 's2',
  };
}
