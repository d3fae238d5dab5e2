// Where the server keeps what it knows: buckets and streams of its tenant in NATS, and the cold storage, not yet guarded.
import { natsAuditLog } from '../core/audit/nats-audit-log.ts';
import type { NatsLink } from '../core/store/nats-connect.ts';
import { natsEventLog } from '../core/store/nats-event-log.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import {
  answersBucket,
  indexBucket,
  jobsBucket,
  nodesBucket,
  sharesBucket,
  tokensBucket,
  webhooksBucket,
} from '../core/store/nats-names.ts';
import { natsObjectStore } from '../core/store/nats-object-store.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import { openCold } from '../core/store/open-cold.ts';
import type { ServerSettings } from './settings.ts';

export type Stores = Awaited<ReturnType<typeof openStores>>;

/** Makes in NATS what is not there yet. */
export async function openStores(link: NatsLink, settings: ServerSettings) {
  const { FS_TENANT: tenant, FS_HOT_COMPRESSION: compression } = settings;
  const { shards } = await ensureTenant(link, tenant, compression === undefined ? {} : { compression });
  return {
    shards,
    hot: natsObjectStore(link, tenant, { shards }),
    cold: await openCold(settings),
    events: natsEventLog(link, tenant),
    audit: natsAuditLog(link, tenant),
    index: natsKeyValue(link, indexBucket(tenant)),
    /** what nodes are and are asked to be */
    nodes: natsKeyValue(link, nodesBucket(tenant)),
    jobs: natsKeyValue(link, jobsBucket(tenant)),
    shares: natsKeyValue(link, sharesBucket(tenant)),
    tokens: natsKeyValue(link, tokensBucket(tenant)),
    webhooks: natsKeyValue(link, webhooksBucket(tenant)),
    answers: natsKeyValue(link, answersBucket(tenant)),
  };
}
