// What one process of a tenant has on a real nats-server: a connection and caches of its own.
import type { CommitIo } from '../commit/commit.ts';
import { cachedNodes } from '../manifest/cached-nodes.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { systemClock } from '../model/clock.ts';
import type { Tenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { connectNats, type NatsLink } from '../store/nats-connect.ts';
import { natsKeyValue } from '../store/nats-key-value.ts';
import { indexBucket } from '../store/nats-names.ts';
import { natsObjectStore } from '../store/nats-object-store.ts';
import { ensureTenant } from '../store/nats-setup.ts';
import type { NatsRig } from './nats-rig.ts';

export interface NatsProcess extends CommitIo {
  readonly link: NatsLink;
}

/** Who calls closes its `link`. */
export async function natsProcess(rig: NatsRig, tenant: Tenant): Promise<NatsProcess> {
  const link = await connectNats({ servers: rig.url, name: `test of ${tenant}`, log: silentLog });
  return { link, ...(await natsStores(link, tenant)) };
}

/** On a connection that is there. */
export async function natsStores(link: NatsLink, tenant: Tenant): Promise<CommitIo> {
  const { shards } = await ensureTenant(link, tenant);
  const objects = natsObjectStore(link, tenant, { shards });
  const nodes = cachedNodes(objectNodes(objects), { maxBytes: 1 << 20 });
  return { objects, nodes, index: natsKeyValue(link, indexBucket(tenant)), clock: systemClock };
}
