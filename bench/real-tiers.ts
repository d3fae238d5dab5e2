// Both tiers for benches, as a server has them: a nats-server that fsyncs every message, and a real S3 server (Ceph radosgw),
// both on this machine and on directories that go with them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { findNatsServer, startNatsServer } from '../core/embedded/nats-server.ts';
import { startRadosgw } from '../core/embedded/radosgw.ts';
import { cachedNodes } from '../core/manifest/cached-nodes.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import { systemClock } from '../core/model/clock.ts';
import { parseTenant } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { connectNats } from '../core/store/nats-connect.ts';
import { natsEventLog } from '../core/store/nats-event-log.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import { indexBucket, jobsBucket } from '../core/store/nats-names.ts';
import { natsObjectStore } from '../core/store/nats-object-store.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import { s3ColdStore } from '../core/store/s3-cold-store.ts';
import { s3Client } from '../core/store/s3-connect.ts';
import type { S3Target } from '../core/store/s3-upload.ts';
import type { TierIo } from '../core/tier/tier-io.ts';

const BUCKET = 'bench';
const NODE_CACHE_BYTES = 64 * 1024 * 1024;

export interface RealTiers {
  readonly tiers: TierIo;
  readonly jobs: KeyValue;
  /** the S3 server by itself */
  readonly s3: S3Target;
  readonly dir: string;
}

export async function withRealTiers(work: (real: RealTiers) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'fs-bench-tiers-'));
  const nats = await startNatsServer({
    binary: (await findNatsServer()).path,
    storeDir: join(dir, 'nats'),
    logFile: join(dir, 'nats.log'),
  });
  const s3 = await startRadosgw({ dir: join(dir, 's3') });
  const link = await connectNats({ servers: nats.url, name: 'bench', log: silentLog });
  try {
    const client = s3Client({ S3_ENDPOINT: s3.endpoint, S3_REGION: 'us-east-1' }, s3);
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const tenant = parseTenant('bench');
    const hot = natsObjectStore(link, tenant, await ensureTenant(link, tenant));
    const tiers: TierIo = {
      tenant,
      hot,
      cold: s3ColdStore({ client, bucket: BUCKET, tenant }),
      nodes: cachedNodes(objectNodes(hot), { maxBytes: NODE_CACHE_BYTES }),
      index: natsKeyValue(link, indexBucket(tenant)),
      events: natsEventLog(link, tenant),
      clock: systemClock,
      log: silentLog,
    };
    await tiers.cold.probe();
    await work({ tiers, jobs: natsKeyValue(link, jobsBucket(tenant)), s3: { client, bucket: BUCKET }, dir });
  } finally {
    await link.close();
    await s3.stop();
    await nats.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
