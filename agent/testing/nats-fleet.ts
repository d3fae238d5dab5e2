// Two agents in this process over a real nats-server, which are told when the line to it breaks and comes back.
import { silentLog } from '../../core/model/log.ts';
import { connectNats, type NatsLink } from '../../core/store/nats-connect.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { indexBucket, nodesBucket } from '../../core/store/nats-names.ts';
import { natsObjectStore } from '../../core/store/nats-object-store.ts';
import { natsPutHints } from '../../core/store/nats-put-hints.ts';
import { ensureTenant } from '../../core/store/nats-setup.ts';
import type { NatsRig } from '../../core/testing/nats-rig.ts';
import { Fleet, type TestNode } from './fleet.ts';

export interface NatsFleet {
  readonly fleet: Fleet;
  readonly link: NatsLink;
  readonly a: TestNode;
  readonly b: TestNode;
  close(): Promise<void>;
}

/** In a tenant of its own; both are in sync when it resolves. */
export async function openNatsFleet(rig: NatsRig): Promise<NatsFleet> {
  const tenant = rig.freshTenant();
  const link = await connectNats({ servers: rig.url, name: 'agents', log: silentLog });
  const { shards } = await ensureTenant(link, tenant);
  const objects = natsObjectStore(link, tenant, { shards });
  const fleet = await Fleet.open({
    tenant,
    stores: {
      objects,
      hints: natsPutHints(link, tenant, objects),
      index: natsKeyValue(link, indexBucket(tenant)),
      nodes: natsKeyValue(link, nodesBucket(tenant)),
    },
  });
  link.onStatus((status) => {
    for (const { agent } of fleet.nodes.values()) {
      if (status.kind === 'away') agent.storageAway('NATS is away.');
      else if (status.kind === 'connected') agent.storageBack();
    }
  });
  const [a, b] = await fleet.two();
  return {
    fleet,
    link,
    a,
    b,
    async close() {
      await fleet.close();
      await link.close();
    },
  };
}
