import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Tenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { type NatsRig, startNatsRig } from '../testing/nats-rig.ts';
import { connectNats, type NatsLink } from './nats-connect.ts';
import { natsObjectStore } from './nats-object-store.ts';
import { ensureTenant } from './nats-setup.ts';
import { objectStoreContract } from './object-store.contract.ts';

let rig: NatsRig;
let link: NatsLink;

beforeAll(async () => {
  rig = await startNatsRig();
  link = await connectNats({ servers: rig.url, name: 'test', log: silentLog });
});
afterAll(async () => {
  await link.close();
  await rig.close();
});
afterEach(() => link.untilConnected());

async function freshTenant(): Promise<Tenant> {
  const tenant = rig.freshTenant();
  await ensureTenant(link, tenant, { shards: 2 });
  return tenant;
}

objectStoreContract('NATS', async () => ({
  store: natsObjectStore(link, await freshTenant(), { shards: 2, chunkBytes: 8 * 1024, touchAfterMs: 0 }),
  chunkBytes: 8 * 1024,
}));
