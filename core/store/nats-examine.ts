// What a NATS says of itself to whoever may only use it: version, limits, JetStream's room, its clock, and which streams of a tenant
// there are. For those who look whether it is fit to work with; nothing is changed.
import type { JetStreamAccountStats } from '@nats-io/jetstream';
import type { Tenant } from '../model/ids.ts';
import type { NatsLink } from './nats-connect.ts';
import { JetStreamAnswerError } from './nats-errors.ts';
import { jsRequest, streamInfo } from './nats-js-api.ts';
import {
  auditStream,
  DEFAULT_SHARDS,
  eventStream,
  indexBucket,
  jobsBucket,
  kvStream,
  nodesBucket,
  objectBucket,
  objectStream,
  sharesBucket,
  tokensBucket,
} from './nats-names.ts';
import { tenantLayout } from './nats-setup.ts';
import { StoreUnavailableError } from './store-errors.ts';

/** Bytes or a number that are used, of how many may be; undefined: as many as there is room for. */
export interface Used {
  readonly used: number;
  readonly most: number | undefined;
}

export interface NatsFacts {
  readonly version: string;
  readonly maxPayloadBytes: number;
  /** of this account; undefined: there is no JetStream for it */
  readonly jetStream: { readonly storage: Used; readonly streams: Used; readonly consumers: Used } | undefined;
  /** `always`, or every so many seconds; undefined: it does not tell its users */
  readonly syncInterval: 'always' | number | undefined;
  /** of the tenant, those that are missing; undefined: the tenant was never set up */
  readonly missingStreams: readonly string[] | undefined;
  /** how much its clock is ahead of ours, milliseconds, to about half a round trip; undefined: there is nothing to ask it by */
  readonly clockAheadMs: number | undefined;
}

/** @throws StoreUnavailableError, StoreDeniedError */
export async function examineNats(link: NatsLink, tenant: Tenant): Promise<NatsFacts> {
  const jetStream = await accountOf(link);
  const { serverVersion: version, maxPayloadBytes } = link;
  const syncInterval = await syncIntervalOf(link);
  if (!jetStream) {
    return { version, maxPayloadBytes, jetStream, syncInterval, missingStreams: undefined, clockAheadMs: undefined };
  }
  const streams = await streamsOf(link, tenant);
  return {
    ...{ version, maxPayloadBytes, jetStream, syncInterval },
    missingStreams: streams === undefined ? undefined : await missingOf(link, streams),
    clockAheadMs: streams === undefined ? undefined : await clockAhead(link, tenant),
  };
}

async function accountOf(link: NatsLink): Promise<NatsFacts['jetStream']> {
  try {
    const { storage, streams, consumers, limits } = await jsRequest<JetStreamAccountStats>(link, 'INFO');
    return {
      storage: usedOf(storage, limits.max_storage),
      streams: usedOf(streams, limits.max_streams),
      consumers: usedOf(consumers, limits.max_consumers),
    };
  } catch (error) {
    // Nobody listens where JetStream is off; where it is off for the account, that is its answer.
    if (error instanceof JetStreamAnswerError || error instanceof StoreUnavailableError) return undefined;
    throw error;
  }
}

const usedOf = (used: number, most: number): Used => ({ used, most: most > 0 ? most : undefined });

/** Only who is in the system account is told. */
async function syncIntervalOf(link: NatsLink): Promise<NatsFacts['syncInterval']> {
  try {
    const { data } = await link.request('$SYS.REQ.SERVER.PING.VARZ', '', { timeoutMs: 1_000 });
    const { config } = (JSON.parse(Buffer.from(data).toString('utf8')) as Varz).data?.jetstream ?? {};
    if (config?.sync_always) return 'always';
    return config?.sync_interval === undefined ? undefined : config.sync_interval / 1e9;
  } catch {
    return undefined;
  }
}

interface Varz {
  readonly data?: { readonly jetstream?: { readonly config?: { sync_always?: boolean; sync_interval?: number } } };
}

async function streamsOf(link: NatsLink, tenant: Tenant): Promise<readonly string[] | undefined> {
  if (!(await streamInfo(link, kvStream(indexBucket(tenant))))) return undefined;
  const { shards } = await tenantLayout(link, tenant).catch(() => ({ shards: DEFAULT_SHARDS }));
  const buckets = [indexBucket, nodesBucket, jobsBucket, sharesBucket, tokensBucket];
  return [
    ...buckets.map((bucket) => kvStream(bucket(tenant))),
    ...[eventStream(tenant), auditStream(tenant)],
    ...Array.from({ length: shards }, (_, shard) => objectStream(objectBucket(tenant, shard))),
  ];
}

async function missingOf(link: NatsLink, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => streamInfo(link, name)));
  return names.filter((_, i) => found[i] === undefined);
}

async function clockAhead(link: NatsLink, tenant: Tenant): Promise<number | undefined> {
  const asked = Date.now();
  const info = await streamInfo(link, kvStream(indexBucket(tenant)));
  const answered = Date.now();
  const at = Date.parse((info as { readonly ts?: string } | undefined)?.ts ?? '');
  return Number.isNaN(at) ? undefined : Math.round(at - (asked + answered) / 2);
}
