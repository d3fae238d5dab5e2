// Connects a command that ends to a tenant's stores, for as long as its work takes.
import { natsAuditLog } from '../../core/audit/nats-audit-log.ts';
import type { CommitIo } from '../../core/commit/commit.ts';
import { cachedNodes } from '../../core/manifest/cached-nodes.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { systemClock } from '../../core/model/clock.ts';
import type { ProjectName } from '../../core/model/ids.ts';
import { processLog } from '../../core/settings/process-log.ts';
import type { ShareIo } from '../../core/share/shares.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { connectNats } from '../../core/store/nats-connect.ts';
import { natsEventLog } from '../../core/store/nats-event-log.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { indexBucket, jobsBucket, nodesBucket, sharesBucket } from '../../core/store/nats-names.ts';
import { natsObjectStore } from '../../core/store/nats-object-store.ts';
import { tenantLayout } from '../../core/store/nats-setup.ts';
import { natsColdProofs } from '../../core/tier/nats-cold-proofs.ts';
import { natsRecall } from '../../core/tier/nats-recall.ts';
import { recallFor, recallingObjects } from '../../core/tier/recall.ts';
import { type OnRecord, onRecord } from '../audit/on-record.ts';
import type { ConnectSettings } from './job-settings.ts';
import { thisPerson } from './person.ts';

export interface TenantStores {
  readonly stores: CommitIo;
  /** the same, for what files have in them: also what is only in cold comes from here */
  readonly contents: CommitIo;
  readonly nodes: KeyValue;
  /** records of lifecycle jobs */
  readonly jobs: KeyValue;
  /** share links, and what tells of them */
  readonly sharing: ShareIo;
  /** for all that changes what people see */
  readonly onRecord: OnRecord;
}

const NODE_CACHE_BYTES = 8 * 1024 * 1024;

/** @throws NatsUnreachableError, StoreUnavailableError  the tenant was never set up */
export async function withStores<T>(
  settings: ConnectSettings & { readonly project?: ProjectName },
  name: string,
  work: (io: TenantStores) => Promise<T>,
): Promise<T> {
  const { tenant, nats, logLevel } = settings;
  const log = processLog(name, logLevel === 'info' ? 'warn' : logLevel);
  const link = await connectNats({ ...nats, name, log });
  try {
    const { shards } = await tenantLayout(link, tenant);
    const hot = natsObjectStore(link, tenant, { shards });
    const index = natsKeyValue(link, indexBucket(tenant));
    const stores: CommitIo = {
      objects: hot,
      index,
      nodes: cachedNodes(objectNodes(hot), { maxBytes: NODE_CACHE_BYTES }),
      clock: systemClock,
      proofs: natsColdProofs(link, tenant),
    };
    const all = natsRecall(link, tenant);
    const recall = settings.project === undefined ? all : recallFor(all, settings.project);
    const contents = { ...stores, objects: recallingObjects(hot, recall) };
    return await work({
      stores,
      contents,
      nodes: natsKeyValue(link, nodesBucket(tenant)),
      jobs: natsKeyValue(link, jobsBucket(tenant)),
      sharing: {
        tenant,
        shares: natsKeyValue(link, sharesBucket(tenant)),
        events: natsEventLog(link, tenant),
        clock: systemClock,
      },
      onRecord: onRecord({
        log: natsAuditLog(link, tenant),
        index,
        clock: systemClock,
        processLog: log,
        actor: thisPerson(),
      }),
    });
  } finally {
    await link.close();
  }
}
